import assert from "node:assert/strict";
import { join } from "node:path";
import { madeAnswer } from "../helpers/made_run.ts";
import { withTools } from "../helpers/lean_path.ts";
import {
  addFile,
  type ModelServer,
  type ModelStep,
  scriptedModel,
  startModelServer,
} from "../helpers/model_server.ts";
import { type PipelineOutcome, pipelineText, readOutcome } from "../helpers/pipeline_case.ts";
import { runProgram } from "../helpers/program.ts";
import { realCodex } from "../helpers/real_codex.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";
import type { Answer } from "../../lib/codex/answer.ts";

const CHANGED: Partial<Answer> = { changed_files: ["src/two.txt"] };
const PROVEN: Partial<Answer> = { verdict: "pass", evidence: ["grep printed: two"] };

Deno.test("cross-check passes, and its verifier works in a checkout of its own", async () => {
  await using scene = await setScene([
    addFile("src/two.txt", "two"),
    answered(CHANGED),
    { kind: "command", cmd: "pwd; grep two src/two.txt" },
    answered({
      ...PROVEN,
      verification_run: [{ command: "grep -q two src/two.txt", exit_code: 0, outcome: "found" }],
    }),
    answered({ verdict: "pass" }),
  ]);
  const run = await crossCheck(scene);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(run.statuses, {
    implement: "passed",
    checks: "passed",
    verify: "passed",
    review: "passed",
  });
  assert.deepEqual(run.summary.changes, ["src/two.txt"]);
  // Five requests to the model; the commands of codex-dispatch itself cost none.
  assert.equal(run.summary.tokens, 5 * 120);
  const { repository, server } = scene;
  assert.equal(await repository.git("status", "--porcelain"), "?? src/two.txt");
  const pwd = /\\n(\/[^\\]*\/checkouts\/\w+\/work tree)\\n/.exec(JSON.stringify(server.requests[3]))?.[1];
  assert.ok(pwd !== undefined, "the verifier worked in the tree");
  assert.equal(await Deno.lstat(pwd).catch(() => "removed"), "removed");
});

Deno.test("a worker that oversteps ends cross-check with status 4, and the model is asked no more", async () => {
  await using scene = await setScene([
    addFile("src/two.txt", "two"),
    { kind: "command", cmd: "echo more >>README.md" },
    answered(CHANGED),
  ]);
  const run = await crossCheck(scene);
  assert.equal(run.code, 4, run.stderr);
  assert.deepEqual(run.statuses, {
    implement: "violated",
    checks: "skipped",
    verify: "skipped",
    review: "skipped",
  });
  assert.deepEqual(run.summary.stopped_by?.exit_code, 3);
  assert.match(run.summary.stopped_by?.reasons[0]?.found ?? "", /README\.md/);
  assert.equal(scene.server.requests.length, 3);
});

Deno.test("a verifier that refutes ends cross-check before the review", async () => {
  await using scene = await setScene([
    addFile("src/two.txt", "two"),
    answered(CHANGED),
    { kind: "command", cmd: "grep three src/two.txt" },
    answered({ verdict: "fail", evidence: ["grep found nothing"] }),
  ]);
  const run = await crossCheck(scene);
  assert.equal(run.code, 4, run.stderr);
  assert.deepEqual(run.statuses, {
    implement: "passed",
    checks: "passed",
    verify: "failed",
    review: "skipped",
  });
  assert.match(run.stderr, /asked: verdict is "pass"\n\s+found: "fail"/);
});

Deno.test("a verifier that writes in its checkout is caught, and the user's tree is untouched", async () => {
  await using scene = await setScene([
    addFile("src/two.txt", "two"),
    answered(CHANGED),
    { kind: "command", cmd: "echo forged >src/two.txt; echo new >evil.txt; grep forged src/two.txt" },
    answered(PROVEN),
  ]);
  const run = await crossCheck(scene);
  assert.equal(run.code, 4, run.stderr);
  assert.equal(run.statuses["verify"], "violated");
  const { git, root } = scene.repository;
  assert.equal(await git("status", "--porcelain"), "?? src/two.txt");
  assert.equal(await Deno.readTextFile(join(root, "src/two.txt")), "two\n");
});

const LEAK = {
  severity: "high",
  title: "The second line is missing",
  body: "src/two.txt holds one line, and the task asks for two.",
  file: "src/two.txt",
  line: 1,
  recommendation: "Add it.",
} as const;

/** A round in which all is well but for what the reviewer finds. */
const round = (change: ModelStep, findings: Answer["findings"]): ModelStep[] => [
  change,
  answered(CHANGED),
  { kind: "command", cmd: "grep two src/two.txt" },
  answered(PROVEN),
  answered({ verdict: findings.length > 0 ? "fail" : "pass", findings }),
];

Deno.test("a high finding sends cross-check back, with the finding, and the second round mends it", async () => {
  await using scene = await setScene([
    ...round(addFile("src/two.txt", "two"), [LEAK]),
    ...round({ kind: "command", cmd: "echo lines >>src/two.txt" }, []),
  ]);
  const run = await crossCheck(scene);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(run.summary.stages.map((stage) => stage.round), [2, 2, 2, 2]);
  assert.match(
    JSON.stringify(scene.server.requests[5]),
    /Round 2.*high: The second line is missing \(src\/two\.txt:1\).*Recommendation: Add it\./,
  );
  // The last review is given the whole change, not that of the last round.
  assert.match(JSON.stringify(scene.server.requests[9]), /\+two\\n\+lines\\n/);
});

