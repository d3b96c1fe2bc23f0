import assert from "node:assert/strict";
import { pipelineOf, reading, stageOf } from "../../../helpers/pipeline_reading.ts";
import type { AgentStage, ListTemplate, Template } from "../../../../lib/pipeline/pipeline.ts";

const CROSS_CHECK = await Deno.readTextFile(
  new URL("../../../fixtures/pipelines/cross_check.yaml", import.meta.url),
);

const MINUTE = 60_000;

function texts(templates: readonly Template[]): string[] {
  return templates.map(({ text }) => text);
}

Deno.test("the sample of the contract is read to the end", () => {
  const pipeline = pipelineOf(CROSS_CHECK);
  const { name, description, inputs, env, budget, stages, text } = pipeline;
  assert.equal(name, "cross-check");
  assert.match(description, /^A worker implements,/);
  assert.deepEqual(inputs.map(({ name, type, required }) => [name, type, required]), [
    ["workdir", "path", true],
    ["objective", "string", true],
    ["scope", "list", true],
    ["checks", "list", true],
    ["setup", "list", false],
    ["carry", "list", false],
  ]);
  assert.deepEqual(inputs.map((input) => input.default), [
    undefined,
    undefined,
    undefined,
    undefined,
    [],
    [],
  ]);
  assert.equal(inputs[3]?.description, "Commands that must succeed");
  assert.deepEqual(env, []);
  assert.deepEqual(budget, { time: 120 * MINUTE, tokens: 2_000_000 });
  assert.equal(text, CROSS_CHECK);
  assert.deepEqual(stages.map(({ id, kind, needs, line }) => [id, kind, needs, line]), [
    ["implement", "agent", [], 14],
    ["checks", "run", ["implement"], 19],
    ["verify", "agent", ["checks"], 24],
    ["review", "agent", ["verify"], 31],
  ]);
});

Deno.test("the sample's stages have the defaults of their modes and kinds", () => {
  const pipeline = pipelineOf(CROSS_CHECK);
  const implement = stageOf(pipeline, "implement", "agent");
  const checks = stageOf(pipeline, "checks", "run");
  const verify = stageOf(pipeline, "verify", "agent");
  const review = stageOf(pipeline, "review", "agent");
  assert.deepEqual(implement.gate, {
    result: ["done"],
    verdict: undefined,
    failOn: undefined,
    evidence: false,
    change: true,
  });
  assert.deepEqual(verify.gate, {
    result: undefined,
    verdict: ["pass"],
    failOn: undefined,
    evidence: true,
    change: false,
  });
  assert.deepEqual(review.gate, {
    result: undefined,
    verdict: ["pass"],
    failOn: "high",
    evidence: false,
    change: false,
  });
  assert.deepEqual([checks.expect, checks.commands.kind, checks.setup.kind], ["pass", "inputs", "inputs"]);
  assert.deepEqual([implement, checks, verify, review].map(({ checkout }) => checkout), [
    "shared",
    "clean",
    "clean",
    "shared",
  ]);
  assert.deepEqual([implement, checks, verify, review].map(({ workdir }) => workdir.text), [
    ...Array(4).fill("${{ inputs.workdir }}"),
  ]);
  assert.deepEqual([verify.timeout, verify.heartbeat, verify.command], [
    30 * MINUTE,
    5 * MINUTE,
    30 * MINUTE,
  ]);
  assert.deepEqual(verify.include, [{ stage: "implement", what: "result" }, {
    stage: "implement",
    what: "diff",
  }]);
  assert.deepEqual(implement.onFail, { kind: "stop" });
  assert.deepEqual(checks.onFail, { kind: "return", to: "implement", atMost: 2 });
  assert.deepEqual(review.onFail, { kind: "return", to: "implement", atMost: 2 });
  assert.ok(implement.packet.kind === "fields" && verify.packet.kind === "fields");
  assert.equal(implement.packet.objective.text, "${{ inputs.objective }}");
  assert.equal(implement.packet.writeScope?.kind, "expression");
  assert.equal(verify.packet.writeScope, undefined);
  assert.equal(verify.packet.nonGoals, undefined);
});

