import assert from "node:assert/strict";
import type { Commands, ListTemplate, Template } from "../../../lib/pipeline/pipeline.ts";
import {
  renderCommands,
  renderList,
  renderTemplate,
  renderVariable,
} from "../../../lib/pipeline/render_template.ts";
import { DispatchError } from "../../../lib/base/errors.ts";
import { pipelineOf, stageOf } from "../../helpers/pipeline_reading.ts";

const VALUES = {
  inputs: {
    text: "a b",
    lines: "a\nb",
    list: ["x", "y z"],
    none: [],
    n: 3,
    yes: true,
    run: ["make", " ", "make check"],
  },
  env: { HOME: "/h" },
  stages: { w: { answer: { findings: [{ title: "t", line: null }], next: "" } } },
};

const HEAD = `version: 1
inputs: { text: {}, lines: {}, list: { type: list }, none: { type: list }, n: { type: number }, yes: { type: boolean }, run: { type: list } }
env: [HOME, UNSET]
stages:
  - { id: w, mode: worker, objective: x, write_scope: src, workdir: /r }
`;

/** A template as the file of a pipeline gives it. */
function template(text: string): Template {
  const stage = `  - { id: s, mode: reviewer, workdir: /r, objective: ${JSON.stringify(text)} }\n`;
  const { packet } = stageOf(pipelineOf(HEAD + stage), "s", "agent");
  assert.ok(packet.kind === "fields");
  return packet.objective;
}

function list(yaml: string): ListTemplate {
  const stage = `  - { id: s, mode: reviewer, workdir: /r, objective: x, non_goals: ${yaml} }\n`;
  const { packet } = stageOf(pipelineOf(HEAD + stage), "s", "agent");
  assert.ok(packet.kind === "fields" && packet.nonGoals);
  return packet.nonGoals;
}

function commands(yaml: string): Commands {
  return stageOf(pipelineOf(`${HEAD}  - { id: s, run: ${yaml}, workdir: /r }\n`), "s", "run").commands;
}

const TEXTS: readonly (readonly [template: string, text: string])[] = [
  ["plain", "plain"],
  ["a ${{ inputs.text }} b ${{ inputs.n }}${{ inputs.yes }}", "a a b b 3true"],
  ["${{ inputs.lines }}!", "a\nb!"],
  ["${{ '${{ }}' }}", "${{ }}"],
  ["${{ format('{0}}}', inputs.n) }}", "3}"],
  ["${{ env.HOME }}/x", "/h/x"],
  // A list on a line of its own gives an item a line.
  ["${{ inputs.list }}", "- x\n- y z"],
  ["Do:\n${{ inputs.list }}\nand stop", "Do:\n- x\n- y z\nand stop"],
  ["Do:\n  ${{ inputs.list }}", "Do:\n  - x\n  - y z"],
  ["Do:\n  * ${{ inputs.list }}  \nand stop", "Do:\n  * x\n  * y z  \nand stop"],
  ["1. ${{ inputs.list }}", "1. x\n1. y z"],
  ["${{ inputs.none }}", ""],
  // Amid text its items stand side by side.
  ["${{ inputs.list }} now", "x, y z now"],
  ["Do ${{ inputs.list }}", "Do x, y z"],
  // Records are JSON.
  ["${{ stages.w.answer.findings }}", '- {"title":"t","line":null}'],
  ["${{ stages.w.answer.findings[0] }}", '{"title":"t","line":null}'],
  ["[${{ stages.w.answer.next }}]", "[]"],
];

for (const [written, text] of TEXTS) {
  Deno.test(`${JSON.stringify(written)} is rendered as ${JSON.stringify(text)}`, () =>
    assert.equal(renderTemplate(template(written), VALUES), text));
}

const LISTS: readonly (readonly [yaml: string, items: readonly string[]])[] = [
  ["one", ["one"]],
  ["[a, 'b ${{ inputs.n }}']", ["a", "b 3"]],
  ["'${{ inputs.list }}'", ["x", "y z"]],
  ["'${{ inputs.none }}'", []],
  ["'${{ inputs.text }}'", ["a b"]],
  ["[first, ' ${{ inputs.list }} ', last]", ["first", "x", "y z", "last"]],
  ["['${{ inputs.list }} too']", ["x, y z too"]],
  ["['${{ inputs.none }}', a]", ["a"]],
];

for (const [yaml, items] of LISTS) {
  Deno.test(`the list ${yaml} has the items ${JSON.stringify(items)}`, () =>
    assert.deepEqual(renderList(list(yaml), VALUES), items));
}

Deno.test("commands are those written, or those of an input, without blank ones", () => {
  assert.deepEqual(renderCommands(commands("[make, 'echo $HOME']"), {}), ["make", "echo $HOME"]);
  assert.deepEqual(renderCommands(commands("'${{ inputs.run }}'"), VALUES), ["make", "make check"]);
  assert.deepEqual(renderCommands(commands("'${{ inputs.text }}'"), VALUES), ["a b"]);
  assert.deepEqual(renderCommands(commands("'${{ inputs.none }}'"), VALUES), []);
});

Deno.test("a variable takes a list an item a line, without dashes, and no NUL", () => {
  assert.equal(renderVariable(template("${{ inputs.list }}"), VALUES), "x\ny z");
  assert.equal(renderVariable(template("a ${{ inputs.n }}"), VALUES), "a 3");
  assert.throws(
    () => renderVariable(template("${{ inputs.text }}"), { inputs: { text: "a\0b" } }),
    /NUL byte/,
  );
});

const FAULTS: readonly (readonly [template: string, message: RegExp])[] = [
  [
    "a ${{ env.UNSET }}",
    /The value of "env\.UNSET" in "objective" cannot be told: "UNSET" does not exist there\./,
  ],
  ["a ${{ stages.w.answer.findings[0].line }}", /its value is null/],
  ["a ${{ stages.w.answer.findings[7].title }}", /"7" does not exist/],
];

for (const [written, message] of FAULTS) {
  Deno.test(`${JSON.stringify(written)} is an error with its place where there is no value`, () => {
    assert.throws(() => renderTemplate(template(written), VALUES), (error) => {
      assert.ok(error instanceof DispatchError);
      assert.match(error.message, message);
      const { file, line, column } = error.problems[0] ?? {};
      assert.deepEqual([file, line, column], ["p.yaml", 6, 55]);
      return true;
    });
  });
}
