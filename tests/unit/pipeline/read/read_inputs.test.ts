import assert from "node:assert/strict";
import { readInputs } from "../../../../lib/pipeline/read/read_inputs.ts";
import { pipelineOf } from "../../../helpers/pipeline_reading.ts";

const { inputs: DECLARED } = pipelineOf(`version: 1
inputs:
  workdir: { type: path, description: The repository }
  goal: { type: string }
  checks: { type: list }
  carry: { type: list, default: [] }
  rounds: { type: number, default: 2 }
  deep: { type: boolean, default: false }
  note: { default: "" }
stages: [{ id: s, run: "\${{ inputs.checks }}" }]
`);

const PLACE = { cwd: "/here", home: "/home/me" };

function read(pairs: readonly string[], text?: string): ReturnType<typeof readInputs> {
  const file = text === undefined ? undefined : { file: "i.yaml", text };
  return readInputs(DECLARED, { pairs, file }, PLACE);
}

const GIVEN = ["workdir=sub/../r", "goal=a = b", "checks=make a", "checks=make b"];

Deno.test("values come from the command line, and else are the defaults", () => {
  assert.deepEqual(read([...GIVEN, "rounds=1.5e1", "deep=true"]), {
    values: {
      workdir: "/here/r",
      goal: "a = b",
      checks: ["make a", "make b"],
      carry: [],
      rounds: 15,
      deep: true,
      note: "",
    },
    problems: [],
  });
});

const PATHS: readonly (readonly [string, string])[] = [
  ["~", "/home/me"],
  ["~/a/", "/home/me/a"],
  ["~a", "/here/~a"],
  [".", "/here"],
  ["/r//x/", "/r/x"],
];

for (const [given, path] of PATHS) {
  Deno.test(`the path ${given} is ${path}`, () =>
    assert.equal(read([...GIVEN.slice(1), `workdir=${given}`]).values?.["workdir"], path));
}

Deno.test("a YAML or JSON file gives values of their types, and the command line goes before it", () => {
  const yaml = "workdir: r\ngoal: |\n  two\n  lines\nchecks: [a, b]\nrounds: 7\ndeep: true\n";
  const fromYaml = read(["goal=x", "checks=c"], yaml).values;
  assert.deepEqual([fromYaml?.["workdir"], fromYaml?.["goal"], fromYaml?.["checks"], fromYaml?.["rounds"]], [
    "/here/r",
    "x",
    ["c"],
    7,
  ]);
  const json = '{\n\t"workdir": "/r", "goal": "g\\u0041", "checks": ["a"], "carry": []\n}';
  assert.deepEqual(read([], json).values?.["goal"], "gA");
});

/** | given | a part of the message for each problem | */
const WRONG:
  readonly (readonly [pairs: readonly string[], file: string | undefined, messages: readonly RegExp[]])[] = [
    [[], undefined, [
      /The input "workdir" \(The repository\) is missing\. Give it: --input workdir=PATH\./,
      /"goal" is missing/,
      /"checks" is missing.*once for each item/,
    ]],
    [[...GIVEN, "gaol=x"], undefined, [/no input "gaol"\. Did you mean "goal"\?/]],
    [[...GIVEN, "WORKDIR=x"], undefined, [/Did you mean "workdir"\?/]],
    [[...GIVEN, "zzzzzzzz=x"], undefined, [/It has workdir, goal, /]],
    [[...GIVEN, "novalue"], undefined, [/--input is "novalue"\. It takes NAME=VALUE/]],
    [[...GIVEN, "=x"], undefined, [/It takes NAME=VALUE/]],
    [[...GIVEN, "goal=y"], undefined, [/given 2 times, and is a string/]],
    [[...GIVEN, "rounds=two"], undefined, [/--input rounds is "two"\. It takes a number/]],
    [[...GIVEN, "rounds="], undefined, [/It takes a number/]],
    [[...GIVEN, "rounds=1e999"], undefined, [/It takes a number/]],
    [[...GIVEN, "deep=yes"], undefined, [/true or false/]],
    [[...GIVEN, "carry="], undefined, [/"carry" has an item that is blank/]],
    [[...GIVEN.slice(1), "workdir="], undefined, [/"workdir" is blank/]],
    [["goal= ", GIVEN[0] ?? "", "checks=a"], undefined, [/"goal" is required, and blank/]],
    [["goal=a\0b", GIVEN[0] ?? "", "checks=a"], undefined, [/NUL byte/]],
    [GIVEN, "rounds: '3'", [/Input "rounds" is "3"\. It takes a number/]],
    [GIVEN, "note: 5", [/Input "note" is 5\. It takes text/]],
    [GIVEN, "carry: a", [/Input "carry" is "a"\. It takes a list of texts/]],
    [GIVEN, "deep: maybe\nnope: 1", [/true or false/, /no input "nope"\. Did you mean "note"\?/]],
    [GIVEN, "[1]", [/"the file" is a list/]],
    [GIVEN, "a: [", [/no valid YAML/]],
    [GIVEN.slice(0, 2), "checks: []", [/"checks" is required, and its list is empty/]],
  ];

for (const [pairs, file, messages] of WRONG) {
  Deno.test(`inputs ${JSON.stringify(pairs)} with the file ${JSON.stringify(file)} are refused, all at once`, () => {
    const { values, problems } = read(pairs, file);
    assert.equal(values, undefined);
    assert.equal(problems.length, messages.length, JSON.stringify(problems));
    for (const [at, message] of messages.entries()) assert.match(problems[at]?.message ?? "", message);
  });
}

Deno.test("what is wrong in a file is told with its place", () => {
  const { problems } = read(GIVEN, "note: a\nrounds: many\n");
  assert.deepEqual(problems.map(({ code, file, line, column }) => [code, file, line, column]), [
    ["input-value", "i.yaml", 2, 9],
  ]);
});

Deno.test("a value that is wrong on the command line does not count as missing as well", () => {
  const { problems } = read(["workdir=/r", "goal=x", "checks="]);
  assert.deepEqual(problems.map(({ code }) => code), ["input-value"]);
});