const HEAD = `version: 1
inputs: { workdir: { type: path }, goal: { default: x }, list: { type: list, default: [] } }
`;

function agent(text: string, head = HEAD): AgentStage {
  const pipeline = pipelineOf(
    `${head}stages:\n  - { id: build, mode: worker, objective: "\${{ inputs.goal }} \${{ inputs.list }}", write_scope: src }\n  - id: s\n${
      text.trim().split("\n").map((line) => `    ${line}`).join("\n")
    }\n`,
  );
  return stageOf(pipeline, "s", "agent");
}

Deno.test("every key of a stage has its place", () => {
  const stage = agent(`
mode: verifier
workdir: ~/other
objective: |
  Prove it:
  \${{ stages.build.answer.summary }}
non_goals: [a, "b \${{ inputs.goal }}"]
verification: make test
deliverable: \${{ inputs.list }}
context: c
inputs: [report.md]
allow_commits: false
ignored_writes: [.cache/]
waive: ["tmp/** - the editor's"]
needs: []
if: inputs.goal == 'x'
include: []
checkout: clean
setup: make deps
carry: [node_modules, "\${{ inputs.goal }}"]
env: { A: "1", B_2: "\${{ inputs.goal }}!" }
gate: { result: any, verdict: [pass, inconclusive], fail_on: low, evidence: false, require: ["inputs.goal == 'x'", "\${{ stages.s.answer.risks[0] != 'none' }}"] }
on_fail: continue
retry: { on: [transient], at_most: 3 }
timeout: 1h30m
heartbeat: off
command: 90s
model: m
effort: high
profile: p
codex_config: [a=b=c]`.replace("stages.build.answer.summary", "inputs.goal"));
  const { packet } = stage;
  assert.ok(packet.kind === "fields");
  assert.equal(stage.workdir.text, "~/other");
  assert.deepEqual(
    packet.objective.parts.map((part) => typeof part === "string" ? part : { is: part.text }),
    [
      "Prove it:\n",
      { is: "inputs.goal" },
      "\n",
    ],
  );
  assert.deepEqual(packet.nonGoals?.kind === "items" && texts(packet.nonGoals.items), [
    "a",
    "b ${{ inputs.goal }}",
  ]);
  assert.deepEqual(packet.verification?.kind === "items" && texts(packet.verification.items), ["make test"]);
  assert.deepEqual(
    packet.deliverable?.kind === "expression" && packet.deliverable.expression.text,
    "inputs.list",
  );
  assert.equal(packet.context?.text, "c");
  assert.deepEqual([stage.needs, stage.if?.text, stage.include], [[], "inputs.goal == 'x'", []]);
  assert.deepEqual(stage.setup, { kind: "written", commands: ["make deps"] });
  assert.deepEqual(stage.carry.kind === "items" && texts(stage.carry.items), [
    "node_modules",
    "${{ inputs.goal }}",
  ]);
  assert.deepEqual(stage.env.map(({ name, value }) => [name, value.text]), [["A", "1"], [
    "B_2",
    "${{ inputs.goal }}!",
  ]]);
  assert.deepEqual(stage.gate, {
    result: undefined,
    verdict: ["pass", "inconclusive"],
    failOn: "low",
    evidence: false,
    change: false,
  });
  assert.deepEqual(stage.require.map(({ text }) => text), [
    "inputs.goal == 'x'",
    "stages.s.answer.risks[0] != 'none'",
  ]);
  assert.deepEqual([stage.onFail, stage.retries], [{ kind: "continue" }, 3]);
  assert.deepEqual([stage.timeout, stage.heartbeat, stage.command], [90 * MINUTE, null, 90_000]);
  assert.deepEqual([stage.model, stage.effort, stage.profile, stage.codexConfig], ["m", "high", "p", [
    "a=b=c",
  ]]);
});

