import assert from "node:assert/strict";
import { join } from "node:path";
import { appears } from "../helpers/detaching.ts";
import {
  implementStage,
  makePipelineCase,
  PASS,
  type PipelineCase,
  pipelineText,
  readOutcome,
} from "../helpers/pipeline_case.ts";
import type { ProgramOutcome } from "../helpers/program.ts";

const PIPELINE = pipelineText(
  implementStage("./src/") + `  - id: checks
    run: ["grep -q two src/two.txt && test -e own.txt"]
  - id: verify
    mode: verifier
    include: [implement.diff]
    objective: Prove it.
  - id: review
    mode: reviewer
    objective: Review it.
`,
);

/** Where it works: the folder, how it is made, the root of its repository, and what git says there when all is done. */
const PLACES: readonly [string, (given: PipelineCase) => Promise<string>, string, string][] = [
  [
    "a folder of the repository",
    ({ repository }) => Promise.resolve(join(repository.root, "sub")),
    "..",
    "?? sub/src/two.txt",
  ],
  [
    "a linked work tree",
    async ({ repository }) => {
      const folder = join(repository.home, "linked tree");
      await repository.git("worktree", "add", "-q", "-b", "other", folder);
      await Deno.writeTextFile(join(folder, "own.txt"), "own\n");
      await repository.git("-C", folder, "add", "own.txt");
      await repository.git("-C", folder, "commit", "-qm", "own");
      return folder;
    },
    ".",
    "?? src/two.txt",
  ],
  [
    "a submodule",
    async ({ repository }) => {
      const { root, home, git } = repository;
      const upstream = join(home, "upstream");
      await git("clone", "-q", root, upstream);
      await git("-C", upstream, "mv", "sub/own.txt", "own.txt");
      await git("-C", upstream, "commit", "-qm", "own");
      await git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", upstream, "part");
      await git("commit", "-qm", "part");
      return join(root, "part");
    },
    ".",
    "?? src/two.txt",
  ],
];

for (const [what, make, root, status] of PLACES) {
  Deno.test(`a pipeline works in ${what}, its verifier in a checkout of that very place`, async () => {
    await using given = await makePipelineCase({
      worker: [{
        action: "mkdir -p src; echo two >>src/two.txt",
        answer: { changed_files: ["src/two.txt"] },
      }],
      verifier: [
        {
          ...PASS,
          action:
            'pwd >"$PROMPT.pwd"; git status --porcelain -uall >>"$PROMPT.pwd"; test -e own.txt || echo x >missing',
        },
        { ...PASS, action: "echo x >>own.txt" },
      ],
      reviewer: [PASS],
    }, { "src/one.txt": "one\n", "sub/own.txt": "own\n" });
    const workdir = await make(given);
    const file = join(given.repository.home, "pipeline.yaml");
    await Deno.writeTextFile(file, PIPELINE);
    const args = ["run", file, "--input", `workdir=${workdir}`, "--json"];
    const passed = await readOutcome(await given.pipeline(...args));
    assert.equal(passed.code, 0, passed.stderr);
    assert.equal(passed.summary.repository, join(workdir, root));
    assert.equal(passed.summary.pipeline_dir, join(workdir, ".codex-dispatch/pipelines", passed.state.id));
    const git = (...line: string[]): Promise<string> =>
      given.repository.git("-C", join(workdir, root), ...line);
    assert.equal(await git("status", "--porcelain", "-uall"), status);
    const seen = await Deno.readTextFile(join(given.repository.home, "roles/verifier.prompt.1.pwd"));
    assert.match(seen, /^\/.*\/checkouts\/.*\n/);
    assert.equal(seen.split("\n")[1], status);
    const [verifier = ""] = await given.prompts("verifier");
    assert.match(verifier, /\+two/);
    const before = await git("status", "--porcelain", "-uall");
    const violated = await readOutcome(await given.pipeline(...args, "--allow-dirty-overlap"));
    assert.deepEqual(
      [violated.statuses["verify"], violated.statuses["review"]],
      ["violated", "skipped"],
      violated.stderr,
    );
    assert.equal(await git("status", "--porcelain", "-uall"), before);
  });
}

const CARRIES = pipelineText(
  implementStage() + `    ignored_writes: [":/node_modules/"]
  - id: checks
    run: [grep -q old ../node_modules/one/AGENTS.md]
    carry: [../node_modules]
  - id: verify
    mode: verifier
    objective: Prove it.
    carry: [../node_modules]
  - id: review
    mode: reviewer
    objective: Review it.
`,
);

