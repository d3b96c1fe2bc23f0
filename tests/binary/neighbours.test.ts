import assert from "node:assert/strict";
import { join } from "node:path";
import { detach } from "../helpers/detaching.ts";
import { dispatchScripted } from "../helpers/dispatching.ts";
import { makePipelineCase, PASS, pipelineText } from "../helpers/pipeline_case.ts";
import { makeRepository } from "../helpers/repository.ts";

const FILES = { "src/one.txt": "one\n", "packages/a/x": "x\n", "packages/b/y": "y\n" };

/** | where the second run has its directory while the first works | its WORKDIR, below the root | its flags | */
const PLACES: readonly (readonly [string, string, (root: string) => readonly string[]])[] = [
  ["in the same WORKDIR", "packages/a", () => []],
  ["in a WORKDIR beside it", "packages/b", () => []],
  ["in a WORKDIR above it", ".", () => []],
  [
    "in a folder of the repository that --output-dir names",
    "packages/b",
    (root) => ["--output-dir", `${root}/out/x`],
  ],
  ["out of the repository", "packages/b", (root) => ["--output-dir", `${root}/../home/out`]],
];

for (const [place, workdir, flags] of PLACES) {
  Deno.test(`a run that waits ${place} is nothing that the first run did`, async () => {
    await using repository = await makeRepository(FILES);
    const inFolder = (folder: string): string =>
      repository.packet({ workdir: join(repository.root, folder), scope: ["x"] });
    await using first = await detach(repository, {
      packet: inFolder("packages/a"),
      script: { action: "echo more >>x" },
    });
    await first.begun();
    await using second = await detach(repository, {
      packet: repository.packet({ workdir: join(repository.root, workdir), mode: "reviewer" }),
      args: flags(repository.root),
    });
    await first.letGo();
    const waited = await first.runs("wait", first.runDir);
    assert.equal(waited.code, 0, waited.stderr);
    await second.letGo();
    const ended = await second.runs("wait", second.runDir);
    assert.equal(ended.code, 0, ended.stderr);
  });
}

/** | what a worker makes | shell commands; `$other` is the directory of a run that goes on elsewhere | violations | */
const FORGED: readonly (readonly [string, string, readonly string[]])[] = [
  ["a folder that is named like that run", 'f=docs/${other##*/}; mkdir -p "$f"; echo x >"$f/policy.json"', [
    "out-of-scope",
  ]],
  [
    "a place for runs, with something in it",
    "mkdir -p docs/.codex-dispatch/runs; echo x >docs/.codex-dispatch/evil",
    [
      "out-of-scope",
    ],
  ],
  [
    "a place for runs that shows them to git",
    "mkdir -p docs/.codex-dispatch; echo '!*' >docs/.codex-dispatch/.gitignore",
    [
      "out-of-scope",
    ],
  ],
];

for (const [what, action, kinds] of FORGED) {
  Deno.test(`${what} is no other run's, though one goes on`, async () => {
    await using repository = await makeRepository();
    await using elsewhere = await makeRepository();
    await using other = await detach({ ...elsewhere, env: repository.env });
    await other.begun();
    const run = await dispatchScripted(repository, repository.packet(), {
      script: { action: `other='${other.runDir}'; ${action}` },
    });
    assert.deepEqual([run.code, run.policy.violations.map(({ kind }) => kind)], [3, kinds]);
    await other.letGo();
    assert.equal((await other.runs("wait", other.runDir)).code, 0);
  });
}

const READS = pipelineText(`  - id: verify
    mode: verifier
    objective: Prove it.
`);
const WRITES = READS.replace("mode: verifier", 'mode: worker\n    write_scope: [":/src/"]');

/** | a pipeline | file | beside a run in the mode | its WORKDIR, below the root | */
const PIPELINES = [
  ["that waits for the tree", WRITES, "worker", "."],
  ["that waits for the tree, in another WORKDIR", WRITES, "worker", "packages/b"],
  ["that reads the tree too", READS, "verifier", "."],
] as const;

for (const [what, text, mode, workdir] of PIPELINES) {
  Deno.test(`a pipeline ${what} is nothing that a run did`, async () => {
    await using given = await makePipelineCase({
      worker: [{
        action: 'cd "$(git rev-parse --show-toplevel)"; echo more >>src/two.txt',
        answer: { changed_files: ["src/two.txt"] },
      }],
      verifier: [PASS],
    }, FILES);
    const { repository } = given;
    await using run = await detach(repository, { packet: repository.packet({ mode }) });
    await run.begun();
    const file = join(repository.home, "pipeline.yaml");
    await Deno.writeTextFile(file, text);
    const place = `workdir=${join(repository.root, workdir)}`;
    const { code, stdout, stderr } = await given.pipeline("run", file, "--input", place, "--detach");
    assert.equal(code, 0, stderr);
    // One that only reads has come to its end by then, and has written of that.
    if (text === READS) assert.equal((await run.runs("wait", stdout.trimEnd())).code, 0);
    await run.letGo();
    const waited = await run.runs("wait", run.runDir);
    assert.equal(waited.code, 0, waited.stderr);
    assert.equal((await run.runs("wait", stdout.trimEnd())).code, 0);
  });
}

Deno.test("a worker that changes what a pipeline keeps in the tree is named", async () => {
  await using given = await makePipelineCase({ verifier: [PASS] }, FILES);
  const { repository } = given;
  const file = join(repository.home, "pipeline.yaml");
  await Deno.writeTextFile(file, READS);
  const ran = await given.pipeline("run", file, "--input", `workdir=${repository.root}`);
  assert.equal(ran.code, 0, ran.stderr);
  const folder = ran.stdout.trimEnd();
  const run = await dispatchScripted(repository, repository.packet(), {
    script: {
      action: `f='${folder}'; echo ' ' >>"$f/state.json"; rm "$f/summary.md"; echo x >"$f/evil"
        mkdir -p docs/.codex-dispatch/pipelines; cp -r "$f" docs/.codex-dispatch/pipelines`,
    },
  });
  const kinds = new Set(run.policy.violations.map(({ kind }) => kind));
  assert.deepEqual([run.code, [...kinds].sort()], [3, ["out-of-scope", "record-tampered"]]);
  const named = run.policy.violations.filter(({ kind }) => kind === "record-tampered").map(({ path }) =>
    path?.split("/").at(-1)
  );
  assert.deepEqual(named.sort(), ["evil", "state.json", "summary.md"]);
});