Deno.test("what a stage does not say, defaults say, and else a dispatch's own settings", () => {
  const plain = agent("mode: reviewer\nobjective: x");
  assert.deepEqual([plain.timeout, plain.heartbeat, plain.command, plain.codexConfig], [
    30 * MINUTE,
    5 * MINUTE,
    30 * MINUTE,
    [],
  ]);
  const defaults =
    `${HEAD}defaults: { timeout: off, heartbeat: 10s, model: m, effort: e, profile: p, codex_config: [a=1] }\n`;
  const given = agent("mode: reviewer\nobjective: x\ncodex_config: [a=2]\nmodel: n", defaults);
  assert.deepEqual([given.timeout, given.heartbeat, given.command], [null, 10_000, null]);
  assert.deepEqual([given.model, given.effort, given.profile, given.codexConfig], ["n", "e", "p", [
    "a=1",
    "a=2",
  ]]);
});

/** | stages before, then the stage | its checkout | */
const CHECKOUTS: readonly (readonly [string, "clean" | "shared"])[] = [
  ["{ id: s, run: x }", "shared"],
  ["{ id: s, mode: verifier, objective: x }", "shared"],
  ["{ id: w, mode: worker, objective: x, write_scope: a }|{ id: s, run: x }", "clean"],
  ["{ id: w, mode: worker, objective: x, write_scope: a }|{ id: s, mode: verifier, objective: x }", "clean"],
  ["{ id: w, mode: worker, objective: x, write_scope: a }|{ id: s, mode: reviewer, objective: x }", "shared"],
  [
    "{ id: w, mode: worker, objective: x, write_scope: a }|{ id: s, mode: synthesizer, objective: x }",
    "shared",
  ],
  [
    "{ id: w, mode: worker, objective: x, write_scope: a }|{ id: a, approve: ok? }|{ id: s, run: x }",
    "clean",
  ],
  ["{ id: w, mode: worker, objective: x, write_scope: a }|{ id: s, run: x, needs: [] }", "shared"],
  ["{ id: w, mode: worker, objective: x, write_scope: a }|{ id: s, run: x, checkout: shared }", "shared"],
  ["{ id: w, packet: w.md }|{ id: s, run: x }", "clean"],
  ["{ id: s, mode: reviewer, objective: x, checkout: clean }", "clean"],
];

for (const [stages, checkout] of CHECKOUTS) {
  Deno.test(`the last of "${stages}" works in a ${checkout} checkout`, () => {
    const text = `${HEAD}stages:\n${stages.split("|").map((stage) => `  - ${stage}`).join("\n")}\n`;
    const pipeline = pipelineOf(text, { "w.md": PACKET });
    const stage = pipeline.stages.at(-1);
    assert.equal(stage?.kind !== "approve" && stage?.checkout, checkout);
  });
}

const PACKET = `MODE: worker
WORKDIR: \${{ inputs.workdir }}/sub
OBJECTIVE: Do \${{ inputs.goal }}.
WRITE SCOPE:
- \${{ inputs.list }}
NON-GOALS: none
VERIFICATION: true
DELIVERABLE: a diff
`;

Deno.test("a packet file is read with its mode, its workdir and its expressions", () => {
  const pipeline = pipelineOf(`${HEAD}stages: [{ id: s, packet: tasks/w.md }]`, {
    "tasks/w.md": `\uFEFF${PACKET}`,
  });
  const stage = stageOf(pipeline, "s", "agent");
  assert.deepEqual([stage.mode, stage.workdir.text, stage.gate.result], [
    "worker",
    "${{ inputs.workdir }}/sub",
    ["done"],
  ]);
  assert.ok(stage.packet.kind === "file");
  assert.deepEqual([stage.packet.file, stage.packet.template.text], ["tasks/w.md", PACKET]);
  const expressions = stage.packet.template.parts.filter((part) => typeof part !== "string");
  assert.deepEqual(expressions.map(({ text }) => text), ["inputs.workdir", "inputs.goal", "inputs.list"]);
});

