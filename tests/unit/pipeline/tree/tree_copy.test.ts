import assert from "node:assert/strict";
import { join } from "node:path";
import { linuxWalker } from "../../../../lib/evidence/walk_linux.ts";
import { portableWalker } from "../../../../lib/evidence/walk_portable.ts";
import type { Walker } from "../../../../lib/evidence/entry.ts";
import type { Copier } from "../../../../lib/pipeline/tree/copier.ts";
import { linuxCopier } from "../../../../lib/pipeline/tree/copier_linux.ts";
import { portableCopier } from "../../../../lib/pipeline/tree/copier_portable.ts";
import { type CopyJob, copyTree, type TreeCopy } from "../../../../lib/pipeline/tree/tree_copy.ts";
import { contentsOf } from "./checking_out.ts";

/** Opened here and not in a test: the C library stays open. */
const linux = linuxWalker();
linuxCopier("/", "/")?.[Symbol.dispose]();

interface Platform {
  readonly name: string;
  readonly walker: Walker;
  readonly open: (from: string, to: string) => Copier;
}

const PORTABLE: Platform = { name: "the portable copier", walker: portableWalker, open: portableCopier };
const LINUX: readonly Platform[] = linux
  ? [{
    name: "the copier of Linux",
    walker: linux,
    open: (from, to) => linuxCopier(from, to) ?? portableCopier(from, to),
  }]
  : [];

interface Folders {
  readonly from: string;
  readonly to: string;
  readonly run: (line: string) => Promise<string>;
  readonly copy: (more?: Partial<CopyJob>) => Promise<TreeCopy>;
}

/** Lines of shell make the folder `from`, beside an empty one; `work` finds both in `..`. */
async function withFolders(
  platform: Platform,
  lines: string,
  test: (folders: Folders) => Promise<void>,
  base = Deno.makeTempDirSync({ prefix: "dispatch-copy-" }),
): Promise<void> {
  const top = await Deno.realPath(base);
  const [from, to] = [join(top, "from"), join(top, "to")];
  const run = async (line: string): Promise<string> => {
    const { success, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-ec", `umask 022\n${line}`],
      cwd: from,
    })
      .output();
    assert.ok(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  };
  try {
    await Deno.mkdir(from);
    await Deno.mkdir(to);
    await run(lines);
    const entries = await platform.walker.walk(from, () => false);
    const copy = (more: Partial<CopyJob> = {}): Promise<TreeCopy> =>
      copyTree({ from, to, entries, open: platform.open, ...more });
    await test({ from, to, run, copy });
  } finally {
    await new Deno.Command("chmod", { args: ["-R", "u+rwx", top], stderr: "null" }).output();
    await Deno.remove(top, { recursive: true });
  }
}

const TREE = `mkdir -p a/b/c 'two words' shut; echo 1 > a/f; : > a/b/none; echo x > 'two words/new
line'; head -c 3000000 /dev/urandom > large; chmod 4755 a/f; chmod 400 large; chmod 1777 a/b
ln -s ../nowhere a/link; ln -s b a/folder; echo 1 > shut/f; touch -h -d 2001-02-03T04:05:06.789 shut/f a/link; chmod 500 shut; chmod 2750 a`;

