import assert from "node:assert/strict";
import { pick, type Random, seeded } from "../../../helpers/random_numbers.ts";
import { reading } from "../../../helpers/pipeline_reading.ts";
import { BUILT_IN_PIPELINES } from "../../../../lib/pipeline/built_in_pipelines.ts";
import { PipelineSchema } from "../../../../lib/pipeline/read/pipeline_schema.ts";
import { readYaml } from "../../../../lib/pipeline/read/read_yaml.ts";
import { toData } from "../../../../lib/pipeline/read/yaml_node.ts";
import { SourceText } from "../../../../lib/base/source_text.ts";
import type { PipelineReading } from "../../../../lib/pipeline/read/read_pipeline.ts";

const RICH = `version: 1
name: rich
env: [HOME, CI]
inputs: { workdir: { type: path }, goal: { default: x }, list: { type: list, default: [a] }, yes: { type: boolean, default: true } }
defaults: { timeout: 30m, heartbeat: off, model: m, codex_config: [a=b] }
budget: { time: 2h, tokens: off }
stages:
  - id: build
    packet: build.md
    retry: { on: [transient], at_most: 2 }
  - id: ask
    approve: |
      Go on with \${{ inputs.goal }}?
    if: inputs.yes && env.CI == 'true'
  - id: check
    run: [make "all", 'make check']
    env: { GOAL: "\${{ inputs.goal }}" }
    expect: fail
    gate: { require: "stages.build.policy.changes[0].path != ''" }
  - id: review
    mode: reviewer
    needs: [build, check]
    include: [build.diff, check.result]
    objective: >-
      Read \${{ stages.build.answer.summary }}
      and \${{ toJSON(stages.build.answer.findings.*.title) }}.
    gate: { verdict: [pass, inconclusive], fail_on: medium, require: ["stages.review.answer.risks[0] == 'none'"] }
    on_fail: { return_to: build, at_most: 3 }
`;

const PACKETS = {
  "build.md":
    "MODE: worker\nWORKDIR: ${{ inputs.workdir }}\nOBJECTIVE: ${{ inputs.goal }}\nWRITE SCOPE: src\n" +
    "NON-GOALS: x\nVERIFICATION:\n- ${{ inputs.list }}\nDELIVERABLE: x\n",
};

const GOOD = [...BUILT_IN_PIPELINES.values(), RICH];

/** What means something in YAML, in expressions, or to the checks. */
const PIECES = [
  ..."{ } [ ] : , - # & * ! | > ' \" % @ ` ? $ ( ) . = < / \\ ~ 0 -1 1e999".split(" "),
  ..."${{ }} && || == != true false null off any none .nan 0x1f &a *a << !!str !!binary --- ... %YAML".split(
    " ",
  ),
  ..."stages inputs env build review constructor __proto__ toString needs run mode packet approve id gate"
    .split(" "),
  ...[
    " ",
    "  ",
    "\n",
    "\t",
    "\r",
    "\0",
    "\u2028",
    "\uFEFF",
    "\uD800",
    "é",
    "😀",
    "\n  - id: build",
    "\n    ",
  ],
];

/** A good pipeline that something happened to: lines cut, doubled, swapped, moved in or out, pieces put in or in place of others. */
function mutated(random: Random): string {
  const lines = pick(random, GOOD).split("\n");
  for (let change = 0; change <= random(4); change++) {
    const at = random(lines.length);
    const line = lines[at] ?? "";
    const place = random(line.length + 1);
    const other = random(lines.length);
    const words = line.match(/\w+|\W+/g) ?? [];
    const word = random(words.length + 1);
    const edits: (() => unknown)[] = [
      () => lines.splice(at, 1),
      () => lines.splice(at, 0, line),
      () => ([lines[at], lines[other]] = [lines[other] ?? "", line]),
      () => (lines[at] = line.slice(0, place)),
      () => (lines[at] = `  ${line}`),
      () => (lines[at] = line.slice(2)),
      () => (lines[at] = line.slice(0, place) + pick(random, PIECES) + line.slice(place)),
      () => (lines[at] = line.slice(0, place) + pick(random, PIECES) + line.slice(place + 1)),
      () => (lines[at] = words.toSpliced(word, 1, pick(random, PIECES)).join("")),
      () => (lines[at] = words.toSpliced(word, 1).join("")),
      () => lines.splice(lines.length - random(6)),
    ];
    pick(random, edits)();
  }
  return lines.join("\n");
}

/** What the reader takes, the schema for editors takes too. */
function assertFitsSchema(text: string): void {
  const { root } = readYaml(new SourceText("p.yaml", text.replace(/^\uFEFF/, "")));
  assert.ok(root);
  assert.equal(PipelineSchema.safeParse(toData(root)).error, undefined, text);
}