Deno.test("a packet file's fields are templates of their own, settled before any value is known", () => {
  const text =
    `${PACKET}CONTEXT:\nOne.\n\${{ inputs.goal }}\nINPUTS: r.md\nALLOW COMMITS: true\nWAIVE:\n~~~\na b\n~~~\nNOTES: mine\n`;
  const pipeline = pipelineOf(`${HEAD}stages: [{ id: s, packet: w.md }]`, { "w.md": text });
  const { packet } = stageOf(pipeline, "s", "agent");
  assert.ok(packet.kind === "file");
  const items = (list: ListTemplate | undefined): unknown => list?.kind === "items" && texts(list.items);
  assert.equal(packet.objective.text, "Do ${{ inputs.goal }}.");
  assert.deepEqual(items(packet.writeScope), ["${{ inputs.list }}"]);
  assert.deepEqual([items(packet.nonGoals), items(packet.verification), items(packet.deliverable)], [
    ["none"],
    ["true"],
    ["a diff"],
  ]);
  assert.equal(packet.context?.text, "One.\n${{ inputs.goal }}");
  assert.deepEqual([items(packet.inputs), items(packet.waive), packet.ignoredWrites], [
    ["r.md"],
    ["`a b`"],
    undefined,
  ]);
  assert.deepEqual([packet.allowCommits, packet.allowDirtyOverlap], [true, false]);
  assert.deepEqual(packet.others.map(({ name, text }) => [name, text.text]), [["NOTES", "mine"]]);
  assert.deepEqual(packet.objective.place, { file: "w.md", line: 3, column: 1, name: "OBJECTIVE" });
});

Deno.test("a file may begin with a byte order mark, end its lines with CRLF, and name nothing but stages", () => {
  const text = "\uFEFFversion: 1\r\nstages:\r\n  - id: s\r\n    run: x\r\n    workdir: /r\r\n";
  const pipeline = pipelineOf(text);
  assert.deepEqual([pipeline.name, pipeline.description, pipeline.budget], ["p", "", {
    time: null,
    tokens: null,
  }]);
  assert.equal(pipeline.text, text);
});

Deno.test("aliases stand for what they name", () => {
  const pipeline = pipelineOf(`version: 1
stages:
  - { id: a, run: &checks [make a, make b], workdir: &w /r }
  - { id: b, run: *checks, workdir: *w }
`);
  assert.deepEqual(stageOf(pipeline, "b", "run").commands, {
    kind: "written",
    commands: ["make a", "make b"],
  });
});

Deno.test("an approval waits with its text, and has no folder", () => {
  const pipeline = pipelineOf(
    `${HEAD}stages: [{ id: a, approve: "Merge \${{ inputs.goal }}?", if: "inputs.goal != ''" }]`,
  );
  const { text, needs, onFail, ...rest } = stageOf(pipeline, "a", "approve");
  assert.deepEqual([text.text, needs, onFail, rest.if?.text], [
    "Merge ${{ inputs.goal }}?",
    [],
    { kind: "stop" },
    "inputs.goal != ''",
  ]);
});

/** | what is doubtful | */
const DOUBTFUL: readonly (readonly [name: string, text: string, message: RegExp])[] = [
  [
    "evidence: false on a worker",
    `${HEAD}stages: [{ id: s, mode: worker, objective: "\${{ inputs }}", write_scope: a, gate: { evidence: false } }]`,
    /"evidence: false" has no effect/,
  ],
  [
    "an input that nothing reads",
    `version: 1\ninputs: { workdir: {}, goal: {} }\nstages: [{ id: s, run: x }]`,
    /No expression reads the input "goal"/,
  ],
  [
    "a loop without a worker",
    `version: 1\ninputs: { workdir: {} }\nstages: [{ id: a, run: x }, { id: b, run: x, on_fail: { return_to: a, at_most: 2 } }]`,
    /no worker changes anything/,
  ],
];

for (const [name, text, message] of DOUBTFUL) {
  Deno.test(`a warning is given for ${name}`, () => {
    const { pipeline, warnings } = reading(text);
    assert.ok(pipeline);
    assert.match(warnings.map((warning) => warning.message).join("\n"), message);
    assert.equal(warnings.length, 1);
  });
}

Deno.test("a loop over a worker, also by way of what it needs, brings no warning", () => {
  const { warnings } = reading(CROSS_CHECK);
  assert.deepEqual(warnings, []);
});
