import type { AgentGate, OnFail } from "../pipeline.ts";
import { type CommonShape, GateSchema, RetrySchema, ReturnSchema } from "./pipeline_schema.ts";
import { asMap, type Fields, readFields, readValue } from "./read_fields.ts";
import type { Scope } from "./read_expression.ts";
import { readCondition } from "./read_template.ts";
import type { Report } from "./report.ts";
import type { YamlNode } from "./yaml_node.ts";
import { SEVERITIES } from "../../codex/answer.ts";
import type { Mode } from "../../packet/fields.ts";
import type { Expression } from "../../base/expressions.ts";
import * as z from "zod";

type GateFields = Fields<typeof GateSchema.shape>;

/** What a stage of a mode must bring where its gate does not say otherwise. */
export function defaultGate(mode: Mode): AgentGate {
  const none = { result: undefined, verdict: undefined, failOn: undefined, evidence: false, change: false };
  switch (mode) {
    case "worker":
      return { ...none, result: ["done"], change: true };
    case "verifier":
      return { ...none, verdict: ["pass"], evidence: true };
    case "reviewer":
    case "synthesizer":
      return { ...none, verdict: ["pass"], failOn: "high" };
  }
}

/** The gate of a stage that Codex works on. Conditions that no answer can meet are errors. */
export function readAgentGate(
  node: YamlNode | undefined,
  mode: Mode,
  { scope, about }: { readonly scope: Scope; readonly about: string },
): { gate: AgentGate; require: readonly Expression[] } {
  const gate = defaultGate(mode);
  const { report } = scope;
  const map = node && asMap(node, { report, name: "gate", takes: "a map with result, verdict, fail_on, …" });
  if (!map) return { gate, require: [] };
  const fields = readFields(map, GateSchema, {
    report,
    about: `the gate of ${about}`,
    byCaller: ["require"],
  });
  return { gate: withGiven(gate, mode, { fields, report }), require: readRequire(fields, scope) };
}

/** The gate of a stage whose commands codex-dispatch runs itself: `expect` and `require` are all that it has. */
export function readRunGate(
  node: YamlNode | undefined,
  { scope, about }: { readonly scope: Scope; readonly about: string },
): readonly Expression[] {
  const { report } = scope;
  const map = node && asMap(node, { report, name: "gate", takes: "a map with require" });
  if (!map) return [];
  const fields = readFields(map, GateSchema.pick({ require: true }), {
    report,
    about: `the gate of ${about}`,
    byCaller: ["require"],
    explain: (key) =>
      Object.hasOwn(GateSchema.shape, key)
        ? `"${key}" is asked of an answer, and ${about} has none: there is "expect" for how its commands must end.`
        : undefined,
  });
  return readRequire(fields, scope);
}

function withGiven(
  gate: AgentGate,
  mode: Mode,
  { fields, report }: { fields: GateFields; report: Report },
): AgentGate {
  const [result, verdict] = [wordsGiven("result", fields, report), wordsGiven("verdict", fields, report)];
  if (result?.words?.includes("blocked")) {
    const message =
      'An answer with result "blocked" is never accepted, whatever the gate says. Leave the word out.';
    report.error("pipeline-gate", message, fields.spanOf("result"));
  }
  const evidence = fields.get("evidence");
  if (evidence === false && mode !== "verifier") {
    const message = `"evidence: false" has no effect: evidence is asked of verifiers, and this is a ${mode}.`;
    report.warning("pipeline-gate", message, fields.spanOf("evidence"));
  }
  const change = fields.get("change");
  if (change === true && mode !== "worker") {
    const message =
      `A ${mode} that changes something is in violation, so that "change: true" can never pass.`;
    report.error("pipeline-gate", message, fields.spanOf("change"));
  }
  const failOn = fields.get("fail_on");
  return {
    result: result ? result.words : gate.result,
    verdict: verdict ? verdict.words : gate.verdict,
    failOn: failOn === undefined ? gate.failOn : SEVERITIES.find((severity) => severity === failOn),
    evidence: evidence ?? gate.evidence,
    change: change ?? gate.change,
  };
}

/** The words that were given; `words` is undefined for any. */
function wordsGiven(
  key: "result" | "verdict",
  fields: GateFields,
  report: Report,
): { words: readonly string[] | undefined } | undefined {
  const given = fields.get(key);
  if (given === undefined) return undefined;
  if (given === "any") return { words: undefined };
  if (given.length === 0) {
    const message =
      `"${key}" is an empty list, which no answer can meet. Name the words that pass, or write any.`;
    report.error("pipeline-gate", message, fields.spanOf(key));
  }
  return { words: typeof given === "string" ? [given] : given };
}

function readRequire(
  fields: { readonly node: (key: "require") => YamlNode | undefined },
  scope: Scope,
): readonly Expression[] {
  const node = fields.node("require");
  if (!node || !readValue(node, GateSchema.shape.require, { report: scope.report, name: "require" })) {
    return [];
  }
  const nodes = node.kind === "list" ? node.items : [node];
  return nodes.flatMap((item) => readCondition(item, "require", scope) ?? []);
}

/** What a gate that fails leads to; a loop with the id that it names, which is looked up elsewhere. */
export function readOnFail(fields: Fields<CommonShape>, { report, about }: {
  readonly report: Report;
  readonly about: string;
}): { onFail: OnFail; target?: YamlNode } {
  const stop = { onFail: { kind: "stop" } } as const;
  const node = fields.node("on_fail");
  if (!node) return stop;
  if (node.kind !== "map") {
    const takes = "stop, continue, or { return_to: ID, at_most: N }";
    const read = readValue(node, z.enum(["stop", "continue"], { error: takes }), { report, name: "on_fail" });
    return { onFail: { kind: read?.value ?? "stop" } };
  }
  const loop = readFields(node, ReturnSchema, { report, about: `on_fail of ${about}` });
  const [to, atMost] = [loop.get("return_to"), loop.get("at_most")];
  const target = loop.node("return_to");
  if (to === undefined || !target) return stop;
  return { onFail: { kind: "return", to, atMost: atMost ?? 1 }, target };
}

/** How often a stage is repeated for failures of network and capacity. */
export function readRetries(node: YamlNode | undefined, { report, about }: {
  readonly report: Report;
  readonly about: string;
}): number {
  const map = node &&
    asMap(node, { report, name: "retry", takes: "a map such as { on: [transient], at_most: 2 }" });
  if (!map) return 0;
  return readFields(map, RetrySchema, { report, about: `retry of ${about}` }).get("at_most") ?? 0;
}
