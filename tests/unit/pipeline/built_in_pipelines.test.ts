import assert from "node:assert/strict";
import * as path from "node:path";
import { BUILT_IN_PIPELINES } from "../../../lib/pipeline/built_in_pipelines.ts";
import { pipelineJsonSchema } from "../../../lib/pipeline/read/pipeline_json_schema.ts";
import { PipelineSchema } from "../../../lib/pipeline/read/pipeline_schema.ts";
import { readYaml } from "../../../lib/pipeline/read/read_yaml.ts";
import { toData } from "../../../lib/pipeline/read/yaml_node.ts";
import { SourceText } from "../../../lib/base/source_text.ts";
import { pipelineOf, reading, stageOf } from "../../helpers/pipeline_reading.ts";

const FOLDER = path.join(import.meta.dirname ?? "", "..", "..", "..", "pipelines");

Deno.test("the pipelines that are built in are those in pipelines/ (deno run -A scripts/pipelines.ts)", () => {
  const files = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) =>
    name.endsWith(".yaml")
  );
  const found = files.toSorted().map((name) => [
    name.replace(".yaml", ""),
    Deno.readTextFileSync(path.join(FOLDER, name)),
  ]);
  assert.deepEqual([...BUILT_IN_PIPELINES], found);
});

Deno.test("the schema for editors is the one that the code makes (deno run -A scripts/pipelines.ts)", () => {
  const file = JSON.parse(Deno.readTextFileSync(path.join(FOLDER, "pipeline.schema.json")));
  assert.deepEqual(file, pipelineJsonSchema());
});

for (const [name, text] of BUILT_IN_PIPELINES) {
  Deno.test(`${name} is read without a problem or a warning, and bears its file's name`, () => {
    const { pipeline, problems, warnings } = reading(text);
    assert.deepEqual([problems, warnings], [[], []]);
    assert.equal(pipeline?.name, name);
    assert.ok(pipeline.description.endsWith("."));
  });

  Deno.test(`${name} names the schema, fits it, and says in comments how it is run`, () => {
    assert.match(text, /^# yaml-language-server: \$schema=\.\/pipeline\.schema\.json\n/);
    assert.ok(text.includes(`#   codex-dispatch pipeline run ${name} `));
    const { root } = readYaml(new SourceText(name, text));
    assert.ok(root);
    assert.deepEqual(PipelineSchema.safeParse(toData(root)).error, undefined);
  });

  Deno.test(`${name} says of each input what it is for`, () => {
    for (const { name: input, description } of pipelineOf(text).inputs) {
      assert.ok(description.length > 5, input);
    }
  });
}

function builtIn(name: string): ReturnType<typeof pipelineOf> {
  return pipelineOf(BUILT_IN_PIPELINES.get(name) ?? "");
}

Deno.test("in the panel three reviewers wait for nothing and stop nothing, and the synthesizer is given all of them", () => {
  const panel = builtIn("review-panel");
  const reviewers = ["correctness", "security", "simplicity"];
  for (const id of reviewers) {
    const { mode, needs, gate } = stageOf(panel, id, "agent");
    assert.deepEqual([mode, needs, gate.verdict, gate.failOn], ["reviewer", [], undefined, undefined]);
  }
  const { mode, needs, include, gate } = stageOf(panel, "synthesis", "agent");
  assert.deepEqual([mode, needs, gate.verdict, gate.failOn], ["synthesizer", reviewers, ["pass"], "high"]);
  assert.deepEqual(
    include.map(({ stage, what }) => `${stage}.${what}`),
    reviewers.map((id) => `${id}.result`),
  );
});

Deno.test("with tests first the tests must fail before the second worker, who may not write them, begins", () => {
  const tdd = builtIn("tdd");
  const red = stageOf(tdd, "red", "run");
  assert.deepEqual([red.needs, red.expect, red.onFail], [
    ["tests"],
    "fail",
    { kind: "return", to: "tests", atMost: 2 },
  ]);
  const [first, second] = ["tests", "implement"].map((id) => stageOf(tdd, id, "agent").packet.writeScope);
  assert.ok(first?.kind === "expression" && second?.kind === "expression");
  assert.deepEqual([first.expression.text, second.expression.text], ["inputs.tests", "inputs.scope"]);
  assert.deepEqual(tdd.stages.map(({ id, kind }) => `${id} ${kind}`), [
    "tests agent",
    "red run",
    "implement agent",
    "green run",
    "verify agent",
  ]);
});

Deno.test("verify-only works in a clean checkout, although no worker was there before", () => {
  const { checkout, gate, mode } = stageOf(builtIn("verify-only"), "verify", "agent");
  assert.deepEqual([mode, checkout, gate.verdict, gate.evidence], ["verifier", "clean", ["pass"], true]);
});
