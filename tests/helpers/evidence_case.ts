import assert from "node:assert/strict";
import { relative } from "node:path";
import { type Dispatched, dispatchScripted } from "./dispatching.ts";
import { makeRepository, type PacketFields, type TestRepository } from "./repository.ts";

/** One run, and what is to be found of it. */
export interface EvidenceCase {
  readonly what: string;
  /** Shell commands before the run, in the repository of {@link makeTree}; `@ROOT@` is its root here and in the packet. */
  readonly setup?: string;
  /** Shell commands of Codex. */
  readonly action: string;
  /** By default a worker's with the scope `src/`. */
  readonly packet?: PacketFields;
  readonly args?: readonly string[];
  /** Kind and path of each violation, in any order; `@RUN@` is the run directory. None if the run is to be accepted. */
  readonly found?: readonly string[];
}

/** Two commits on main, a tag on the first, a branch with other content, files in scope and out of it. */
export async function makeTree(): Promise<TestRepository> {
  const repository = await makeRepository({
    ".gitignore": "*.log\nbuild/\nnode_modules/\n.env\n",
    "README.md": "A repository.\nIt has two lines.\n",
    "docs/guide.md": "guide\n",
    "src/one.txt": "one\n",
    "src/deep/two.txt": "two\n",
  });
  await runShell(
    repository,
    `git tag v1; git checkout -qb other; echo other >>docs/guide.md; git commit -qam other
     git checkout -q main; echo more >>docs/guide.md; git commit -qam second`,
  );
  return repository;
}

/** Runs shell commands in the work tree, which must succeed. */
export async function runShell(repository: TestRepository, script: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("sh", {
    args: ["-ec", script],
    cwd: repository.root,
    env: { ...repository.env, GIT_CONFIG_NOSYSTEM: "1" },
    clearEnv: true,
    stdin: "null",
  }).output();
  assert.ok(success, `"${script}" failed: ${new TextDecoder().decode(stderr)}`);
}

/** A test for each case. */
export function testEvidence(
  group: string,
  cases: readonly EvidenceCase[],
): void {
  for (const each of cases) {
    const verdict = (each.found ?? []).length === 0 ? "accepted" : "a violation";
    Deno.test(`${group}: ${each.what}: ${verdict}`, () => runCase(each));
  }
}

async function runCase({ setup, action, packet = {}, args = [], found = [] }: EvidenceCase): Promise<void> {
  await using repository = await makeTree();
  const placed = (text: string): string => text.replaceAll("@ROOT@", repository.root);
  try {
    if (setup !== undefined) await runShell(repository, placed(setup));
    const run = await dispatchScripted(repository, placed(repository.packet(packet)), {
      script: { action },
      args,
    });
    const own = relative(repository.root, run.runDir);
    assert.deepEqual(violationsIn(run), found.map((each) => each.replace("@RUN@", own)).sort(), run.stderr);
    assert.deepEqual([run.code, run.policy.scope_ok], found.length === 0 ? [0, true] : [3, false]);
  } finally {
    // What a case made unreadable could not be removed.
    await new Deno.Command("chmod", { args: ["-R", "u+rwx", repository.root], stderr: "null" }).output();
  }
}

/** Kind and path of each violation, sorted. */
function violationsIn(run: Dispatched): string[] {
  return [...new Set(run.policy.violations.map(({ kind, path }) => `${kind} ${path}`))].sort();
}
