import { type Include, INCLUDED } from "../pipeline.ts";
import type { AgentShape } from "./pipeline_schema.ts";
import type { Fields } from "./read_fields.ts";
import { type Stages, waitsFor } from "./stage_order.ts";
import type { YamlNode } from "./yaml_node.ts";
import type { Span } from "../../base/source_text.ts";
import { nearest, oneLine } from "../../base/text.ts";

/** `include:` of a stage: what of earlier stages it is given. */
export function readInclude(index: number, fields: Fields<AgentShape>, stages: Stages): Include[] {
  const node = fields.node("include");
  const given = fields.get("include");
  if (!given || node?.kind !== "list") return [];
  const { report } = stages;
  const seen = new Set<string>();
  return given.flatMap((text, at) => {
    const span = node.items[at]?.span ?? node.span;
    const [, stage = "", word = ""] = /^([^.]*)\.?(.*)$/s.exec(text) ?? [];
    const what = INCLUDED.find((one) => one === word);
    if (!what) {
      const meant = nearest(word, INCLUDED);
      const remedy = meant === undefined
        ? `It takes ID.${INCLUDED.join(", ID.")}.`
        : `Did you mean "${stage}.${meant}"?`;
      report.error("pipeline-include", `"include" names "${oneLine(text, 80)}". ${remedy}`, span);
      return [];
    }
    if (seen.has(text)) {
      report.error("pipeline-include", `"include" names "${text}" twice. Keep one.`, span);
      return [];
    }
    seen.add(text);
    const target = findBefore(index, { name: stage, key: "include", span }, stages);
    if (target === undefined) return [];
    if (stages.drafts[target]?.kind === "approve") {
      const message = `Stage "${stage}" waits for a person and leaves nothing to include.`;
      report.error("pipeline-include", message, span);
      return [];
    }
    return [{ stage, what }];
  });
}

/** The stage that `on_fail` returns to, with a warning if the way back holds nothing that could change the outcome. */
export function checkReturn(index: number, name: string, { target: node, stages }: {
  readonly target: YamlNode;
  readonly stages: Stages;
}): void {
  const { drafts, order, report } = stages;
  const target = findBefore(index, { name, key: "return_to", span: node.span }, stages);
  if (target === undefined) return;
  const own = order[index];
  const repeated = drafts.filter((_, at) => {
    const needs = order[at];
    if (at === target) return true;
    return own && needs && (at === index || waitsFor(own, at)) && waitsFor(needs, target);
  });
  if (repeated.some(({ mode, kind }) => mode === "worker" || kind === undefined)) return;
  const message =
    `Between "${name}" and ${drafts[index]?.about ?? ""} no worker changes anything, so that another round ` +
    "finds what the last one found. Return to a worker.";
  report.warning("pipeline-loop", message, node.span);
}

/** The index of a stage that is through before another; undefined, and reported, if it is none. */
function findBefore(
  index: number,
  { name, key, span }: { readonly name: string; readonly key: string; readonly span: Span },
  { drafts, order, report }: Stages,
): number | undefined {
  const fail = (message: string): undefined => {
    report.error(`pipeline-${key.replace("_to", "")}`, message, span);
    return undefined;
  };
  const about = drafts[index]?.about ?? "";
  const target = drafts.findIndex(({ id }) => id === name);
  const own = order[index];
  if (target === index) return fail(`"${key}" of ${about} names the stage itself. Name one before it.`);
  if (target > index) {
    return fail(`"${key}" of ${about} names "${name}", which stands further down. Name one before it.`);
  }
  if (target >= 0 && own && waitsFor(own, target)) return target;
  if (target >= 0) {
    return fail(`"${key}" of ${about} names "${name}", for which nothing makes it wait. Add it to needs.`);
  }
  const before = drafts.slice(0, index).flatMap(({ id }) => id ?? []);
  const meant = nearest(name, before);
  const remedy = meant !== undefined
    ? `Did you mean "${meant}"?`
    : before.length > 0
    ? `Before it there is ${before.slice(-20).join(", ")}.`
    : "It is the first.";
  return fail(`"${key}" of ${about} names "${oneLine(name, 60)}", and there is no such stage. ${remedy}`);
}
