import assert from "node:assert/strict";
import { join } from "node:path";
import {
  instructionPaths,
  instructionsOverride,
  isInstruction,
} from "../../../../lib/pipeline/tree/instructions.ts";
import { keepCopy } from "../../../../lib/pipeline/tree/kept_copy.ts";
import { WALKER } from "./checking_out.ts";
import { isRepository } from "../../../../lib/evidence/entry_lookups.ts";
import type { RememberedTree } from "../../../../lib/pipeline/tree/work_tree.ts";

const environment = { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin" };

/** A path, and whether it instructs agents. */
const PATHS: readonly [string, boolean][] = [
  ["AGENTS.md", true],
  ["AGENTS.override.md", true],
  ["deep/below/AGENTS.md", true],
  ["CLAUDE.md", true],
  [".mcp.json", true],
  [".codex", true],
  [".codex/config.toml", true],
  ["sub/.agents/skills/x/SKILL.md", true],
  [".claude/settings.json", true],
  ["AGENTS.txt", false],
  ["MY_AGENTS.md", false],
  ["src/codex/config.toml", false],
  [".codexrc", false],
  ["docs/AGENTS/readme.md", false],
];

for (const [path, expected] of PATHS) {
  Deno.test(`"${path}" ${expected ? "instructs agents" : "is a file like any"}`, () => {
    assert.equal(isInstruction(path), expected);
  });
}

/** What stands there before: `-> x` is a link. */
const BEFORE: Readonly<Record<string, string>> = {
  "AGENTS.md": "Be strict.\n",
  "sub/AGENTS.md": "-> ../rules/sub.md",
  "rules": "-> docs",
  "docs/sub.md": "Behind two links.\n",
  "docs/other.md": "No instruction.\n",
  ".agents": "-> docs/skills",
  "docs/skills/one/SKILL.md": "One.\n",
  ".codex/config.toml": "model = 'a'\n",
  ".claude/circle": "-> circle",
  "CLAUDE.md": "-> /etc/hostname",
  "packages/one/AGENTS.md": "Of a package.\n",
  "packages/own/AGENTS.md": "Tracked.\n",
  ".claude/settings.json": "{}\n",
};

/** What git ignored before, and what it tracked of that all the same. */
const BEFORE_IN_GIT: RememberedTree = {
  index: new Map([["packages/own/AGENTS.md", { tag: "H", mode: "100644", object: "0" }]]),
  ignoreRules: {
    inTree: new Map([[".gitignore", "packages/\n.claude/\n"]]),
    infoExclude: "",
    globalExcludes: "",
    ignoreCase: false,
  },
};

/** What is done, whether other instructions hold than those that stand there, and whether Codex trusts the project no more. */
const CHANGES: readonly [string, string, boolean, boolean][] = [
  ["nothing", ":", false, false],
  ["a file like any changes", "echo x >docs/other.md; echo x >new.md", false, false],
  ["an empty folder of such a name comes", "mkdir -p src/.claude", false, false],
  ["the times of one change", "touch AGENTS.md docs/sub.md", false, false],
  ["one changes", "echo x >AGENTS.md", true, false],
  ["one goes", "rm AGENTS.md", true, false],
  ["one comes", "echo x >docs/AGENTS.md", true, false],
  ["one comes as a link", "ln -s ../docs/other.md docs/CLAUDE.md", true, false],
  ["what a link leads to changes", "echo x >docs/sub.md", true, false],
  ["a link on the way is turned", "mkdir r; echo x >r/sub.md; ln -sfn r rules", true, false],
  ["a link leads elsewhere", "ln -sf ../docs/other.md sub/AGENTS.md", true, false],
  ["what lies in a folder behind a link changes", "echo x >docs/skills/one/SKILL.md", true, false],
  ["something comes into a folder behind a link", "echo x >docs/skills/two", true, false],
  ["one of an ignored package changes", "echo x >packages/one/AGENTS.md", false, false],
  [
    "an ignored package comes with some",
    "mkdir -p packages/two/.codex; echo x >packages/two/.codex/x",
    false,
    false,
  ],
  ["one that git tracks in an ignored folder changes", "echo x >packages/own/AGENTS.md", true, false],
  ["ignored ones in a folder of their own change", "echo x >.claude/settings.json", true, false],
  [
    "one is hidden by a rule that is new",
    "mkdir new; echo x >new/AGENTS.md; echo new/ >.gitignore",
    true,
    false,
  ],
  ["settings of Codex change", "echo x >.codex/config.toml", true, true],
  ["settings of Codex come", "mkdir sub/.codex; echo x >sub/.codex/config.toml", true, true],
  ["the settings of Codex become a link", "rm -r .codex; ln -s docs .codex", true, true],
];

for (const [what, line, isOverridden, isDistrusted] of CHANGES) {
  Deno.test(`when ${what}, ${isOverridden ? "the instructions of before hold" : "nothing is overridden"}`, async () => {
    await using tree = await makeTree();
    await tree.run(line);
    const override = await tree.override();
    assert.equal(override !== undefined, isOverridden);
    if (!override) return;
    assert.match(override.closing, /"AGENTS\.md", as they were before[^]*Be strict\./);
    assert.doesNotMatch(override.closing, /Of a package/);
    assert.match(override.closing, /"sub\/AGENTS\.md", as they were before[^]*Behind two links\./);
    assert.ok(override.config.includes("project_doc_max_bytes=0"));
    const trust = override.config.filter((each) => each.startsWith("projects="));
    const [root, below] = [tree.root, join(tree.root, "sub")].map((each) => JSON.stringify(each));
    assert.deepEqual(
      trust,
      isDistrusted ? [`projects={${root}={trust_level="untrusted"},${below}={trust_level="untrusted"}}`] : [],
    );
  });
}

Deno.test("where there were none, it says so", async () => {
  await using tree = await makeTree({ "src/one.txt": "one\n" });
  await tree.run("echo planted >AGENTS.md");
  const override = await tree.override();
  assert.match(override?.closing ?? "", /\(There were none\.\)/);
  assert.doesNotMatch(override?.closing ?? "", /planted/);
});

interface Tree extends AsyncDisposable {
  readonly root: string;
  readonly run: (line: string) => Promise<void>;
  readonly override: () => ReturnType<typeof instructionsOverride>;
}

/** Makes a folder, and keeps the instructions in it as they are now. */
async function makeTree(files = BEFORE): Promise<Tree> {
  const base = await Deno.realPath(await Deno.makeTempDir());
  const [root, kept] = [join(base, "tree"), join(base, "kept")];
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path);
    await Deno.mkdir(join(file, ".."), { recursive: true });
    if (text.startsWith("-> ")) await Deno.symlink(text.slice(3), file);
    else await Deno.writeTextFile(file, text);
  }
  const entries = await WALKER.walk(root, isRepository);
  const rules = { before: BEFORE_IN_GIT, scratch: base, environment };
  const paths = await instructionPaths(entries, rules);
  await keepCopy(kept, { root, entries, isChosen: (file) => paths.has(file), walker: WALKER, environment });
  return {
    root,
    run: async (line) => {
      const { success } = await new Deno.Command("sh", { args: ["-ec", line], cwd: root }).output();
      assert.ok(success);
    },
    override: () =>
      instructionsOverride({ ...rules, kept, repository: root, workdir: join(root, "sub"), walker: WALKER }),
    [Symbol.asyncDispose]: () => Deno.remove(base, { recursive: true }),
  };
}