for (const platform of [...LINUX, PORTABLE]) {
  const { name } = platform;

  Deno.test(`${name} copies files, folders and links with permissions and times`, () =>
    withFolders(platform, TREE, async ({ from, to, copy }) => {
      const { finishFolders, copied, special, gone } = await copy();
      finishFolders();
      assert.deepEqual(await contentsOf(to), await contentsOf(from));
      for (const file of ["a/f", "large", "shut/f", "shut", "a/b"]) {
        const [was, is] = [Deno.lstatSync(join(from, file)), Deno.lstatSync(join(to, file))];
        assert.deepEqual(is.mtime, was.mtime, file);
      }
      assert.deepEqual([special, gone], [[], []]);
      assert.deepEqual([...copied.keys()].sort(), [
        "a/b/none",
        "a/f",
        "a/folder",
        "a/link",
        "large",
        "shut/f",
        "two words/new\nline",
      ]);
      const [stat, info] = [copied.get("shut/f"), Deno.lstatSync(join(to, "shut/f"))];
      assert.deepEqual([stat?.size, stat?.inode, stat?.uid], [
        info.size,
        (info.ino ?? 0) % 2 ** 32,
        info.uid,
      ]);
      assert.equal(stat?.mtime[0], Math.floor((info.mtime?.getTime() ?? 0) / 1000));
      assert.equal(Math.floor((stat?.mtime[1] ?? 0) / 1e6), 789);
    }));

  Deno.test(`${name} leaves folders open to their maker until they are finished`, () =>
    withFolders(platform, "mkdir -p shut/deep; chmod 555 shut", async ({ to, copy }) => {
      const { finishFolders } = await copy();
      assert.equal((Deno.lstatSync(join(to, "shut")).mode ?? 0) & 0o777, 0o700);
      finishFolders();
      assert.equal((Deno.lstatSync(join(to, "shut")).mode ?? 0) & 0o777, 0o555);
    }));

  Deno.test(`${name} leaves out pipes, and what is gone meanwhile`, () =>
    withFolders(platform, "mkfifo p; echo 1 > f; mkdir d; echo 1 > d/f", async ({ from, to, run, copy }) => {
      await run("rm -r f d");
      const { special, gone } = await copy();
      assert.deepEqual([special, [...gone].sort()], [["p"], ["d/f", "f"]]);
      await Deno.remove(join(to, "d"));
      assert.deepEqual([[...Deno.readDirSync(from)].length, [...Deno.readDirSync(to)]], [1, []]);
    }));

  for (
    const [what, work] of [
      ["a link", "rm f; ln -s /etc/passwd f"],
      ["a folder", "rm f; mkdir f"],
      ["a pipe", "rm f; mkfifo f"],
    ]
  ) {
    Deno.test(`${name} does not take ${what} for the file that stood in its place`, () =>
      withFolders(platform, "echo 1 > f", async ({ to, run, copy }) => {
        await run(work ?? "");
        await assert.rejects(
          copy(),
          /"f" (?:was replaced by something else|cannot be read: a link stands there)/,
        );
        assert.deepEqual([...Deno.readDirSync(to)], []);
      }));
  }

  Deno.test(`${name} writes nothing over, and through no link`, () =>
    withFolders(platform, "echo new > f; mkdir d; echo new > d/f", async ({ to, run, copy }) => {
      await run("mkdir ../elsewhere; echo old > ../victim; ln -s ../victim ../to/f");
      await assert.rejects(copy(), /"f"/);
      await run("rm ../to/f; rm -rf ../to/d; ln -s ../elsewhere ../to/d");
      await assert.rejects(copy(), /"?d|exists|to\/d/);
      assert.equal(await run("cat ../victim; ls ../elsewhere"), "old\n");
      await Deno.remove(join(to, "d"));
    }));

  Deno.test(`${name} keeps two names of one file together where it is told to, and else does not`, () =>
    withFolders(platform, "echo 1 > f; mkdir d; ln f d/g; ln f h", async ({ to, copy, run }) => {
      await copy({ keepHardLinks: true });
      const inodes = (): (number | null)[] =>
        ["f", "d/g", "h"].map((file) => Deno.lstatSync(join(to, file)).ino);
      assert.equal(new Set(inodes()).size, 1);
      await run("rm -r ../to/*");
      await copy();
      assert.equal(new Set(inodes()).size, 3);
    }));

  Deno.test(`${name} stops when it is told to`, () =>
    withFolders(platform, "for i in $(seq 2000); do : > $i; done", async ({ to, copy }) => {
      const controller = new AbortController();
      const copying = copy({ signal: controller.signal });
      controller.abort("SIGTERM");
      await assert.rejects(copying, (reason) => reason === "SIGTERM");
      assert.ok([...Deno.readDirSync(to)].length < 2000);
    }));

  Deno.test(`${name} copies what is larger than a piece`, () =>
    withFolders(
      platform,
      "dd if=/dev/zero of=large bs=1048576 count=70 2> /dev/null; printf end >> large",
      async ({ from, to, copy }) => {
        await copy();
        assert.deepEqual(await contentsOf(to), await contentsOf(from));
      },
    ));
}

for (const platform of LINUX) {
  Deno.test(`${platform.name} copies names that are not UTF-8, and times to the nanosecond`, () =>
    withFolders(
      platform,
      "o=$(printf 'l\\351g'); mkdir $o; echo 1 > $o/$o; ln -s $o $o/l; ln $o/$o h; touch -d '2001-02-03 04:05:06.123456789' $o/$o",
      async ({ from, to, copy, run }) => {
        const { copied, finishFolders } = await copy({ keepHardLinks: true });
        finishFolders();
        assert.deepEqual(await contentsOf(to), await contentsOf(from));
        assert.equal(copied.get("l\udce9g/l\udce9g")?.mtime[1], 123456789);
        assert.match(await run("stat -c %y ../to/h"), /06\.123456789/);
      },
    ));

  Deno.test(`${platform.name} copies a tree deeper than any path may be long`, () =>
    withFolders(
      platform,
      "d=$(printf 'd%.0s' $(seq 200)); mkdir $d; echo deep > $d/f; for i in $(seq 30); do mkdir n; mv $d n/; mv n $d; done",
      async ({ copy, run }) => {
        const { finishFolders, copied } = await copy();
        finishFolders();
        assert.equal(copied.size, 1);
        assert.equal(await run("find ../to -type f -execdir cat {} +"), "deep\n");
        await run("rm -rf ../from/* ../to/*");
      },
    ));

  const memory = "/dev/shm";
  Deno.test({
    name: `${platform.name} copies to another file system by hand`,
    ignore: !isOtherFileSystem(memory),
    fn: () =>
      withFolders(platform, TREE, async ({ from, copy }) => {
        const to = Deno.makeTempDirSync({ dir: memory });
        try {
          const { finishFolders } = await copy({ to });
          finishFolders();
          assert.deepEqual(await contentsOf(to), await contentsOf(from));
        } finally {
          await Deno.remove(to, { recursive: true });
        }
      }),
  });

  Deno.test(`${platform.name} says why it cannot write`, () =>
    withFolders(platform, "echo 1 > f", async ({ copy }) => {
      await assert.rejects(copy({ to: "/nowhere/at/all" }), { message: '"" cannot be written: it is gone' });
      await assert.rejects(
        copy({ to: "/proc/self/fd" }),
        /"f" cannot be written: (?:not permitted|permission denied|it is gone)/,
      );
    }));
}

function isOtherFileSystem(folder: string): boolean {
  try {
    return Deno.statSync(folder).dev !== Deno.statSync("/tmp").dev;
  } catch {
    return false;
  }
}