/** Every problem is one that a person can find. */
function assertTold({ pipeline, problems, warnings }: PipelineReading, text: string): void {
  assert.equal(pipeline === undefined, problems.length > 0, text);
  for (const { code, message, file, line, column, snippet } of [...problems, ...warnings]) {
    const about = `${code} ${message}\n${text}`;
    assert.match(code, /^[a-z-]+$/, about);
    assert.ok(
      message.length > 10 && !/undefined|\[object|NaN/.test(message.replaceAll(/"[^"]*"/g, "")),
      about,
    );
    assert.ok(file !== undefined && line !== undefined && column !== undefined, about);
    const lines = (file === "p.yaml" ? text.replace(/^\uFEFF/, "") : PACKETS["build.md"]).split(/\r\n|\n|\r/);
    assert.ok(line >= 1 && line <= lines.length, `${line} of ${lines.length}: ${about}`);
    assert.ok(column >= 1 && column <= (lines[line - 1] ?? "").length + 1, `column ${column}: ${about}`);
    if (snippet) assert.ok(snippet.start <= snippet.text.length && snippet.length >= 1, about);
  }
}

Deno.test("the pipelines that are mutated are good", () => {
  for (const text of GOOD) assert.deepEqual(reading(text, PACKETS).problems, []);
});

Deno.test("3,000 mutated pipelines: none crashes or hangs the reader, and every error has its place", () => {
  const random = seeded(5);
  const codes = new Map<string, number>();
  for (let count = 0; count < 3000; count++) {
    const text = mutated(random);
    const read = reading(text, PACKETS);
    assertTold(read, text);
    if (read.pipeline) assertFitsSchema(text);
    for (const { code } of read.problems) codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  // They reach beyond the syntax: into keys, values, order, expressions and gates.
  assert.ok(codes.size >= 20, [...codes.keys()].join(" "));
});

const MEGABYTE = 900_000;
const list = (item: string): string => item.repeat(Math.floor(MEGABYTE / item.length));

/** Files that are made to cost: each is read to an error, in about the time that its length takes. */
const BOMBS: readonly (readonly [name: string, text: string])[] = [
  ["aliases of aliases", `a: &a [x,x,x,x,x,x,x,x,x]\n${aliasTower()}`],
  [
    "aliases of aliases in stages",
    `version: 1\nstages:\n  - &a { id: a, run: [x,x,x,x,x,x,x,x,x,x] }\n${list("  - *a\n").slice(0, 600)}`,
  ],
  ["a list in a list in a list", "[".repeat(MEGABYTE)],
  ["a map in a map in a map", "a: ".repeat(1) + "{a: ".repeat(MEGABYTE / 4)],
  ["more than a million characters", `version: 1\n#${"x".repeat(1_000_000)}`],
  ["a hundred thousand stages", `version: 1\nstages:\n${list("- {}\n")}`],
  ["a hundred thousand stages of one id", `version: 1\nstages:\n${list("- id: a\n")}`],
  [
    "a hundred thousand keys",
    `version: 1\nstages: []\n${Array.from({ length: 60_000 }, (_, at) => `k${at}: ${at}\n`).join("")}`,
  ],
  ["one key over and over", `version: 1\n${list("stages: 1\n")}`],
  ["a hundred thousand needs", `version: 1\nstages: [{ id: a, run: x, needs: [${list("nope,")}b] }]`],
  ["a hundred thousand wrong needs", `version: 1\nstages: [{ id: a, run: x, needs: [${list("1,")}1] }]`],
  ["expressions by the thousand", `version: 1\nstages: [{ id: a, approve: "${list("${{ a.b }}")}" }]`],
  [
    "good expressions by the thousand",
    `version: 1\ninputs: { g: {} }\nstages: [{ id: a, approve: "${list("${{inputs.g}}")}", if: x }]`,
  ],
  ["expressions that are not closed", `version: 1\nstages: [{ id: a, approve: "${list("${{")}" }]`],
  ["a long expression", `version: 1\nstages: [{ id: a, approve: x, if: "${list("!")}" }]`],
  ["a deep expression", `version: 1\nstages: [{ id: a, approve: x, if: "${"(".repeat(20_000)}" }]`],
  [
    "a path of a thousand names",
    `version: 1\nstages: [{ id: a, approve: x, if: "inputs${".a".repeat(9_000)}" }]`,
  ],
  ["quotes without end", `version: 1\nstages: "${list("'")}`],
  ["blanks without end", `version: 1\nname: ${list(" ")}x y\nstages: []`],
  ["a line of a megabyte with an error in it", `version: 1\nstages: []\n${"x".repeat(MEGABYTE)}: 1`],
  [
    "includes by the thousand",
    `version: 1\nstages: [{ id: a, mode: reviewer, objective: x, workdir: /r, include: [${
      list("a.diff,")
    }b] }]`,
  ],
  ["variables by the thousand", `version: 1\nenv: [${list("A,")}B]\nstages: []`],
  [
    "inputs by the thousand",
    `version: 1\ninputs: {${Array.from({ length: 30_000 }, (_, at) => `i${at}: 1`).join(",")}}\nstages: []`,
  ],
];

function aliasTower(): string {
  const names = [..."abcdefghijk"];
  return names.slice(1).map((name, at) =>
    `${name}: &${name} [${Array(9).fill(`*${names[at]}`).join(", ")}]\n`
  ).join("");
}

for (const [name, text] of BOMBS) {
  Deno.test(`${name} cost no more than their length`, () => {
    const started = performance.now();
    const read = reading(text);
    const took = performance.now() - started;
    assert.equal(read.pipeline, undefined);
    assert.ok(read.problems.length >= 1 && read.problems.length <= 300);
    for (const { line, column } of read.problems) assert.ok(line && column);
    // What grows faster than the text would take minutes here.
    assert.ok(took < 20_000, `${Math.round(took)} ms`);
  });
}

Deno.test("a thousand stages that each need, include and read all kinds of others are read as they grow", () => {
  const stages = Array.from({ length: 1000 }, (_, at) => {
    const before = Array.from({ length: Math.min(at, 10) }, (_, back) => `s${at - back - 1}`);
    const include = before.map((id) => `${id}.result`);
    return `  - { id: s${at}, mode: reviewer, objective: "\${{ toJSON(stages) }}", needs: [${before}], include: [${include}] }\n`;
  });
  const text = `version: 1\ninputs: { workdir: { type: path } }\nstages:\n${stages.join("")}`;
  const started = performance.now();
  const { pipeline, problems } = reading(text);
  assert.deepEqual(problems, []);
  assert.equal(pipeline?.stages.length, 1000);
  assert.ok(performance.now() - started < 20_000);
});
