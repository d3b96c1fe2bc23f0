import assert from "node:assert/strict";
import {
  makePipelineCase,
  PASS,
  type PipelineCase,
  type PipelineOutcome,
  readOutcome,
  type RoleScript,
} from "../helpers/pipeline_case.ts";

// cross-check is driven to its ends in pipeline_projects.test.ts and, by the real Codex, in tests/codex.

const VERIFY_ONLY = { claim: "src/two.txt holds two.", checks: "grep -q two src/two.txt" };

Deno.test("verify-only proves what is uncommitted, in a checkout of its own", async () => {
  await using given = await makePipelineCase({
    verifier: [{
      ...PASS,
      action: 'pwd >"$PROMPT.pwd"; cat src/two.txt >>"$PROMPT.pwd"; echo x >built.tmp; rm built.tmp',
    }],
  });
  await given.repository.write("src/two.txt", "two\n");
  const run = await builtIn(given, "verify-only", VERIFY_ONLY);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(run.statuses, { verify: "passed" });
  const [, pwd = "", content] =
    /^(.*)\n(.*)\n$/.exec(await Deno.readTextFile(`${given.repository.home}/roles/verifier.prompt.1.pwd`)) ??
      [];
  assert.match(pwd, /\/checkouts\//);
  assert.equal(content, "two");
  const [prompt = ""] = await given.prompts("verifier");
  assert.match(prompt, /Prove or disprove this claim: src\/two\.txt holds two\./);
  assert.match(prompt, /grep -q two src\/two\.txt/);
});

Deno.test("verify-only stops where the claim is refuted, and where it is believed without a look", async () => {
  await using given = await makePipelineCase({
    verifier: [{ ...PASS, answer: { verdict: "fail", evidence: ["grep found nothing"] } }, {
      ...PASS,
      events: [],
    }],
  });
  const refuted = await builtIn(given, "verify-only", VERIFY_ONLY);
  assert.equal(refuted.code, 4);
  assert.match(refuted.stderr, /asked: verdict is "pass"\n\s+found: "fail"/);
  const believed = await builtIn(given, "verify-only", VERIFY_ONLY);
  assert.equal(believed.code, 4);
  assert.match(believed.stderr, /at least one command that ran to its end/);
});

const finding = (severity: string, title: string): unknown => ({
  severity,
  title,
  body: "",
  file: "README.md",
  line: 1,
  recommendation: "",
});

/** What the synthesizer says after three reviewers, one of whom found something grave. */
const PANEL: readonly [string, RoleScript, number, RegExp | undefined][] = [
  [
    "passes it",
    { answer: { verdict: "pass", findings: [finding("medium", "Two of three disagree")] } },
    0,
    undefined,
  ],
  [
    "keeps what is grave",
    { answer: { verdict: "pass", findings: [finding("high", "It leaks")] } },
    4,
    /high: It leaks \(README\.md:1\)/,
  ],
  ["refuses it", { answer: { verdict: "fail" } }, 4, /found: "fail"/],
];

Deno.test("review-panel asks three reviewers side by side, and the synthesizer who has read them decides", async () => {
  await using given = await makePipelineCase({
    // Each of them is done only once all three have begun.
    reviewer: ["It leaks", "It is unsafe", "It is long"].map((title) => ({
      action: 'cd "$(dirname "$PROMPT")"; until [ -d reviewer.count.3 ]; do sleep 0.02; done',
      answer: { verdict: "fail", findings: [finding("critical", title)] },
    })).concat([{ action: ":", answer: { verdict: "fail", findings: [finding("critical", "It leaks")] } }]),
    synthesizer: PANEL.map(([, script]) => script),
  });
  await given.repository.write("README.md", "Changed.\n");
  for (const [what, , code, words] of PANEL) {
    const run = await builtIn(given, "review-panel", {});
    assert.equal(run.code, code, `${what}: ${run.stderr}`);
    const { synthesis, ...reviews } = run.statuses;
    assert.deepEqual(reviews, { correctness: "passed", security: "passed", simplicity: "passed" });
    assert.equal(synthesis, code === 0 ? "passed" : "failed");
    if (words) assert.match(run.stderr, words);
  }
  const [first = ""] = await given.prompts("synthesizer");
  for (const title of ["It leaks", "It is unsafe", "It is long"]) {
    assert.ok(first.includes(`"title": "${title}"`));
  }
  const lenses = (await given.prompts("reviewer")).slice(0, 3).map((text) =>
    /for (\w+) alone|in a year/.exec(text)?.[0]
  );
  assert.deepEqual(lenses.sort(), ["for correctness alone", "for security alone", "in a year"]);
});

Deno.test("in review-panel a reviewer who writes is a violation, and there is no synthesis", async () => {
  await using given = await makePipelineCase({
    reviewer: [{ ...PASS, action: "echo mended >>README.md" }, PASS],
    synthesizer: [PASS],
  });
  const run = await builtIn(given, "review-panel", {});
  assert.equal(run.code, 4);
  assert.equal(run.summary.status, "violated");
  assert.equal(run.statuses["synthesis"], "skipped");
  assert.match(run.stderr, /README\.md/);
});

const TDD = {
  objective: "gross doubles.",
  tests: "tests/",
  scope: "src/",
  checks: "sh tests/gross.sh",
};
const WRITES_TEST = { action: "mkdir -p tests; echo 'grep -q double src/gross.txt' >tests/gross.sh" };
const IMPLEMENTS = { action: "echo double >src/gross.txt" };

/** What the workers do one after the other, what becomes of the stages, and the words. */
const TDD_CASES: readonly [string, RoleScript[], Record<string, string>, RegExp | undefined][] = [
  [
    "goes from red to green",
    [WRITES_TEST, IMPLEMENTS],
    { tests: "passed", red: "passed", implement: "passed", green: "passed", verify: "passed" },
    undefined,
  ],
  [
    "sends a test back that passes before there is anything to test",
    [{ action: "mkdir -p tests; echo true >tests/gross.sh" }, WRITES_TEST, IMPLEMENTS],
    { tests: "passed", red: "passed", implement: "passed", green: "passed", verify: "passed" },
    undefined,
  ],
  [
    "catches a second worker that bends the test",
    [WRITES_TEST, { action: "echo double >src/gross.txt; echo true >tests/gross.sh" }],
    { tests: "passed", red: "passed", implement: "violated", green: "skipped", verify: "skipped" },
    /tests\/gross\.sh/,
  ],
  [
    "takes tests that cannot be run for no failing tests",
    [{ action: "mkdir -p tests; echo 'exec no-such-program' >tests/gross.sh" }],
    { tests: "failed", red: "skipped", implement: "skipped", green: "skipped", verify: "skipped" },
    /was not found \(status 127\), which is neither passed nor failed/,
  ],
];

for (const [what, worker, statuses, words] of TDD_CASES) {
  Deno.test(`tdd ${what}`, async () => {
    await using given = await makePipelineCase({ worker, verifier: [PASS] }, { "src/gross.txt": "single\n" });
    const run = await builtIn(given, "tdd", TDD);
    assert.deepEqual(run.statuses, statuses, run.stderr);
    assert.equal(run.code, words ? 4 : 0);
    if (words) assert.match(run.stderr, words);
    else {
      assert.equal((await given.prompts("worker")).length, worker.length);
      assert.deepEqual([...run.summary.changes].sort(), ["src/gross.txt", "tests/gross.sh"]);
    }
  });
}

async function builtIn(
  { repository, pipeline }: PipelineCase,
  name: string,
  inputs: Readonly<Record<string, string>>,
): Promise<PipelineOutcome> {
  const args = Object.entries({ workdir: repository.root, ...inputs })
    .flatMap(([key, value]) => ["--input", `${key}=${value}`]);
  return await readOutcome(await pipeline("run", name, "--json", ...args));
}
