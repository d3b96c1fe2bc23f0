import assert from "node:assert/strict";
import type { Entries, Walker } from "../../../lib/evidence/entry.ts";
import { filesBelow, filesSince, gitFilesIn, linksIn } from "../../../lib/evidence/entry_lookups.ts";
import { linuxWalker } from "../../../lib/evidence/walk_linux.ts";
import { portableWalker } from "../../../lib/evidence/walk_portable.ts";
import { bestWalker } from "../../../lib/evidence/walker.ts";
import { decodePath } from "../../../lib/base/tree_path.ts";

const linux = linuxWalker();
const WALKERS: readonly (readonly [name: string, walker: Walker])[] = [
  ...(linux ? [["the walker of Linux", linux] as const] : []),
  ["the portable walker", portableWalker],
];

/** A folder in which lines of shell made something. */
async function withTree(lines: string, test: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "dispatch-walk-" }));
  try {
    const { success, stderr } = await new Deno.Command("sh", {
      args: ["-ec", `umask 022\n${lines}`],
      cwd: root,
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    await test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function contentOf(walker: Walker, root: string, path: string): string | undefined {
  const parts: string[] = [];
  const whole = walker.read(root, path, (bytes) => void parts.push(new TextDecoder().decode(bytes)));
  return whole ? parts.join("") : undefined;
}

const TREE = `mkdir -p a/b/empty .hidden 'two words'
printf text > a/file; : > a/b/none; chmod 4750 a/file; chmod 1777 a/b
ln -s 'to/no where' a/link; ln -s .. a/b/up; mkfifo pipe; printf x > 'two words/new
line'; printf x > ünï; touch -t 202001020304.05 a/b/none; touch .gitignore .hidden/.gitattributes`;

for (const [name, walker] of WALKERS) {
  Deno.test(`${name} lists everything with its kind, its mode, its size and where it points`, () =>
    withTree(TREE, async (root) => {
      const entries = await walker.walk(root, () => false);
      const lines = [...entries].map(([path, { kind, mode, size, target }]) =>
        `${path} ${kind} ${kind === "file" ? `${mode.toString(8)} ${size}` : target ?? ""}`.trim()
      );
      assert.deepEqual(lines.sort(), [
        ".gitignore file 644 0",
        ".hidden folder",
        ".hidden/.gitattributes file 644 0",
        "a folder",
        "a/b folder",
        "a/b/empty folder",
        "a/b/none file 644 0",
        "a/b/up link ..",
        "a/file file 4750 4",
        "a/link link to/no where",
        "pipe pipe",
        "two words folder",
        "two words/new\nline file 644 1",
        "ünï file 644 1",
      ]);
      assert.equal(entries.get("a/b")?.mode, 0o1777);
      assert.equal(entries.size, lines.length);
      assert.equal(entries.get("a/b/none")?.mtime, new Date(2020, 0, 2, 3, 4, 5).getTime() * 1000);
    }));

  Deno.test(`${name} tells an entry by its path, and only those that are there`, () =>
    withTree(TREE, async (root) => {
      const entries = await walker.walk(root, () => false);
      for (const [path, entry] of entries) assert.deepEqual(entries.get(path), entry);
      assert.deepEqual([...entries.keys()], [...entries].map(([path]) => path));
      for (const path of ["", "a/", "/a", "a/nothing", "nothing", "a/file/x", "a/link/x", "."]) {
        assert.deepEqual([entries.has(path), entries.get(path)], [false, undefined], path);
      }
    }));

  Deno.test(`${name} finds what is looked for among all entries`, () =>
    withTree(TREE, async (root) => {
      const entries = await walker.walk(root, () => false);
      const paths = (found: Iterable<[string, unknown]>): string[] => [...found].map(([path]) => path).sort();
      assert.deepEqual(paths(gitFilesIn(entries)), [".gitignore", ".hidden/.gitattributes"]);
      assert.deepEqual(paths(linksIn(entries)), ["a/b/up", "a/link"]);
      assert.deepEqual(paths(filesBelow(entries, "a/")), ["a/b/none", "a/file"]);
      assert.deepEqual(paths(filesBelow(entries, "a/b/")), ["a/b/none"]);
    }));

  Deno.test(`${name} finds the files that changed since any moment`, () =>
    withTree(TREE, async (root) => {
      const entries = await walker.walk(root, () => false);
      const moments = [...entries].flatMap(([, { ctime }]) => [ctime, ctime + 1]);
      for (const moment of [0, ...moments, Infinity]) {
        assert.deepEqual(
          [...filesSince(entries, moment)],
          [...entries].filter(([, each]) => each.kind === "file" && each.ctime >= moment),
        );
      }
    }));

  Deno.test(`${name} leaves out what lies in a folder that is skipped, and not the folder`, () =>
    withTree(TREE, async (root) => {
      const asked: string[] = [];
      const entries = await walker.walk(root, (path) => asked.push(path) > 0 && path === "a/b");
      assert.ok(entries.has("a/b") && entries.has("a/file"));
      assert.ok(!entries.has("a/b/none") && !entries.has("a/b/empty"));
      assert.deepEqual(asked.sort(), [".hidden", "a", "a/b", "two words"]);
    }));

  Deno.test(`${name} hands over a file's bytes, and no link's or folder's`, () =>
    withTree(
      "printf text > a; ln -s a link; mkdir folder; head -c 600000 /dev/zero > large; : > empty",
      (root) => {
        assert.equal(contentOf(walker, root, "a"), "text");
        assert.equal(contentOf(walker, root, "empty"), "");
        assert.equal(contentOf(walker, root, "large")?.length, 600_000);
        for (const path of ["link", "folder", "missing", "a/b"]) {
          assert.equal(contentOf(walker, root, path), undefined, path);
        }
        return Promise.resolve();
      },
    ));

  Deno.test(`${name} is not held up by a pipe that it is told to read`, () =>
    withTree("mkfifo pipe", (root) => {
      assert.equal(contentOf(walker, root, "pipe") ?? "", "");
      return Promise.resolve();
    }));

  Deno.test(`${name} lists a folder of very many names whole`, () =>
    withTree(
      "seq -f 'a-name-that-is-long-enough-to-fill-a-block-of-the-kernel-%g' 4000 | xargs touch",
      async (root) => {
        const entries = await walker.walk(root, () => false);
        assert.equal(entries.size, 4_000);
        assert.equal(new Set(entries.keys()).size, 4_000);
      },
    ));

  Deno.test(`${name} says that a folder which is not there cannot be listed`, async () => {
    await assert.rejects(async () => await walker.walk("/no/such/folder", () => false));
  });
}

Deno.test({
  name: "on Linux names are bytes: what is not UTF-8 is listed, told apart, looked into, and read",
  ignore: !linux,
  fn: () =>
    withTree(
      `cd "$PWD"; d="$(printf 'd\\377')"; mkdir "$d"; printf one > "$d/$(printf '\\351')"; printf two > "$d/$(printf '\\350')"
       ln -s "$(printf 't\\376')" link; printf three > "$(printf '\\355\\262\\200')"`,
      async (root) => {
        const walker = bestWalker();
        const entries = await walker.walk(root, () => false);
        const path = (...bytes: number[]): string => decodePath(new Uint8Array(bytes));
        const d = path(0x64, 0xff);
        assert.deepEqual(
          [...entries.keys()].sort(),
          [
            d,
            `${d}/${path(0xe8)}`,
            `${d}/${path(0xe9)}`,
            "link",
            // The bytes that a lone surrogate would have: not to be mixed up with the sign for the byte 0x80.
            path(0xed, 0xb2, 0x80),
          ].sort(),
        );
        assert.equal(entries.get("link")?.target, path(0x74, 0xfe));
        assert.equal(contentOf(walker, root, `${d}/${path(0xe9)}`), "one");
        assert.equal(contentOf(walker, root, `${d}/${path(0xe8)}`), "two");
        assert.equal(contentOf(walker, root, path(0xed, 0xb2, 0x80)), "three");
        assert.equal(contentOf(walker, root, path(0x80)), undefined);
      },
    ),
});

Deno.test({
  name: "both walkers tell the same of a tree, but for how fine their times are",
  ignore: !linux,
  fn: () =>
    withTree(TREE, async (root) => {
      const coarse = async (walker: Walker): Promise<Record<string, unknown>> => {
        const entries: Entries = await walker.walk(root, () => false);
        return Object.fromEntries(
          [...entries].map(([path, { kind, mode, uid, gid, size, mtime, ctime, inode, target }]) => [path, {
            ...{ kind, mode, uid, gid, size, inode, target: target ?? null },
            mtime: Math.floor(mtime / 1e3),
            ctime: Math.floor(ctime / 1e6),
          }]),
        );
      };
      assert.deepEqual(await coarse(linux ?? portableWalker), await coarse(portableWalker));
    }),
});