Deno.test("from a folder of the repository the packages of its root are carried, and what steers agents in them steers nobody", async () => {
  const worker = "mkdir -p src; echo two >src/two.txt; echo new >../node_modules/one/AGENTS.md";
  await using given = await makePipelineCase({
    worker: [{ action: worker }],
    verifier: [PASS],
    reviewer: [PASS],
  }, {
    "AGENTS.md": "Rules of the project.\n",
    "sub/own.txt": "own\n",
    ".gitignore": "node_modules/\n",
  });
  const { root, home, write } = given.repository;
  await write("node_modules/one/AGENTS.md", "old\n");
  const run = async (text: string): Promise<ProgramOutcome> => {
    const file = join(home, "pipeline.yaml");
    await Deno.writeTextFile(file, text);
    const args = ["--input", `workdir=${join(root, "sub")}`, "--allow-dirty-overlap"];
    return await given.pipeline("run", file, ...args);
  };
  const passed = await run(CARRIES);
  assert.equal(passed.code, 0, passed.stderr);
  for (const role of ["verifier", "reviewer"] as const) {
    const [prompt = ""] = await given.prompts(role);
    assert.doesNotMatch(prompt, /Rules of the project|as they were before this pipeline/);
  }
  const refused = await run(CARRIES.replace("[../node_modules]", "[../../node_modules]"));
  assert.equal(refused.code, 1, refused.stderr);
  assert.match(refused.stderr, /carries "\.\.\/\.\.\/node_modules", which is no path within the repository/);
});

Deno.test("a pipeline file that is changed while it runs goes on as it was, and is no longer taken up silently", async () => {
  const refuses = { ...PASS, answer: { verdict: "fail", evidence: ["no"] } };
  const worker = `mkdir -p src; echo two >src/two.txt
    sed -i.bak 's/id: verify/id: renamed/; s/grep -q two/false/' pipelines/case.yaml; rm pipelines/*.bak`;
  await using given = await makePipelineCase({
    worker: [{ action: worker }],
    verifier: [refuses, PASS],
    reviewer: [PASS],
  }, {
    "own.txt": "own\n",
    "pipelines/case.yaml": PIPELINE.replace("write_scope: [./src/]", "write_scope: [src/, pipelines/]"),
  });
  const { root } = given.repository;
  const run = await readOutcome(
    await given.pipeline("run", "pipelines/case.yaml", "--input", `workdir=${root}`, "--json"),
  );
  assert.deepEqual(run.statuses, {
    implement: "passed",
    checks: "passed",
    verify: "failed",
    review: "skipped",
  }, run.stderr);
  const refused = await given.pipeline("resume", "last");
  assert.equal(refused.code, 2);
  assert.match(
    refused.stderr,
    /pipelines\/case\.yaml" changed since it started; what would go on is the file as it was/,
  );
  const resumed = await readOutcome(await given.pipeline("resume", "last", "--accept-changes", "--json"));
  assert.deepEqual(resumed.statuses, {
    implement: "passed",
    checks: "passed",
    verify: "passed",
    review: "passed",
  });
});

Deno.test("of two pipelines on one tree the second says that it waits, or refuses with --no-wait", async () => {
  const hold = 'touch "$PROMPT.begun"; until [ -e "$HOME/go" ]; do sleep 0.02; done';
  await using given = await makePipelineCase({
    worker: [{ action: `mkdir -p src; echo two >src/two.txt; ${hold}` }, {
      action: "echo three >>src/two.txt",
    }],
    verifier: [PASS],
    reviewer: [PASS],
  }, { "own.txt": "own\n" });
  const { root, home } = given.repository;
  const file = join(home, "pipeline.yaml");
  await Deno.writeTextFile(file, PIPELINE);
  const args = ["run", file, "--input", `workdir=${root}`, "--allow-dirty-overlap"];
  await using first = await given.start(...args);
  await appears(join(home, "roles/worker.prompt.1.begun"));
  const refused = await given.pipeline(...args, "--no-wait");
  assert.equal(refused.code, 2, refused.stderr);
  assert.match(refused.stderr, /in use by pipeline/);
  await using second = await given.start(...args);
  // What it says is read when it has ended: as long as the first holds the tree it can only wait.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  assert.equal((await given.prompts("worker")).length, 1);
  await Deno.writeTextFile(join(home, "go"), "");
  const [one, two] = await Promise.all([first.outcome, second.outcome]);
  assert.deepEqual([one.code, two.code], [0, 0], one.stderr + two.stderr);
  assert.doesNotMatch(one.stderr, /waiting/);
  assert.match(two.stderr, /waiting for the work tree: in use by pipeline/);
  assert.equal(await Deno.readTextFile(join(root, "src/two.txt")), "two\nthree\n");
});