Deno.test("the same finding in other words ends cross-check after the second round", async () => {
  const reworded = { ...LEAK, title: "A second line is still missing", line: 2 };
  await using scene = await setScene([
    ...round(addFile("src/two.txt", "two"), [LEAK]),
    ...round({ kind: "command", cmd: "echo >>src/two.txt" }, [reworded]),
  ]);
  const run = await crossCheck(scene);
  assert.equal(run.code, 4, run.stderr);
  assert.equal(run.statuses["review"], "failed");
  assert.match(run.summary.stopped_by?.why ?? "", /same came back/);
  assert.equal(scene.server.requests.length, 10);
});

/** A review in the tree itself that sends back: nothing of the worker's change is included. */
const INSTRUCTED = pipelineText(`  - id: implement
    mode: worker
    objective: Write what the test says.
    write_scope: [":/AGENTS.md", ":/docs/", ":/.agents/skills/", ":/.codex/config.toml"]
  - id: review
    mode: reviewer
    objective: Review it.
    on_fail: { return_to: implement, at_most: 1 }
  - id: verify
    mode: verifier
    objective: Prove it.
`);

const SKILL = (says: string): string => `---\\nname: helper\\ndescription: ${says}\\n---\\nHelp.\\n`;

Deno.test("instructions that a worker changed reach nobody after it: everyone is told those of before", async () => {
  const plant = `cd ..; printf 'PLANTED by the worker.\\n' >AGENTS.md; printf 'PLANTED too.\\n' >docs/rules.md
    mkdir -p .agents/skills/helper; printf '${SKILL("PLANTED skill")}' >.agents/skills/helper/SKILL.md
    mkdir -p .codex; printf 'developer_instructions = "PLANTED config"\\n' >.codex/config.toml`;
  await using scene = await setScene([
    { kind: "command", cmd: plant },
    answered({ changed_files: ["AGENTS.md"] }),
    answered({ verdict: "fail", findings: [LEAK] }),
    { kind: "command", cmd: "echo PLANTED again >>../docs/rules.md" },
    answered({ changed_files: ["docs/rules.md"] }),
    answered({ verdict: "pass" }),
    { kind: "command", cmd: "true" },
    answered(PROVEN),
  ], { "AGENTS.md": "HONEST: be strict.\n", "docs/rules.md": "HONEST below.\n", "sub/one.txt": "one\n" });
  const { repository, server } = scene;
  await Deno.symlink("../docs/rules.md", join(repository.root, "sub/AGENTS.md"));
  await repository.git("add", "sub/AGENTS.md");
  await repository.git("commit", "-qm", "instructions behind a link");
  const trusted = `[projects."${repository.root}"]\ntrust_level = "trusted"\n`;
  await Deno.writeTextFile(join(server.env()["CODEX_HOME"] ?? "", "config.toml"), trusted);
  const file = join(repository.home, "instructed.yaml");
  await Deno.writeTextFile(file, INSTRUCTED);
  const run = await pipeline(scene, file, "--input", `workdir=${join(repository.root, "sub")}`);
  assert.equal(run.code, 0, run.stderr);
  // Of the first worker, the review that sent back, the worker of the second round, the review after it, the verifier.
  for (const first of [0, 2, 3, 5, 6]) {
    const body = JSON.stringify(server.requests[first]);
    assert.doesNotMatch(body, /PLANTED/, `request ${first} was told what the worker planted`);
    assert.match(body, /HONEST: be strict\./, `request ${first} was not told what held before`);
    assert.match(body, /HONEST below\./, `request ${first} was not told what held before`);
  }
});

interface Scene extends AsyncDisposable {
  readonly repository: TestRepository;
  readonly server: ModelServer;
}

async function setScene(
  steps: readonly ModelStep[],
  files?: Readonly<Record<string, string>>,
): Promise<Scene> {
  const repository = await makeRepository(files);
  const server = await startModelServer(steps);
  return {
    repository,
    server,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await repository[Symbol.asyncDispose]();
    },
  };
}

async function crossCheck(scene: Scene): Promise<PipelineOutcome> {
  const inputs = [
    `workdir=${scene.repository.root}`,
    "objective=src/two.txt holds two.",
    "scope=src/",
    "checks=grep -q two src/two.txt",
  ];
  return await pipeline(scene, "cross-check", ...inputs.flatMap((input) => ["--input", input]));
}

async function pipeline({ repository, server }: Scene, ...args: readonly string[]): Promise<PipelineOutcome> {
  const config = server.codexConfig().flatMap((value) => ["--codex-config", value]);
  const codex = ["--codex", await realCodex(), "--model", scriptedModel, "--force", ...config];
  // The check that these pipelines have calls one.
  const env = await withTools(repository.env, join(repository.home, "tools"), ["grep"]);
  const options = { env: { ...env, ...server.env() }, cwd: repository.root };
  return await readOutcome(await runProgram(["pipeline", "run", ...args, "--json", ...codex], options));
}

function answered(changes: Partial<Answer>): ModelStep {
  return { kind: "answer", text: JSON.stringify(madeAnswer({ summary: "Done.", ...changes })) };
}
