import type { CommonShape } from "./pipeline_schema.ts";
import type { Fields } from "./read_fields.ts";
import type { StageDraft } from "./stage_draft.ts";
import type { Report } from "./report.ts";
import type { YamlNode } from "./yaml_node.ts";
import type { Span } from "../../base/source_text.ts";
import { nearest } from "../../base/text.ts";

/** What a stage waits for. */
export interface StageNeeds {
  /** Indexes of stages before it. */
  readonly needs: readonly number[];
  /** Everything that it waits for, directly or by way of others: a bit for each index. */
  readonly ancestors: bigint;
}

/** The stages of a pipeline, among which others are named. */
export interface Stages {
  readonly drafts: readonly StageDraft[];
  readonly order: readonly StageNeeds[];
  readonly report: Report;
}

/** Reads `needs` of all stages: which are through before which. A need is the stage before unless said. */
export function orderStages(drafts: readonly StageDraft[], report: Report): StageNeeds[] {
  const named = new Map<string, number>();
  for (const [index, { id }] of drafts.entries()) {
    if (id !== undefined && !named.has(id)) named.set(id, index);
  }
  const written = drafts.map((draft, index) => writtenNeeds(draft, index, named));
  const order: StageNeeds[] = [];
  let circles = 0;
  for (const [index, { needs, unread }] of written.entries()) {
    const { about } = drafts[index] ?? { about: "" };
    const before: number[] = [];
    for (const { name, target, span } of needs) {
      if (target === undefined) {
        const meant = nearest(name, [...named.keys()].filter((id) => id !== drafts[index]?.id));
        const known = drafts.slice(0, index).flatMap(({ id }) => id ?? []);
        const remedy = meant !== undefined
          ? `Did you mean "${meant}"?`
          : known.length > 0
          ? `Before it there is ${known.slice(-20).join(", ")}.`
          : "It is the first.";
        report.error(
          "pipeline-needs",
          `${aboutNeeds(about)} "${name}", and there is no such stage. ${remedy}`,
          span,
        );
      } else if (target < index) before.push(target);
      else if (target === index) report.error("pipeline-circle", `${aboutNeeds(about)} itself.`, span);
      else {
        const circle = circles < MOST_CIRCLES ? wayBetween(target, index, written) : undefined;
        if (circle) circles++;
        const way = circle?.map((at) => drafts[at]?.id ?? `stage ${at + 1}`).join(" needs ");
        if (way === undefined) {
          report.error(
            "pipeline-needs",
            `${aboutNeeds(about)} "${name}", which stands further down. Move it up.`,
            span,
          );
        } else report.error("pipeline-circle", `A circle: ${drafts[index]?.id ?? about} needs ${way}.`, span);
      }
    }
    // Where a need cannot be told, everything before may be meant: what follows from it is not told as well.
    const unknown = unread || before.length < needs.length;
    const ancestors = unknown
      ? (1n << BigInt(index)) - 1n
      : before.reduce((all, at) => all | (order[at]?.ancestors ?? 0n) | (1n << BigInt(at)), 0n);
    order.push({ needs: [...new Set(before)], ancestors });
  }
  return order;
}

/** Whether the stage at an index waits for another. */
export function waitsFor({ ancestors }: StageNeeds, other: number): boolean {
  return (ancestors >> BigInt(other) & 1n) === 1n;
}

interface WrittenNeeds {
  readonly needs: readonly {
    readonly name: string;
    readonly target: number | undefined;
    readonly span: Span;
  }[];
  /** They stand there, and cannot be read. */
  readonly unread: boolean;
}

function writtenNeeds(draft: StageDraft, index: number, named: ReadonlyMap<string, number>): WrittenNeeds {
  const fields: Fields<CommonShape> | undefined = draft.kind === undefined ? undefined : draft.fields;
  const given = fields?.get("needs");
  const node = fields?.node("needs");
  if (given === undefined || !node) {
    const unread = node !== undefined || fields === undefined;
    const span = draft.map.span;
    return { needs: index === 0 || unread ? [] : [{ name: "", target: index - 1, span }], unread };
  }
  const names = typeof given === "string" ? [given] : given;
  const spanOf = (at: number): Span => (node.kind === "list" ? node.items[at] as YamlNode : node).span;
  return {
    needs: names.map((name, at) => ({ name, target: named.get(name), span: spanOf(at) })),
    unread: false,
  };
}

/** To look for each of very many costs, and nobody reads them. */
const MOST_CIRCLES = 20;

/** The stages from one to another along what they need, both included; undefined if there is no way. */
function wayBetween(from: number, to: number, written: readonly WrittenNeeds[]): number[] | undefined {
  const cameFrom = new Map<number, number>([[from, from]]);
  const queue = [from];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    if (at === to) {
      const way = [at];
      for (let step = at; step !== from; way.unshift(step)) step = cameFrom.get(step) ?? from;
      return way;
    }
    for (const { target } of written[at]?.needs ?? []) {
      if (target === undefined || cameFrom.has(target)) continue;
      cameFrom.set(target, at);
      queue.push(target);
    }
  }
  return undefined;
}

function aboutNeeds(about: string): string {
  return `${about.charAt(0).toUpperCase()}${about.slice(1)} needs`;
}
