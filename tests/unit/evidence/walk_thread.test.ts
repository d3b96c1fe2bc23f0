import assert from "node:assert/strict";
import type { Entries, Entry } from "../../../lib/evidence/entry.ts";
import { gitFilesIn, isRepository, linksIn } from "../../../lib/evidence/entry_lookups.ts";
import { Manifest } from "../../../lib/evidence/manifest.ts";
import { linuxWalker } from "../../../lib/evidence/walk_linux.ts";
import { WalkThread } from "../../../lib/evidence/walk_thread.ts";

const linux = linuxWalker();
const MAIN = import.meta.resolve("../../../main.ts");

const TREES: readonly { readonly what: string; readonly lines: string }[] = [
  { what: "no folder at all", lines: "touch a b" },
  { what: "a few folders", lines: "mkdir -p a/b/c d/e; touch a/b/c/file d/file; ln -s b a/link" },
  {
    what: "many folders, of which one holds most of it",
    lines:
      `for i in $(seq 200); do mkdir -p src/part$i/deep; touch src/part$i/one src/part$i/deep/.gitignore; done
      for i in $(seq 300); do mkdir -p most/a/b/c/d$i; ln -s ../x most/a/b/c/d$i/link; done`,
  },
  {
    what: "repositories within it, and names that are not UTF-8",
    lines:
      `for i in $(seq 80); do mkdir -p p$i/.git/objects "p$i/$(printf 'd\\377')"; touch p$i/.git/HEAD; done
      for i in $(seq 80); do touch "p$i/$(printf 'd\\377/f\\376')"; done; mkdir -p .git/refs; touch gitfile`,
  },
  {
    what: "a folder that cannot be looked into, if that can be",
    lines: "for i in $(seq 80); do mkdir -p p$i/shut; done; chmod 0 p1/shut p80; touch p2/file",
  },
];

for (const { what, lines } of TREES) {
  Deno.test({
    name: `two threads find in a tree with ${what} what one finds`,
    ignore: !linux,
    fn: () =>
      withTree(lines, async (root) => {
        const alone = await linux?.walk(root, isRepository);
        using thread = await startedThread();
        for (let time = 0; time < 3; time++) {
          const together = await thread.walk(root);
          assert.ok(alone && together instanceof Manifest && alone instanceof Manifest);
          assert.deepEqual(sorted(together), sorted(alone));
          assert.deepEqual(paths(gitFilesIn(together)), paths(gitFilesIn(alone)));
          assert.deepEqual(paths(linksIn(together)), paths(linksIn(alone)));
          for (const [path, entry] of alone) assert.deepEqual(together.get(path), entry, path);
          // Of what cannot be looked into the closer comparison decides.
          const differing = [...together.differences(alone)].filter(({ after }) => !after?.unreadable);
          assert.deepEqual(differing, []);
        }
      }),
  });
}

Deno.test({
  name: "a thread that is not up yet, or cannot come up, is of no use, and does no harm",
  ignore: !linux,
  fn: () =>
    withTree("touch a", async (root) => {
      using starting = WalkThread.start(MAIN);
      assert.equal(await starting?.walk(root), undefined);
      using broken = WalkThread.start(import.meta.resolve("./no_such_module.ts"));
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.equal(await broken?.walk(root), undefined);
    }),
});

Deno.test({
  name: "a root that is not there cannot be walked by two threads either",
  ignore: !linux,
  fn: async () => {
    using thread = await startedThread();
    await assert.rejects(() => thread.walk("/no/such/folder"));
  },
});

async function startedThread(): Promise<WalkThread> {
  const thread = WalkThread.start(MAIN);
  assert.ok(thread);
  for (let tries = 0; tries < 1_000; tries++) {
    if (thread.isReady) return thread;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("The thread did not come up within 20 s");
}

async function withTree(lines: string, test: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "dispatch-thread-" }));
  try {
    const { success, stderr } = await new Deno.Command("sh", { args: ["-ec", lines], cwd: root }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    await test(root);
  } finally {
    await new Deno.Command("chmod", { args: ["-R", "u+rwx", root] }).output();
    await Deno.remove(root, { recursive: true });
  }
}

function sorted(entries: Entries): [string, Entry][] {
  return [...entries].sort(([a], [b]) => a < b ? -1 : 1);
}

function paths(found: readonly [string, Entry][]): string[] {
  return found.map(([path]) => path).sort();
}
