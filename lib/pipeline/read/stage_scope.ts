import * as z from "zod";
import type { InputDeclaration } from "../pipeline.ts";
import { STAGE_STATUSES } from "../plan.ts";
import type { Scope } from "./read_expression.ts";
import {
  ANY,
  BOOLEAN,
  member,
  NUMBER,
  record,
  type RecordShape,
  type Shape,
  shapeOfSchema,
  TEXT,
  TEXT_LIST,
  words,
} from "./shapes.ts";
import type { StageDraft } from "./stage_draft.ts";
import { type Stages, waitsFor } from "./stage_order.ts";
import { ANSWER_JSON_SCHEMA } from "../../codex/answer_schema.ts";
import { PolicySchema } from "../../records/policy.ts";
import { nearest } from "../../base/text.ts";

/** What the parts of a pipeline can name. */
export interface PipelineNames extends Stages {
  /** Undefined where they could not be read. */
  readonly inputs: readonly InputDeclaration[] | undefined;
  readonly env: readonly string[] | undefined;
  /** Indexes of stages by their ids in lower case. */
  readonly indexes: ReadonlyMap<string, number>;
  /** Gathers what expressions read. */
  readonly reads: Set<string>;
}

/**
 * What the expressions of a stage can read: inputs, listed variables, and the stages that are through before it. With
 * `itself`, that stage as well: its `gate.require` is asked once it has run.
 */
export function scopeOfStage(index: number, names: PipelineNames, itself = false): Scope {
  return {
    report: names.report,
    reads: names.reads,
    names: {
      inputs: inputsShape(names.inputs),
      env: envShape(names.env),
      stages: stagesShape(index, names, itself),
    },
  };
}

function inputsShape(inputs: readonly InputDeclaration[] | undefined): Shape {
  if (!inputs) return ANY;
  const known = inputs.map(({ name }) => name);
  const shapes = inputs.map(({ name, type }) => [name, SHAPE_OF_INPUT[type]] as const);
  return record(Object.fromEntries(shapes), (name) => {
    const meant = nearest(name.toLowerCase(), known, 3);
    const remedy = meant !== undefined
      ? `Did you mean "${meant}"?`
      : known.length > 0
      ? `There is ${known.join(", ")}.`
      : "There are none: declare it under inputs.";
    return `No input "${name}" is declared. ${remedy}`;
  });
}

const SHAPE_OF_INPUT: Readonly<Record<InputDeclaration["type"], Shape>> = {
  string: TEXT,
  path: TEXT,
  list: TEXT_LIST,
  number: NUMBER,
  boolean: BOOLEAN,
};

function envShape(env: readonly string[] | undefined): Shape {
  if (!env) return ANY;
  return record(Object.fromEntries(env.map((name) => [name, TEXT])), (name) => {
    const meant = nearest(name, env);
    return `The variable "${name}" is not listed, so expressions do not see it. ` +
      (meant === undefined ? `Add it to the list "env" at the top of the file.` : `Did you mean "${meant}"?`);
  });
}

function stagesShape(index: number, { drafts, order, indexes }: PipelineNames, itself: boolean): RecordShape {
  const isVisible = (at: number): boolean => {
    const own = order[index];
    return own !== undefined && (waitsFor(own, at) || (itself && at === index));
  };
  const names = (): string[] => drafts.flatMap(({ id }, at) => id !== undefined && isVisible(at) ? [id] : []);
  const missing = (name: string): string => {
    const at = indexes.get(name.toLowerCase()) ?? -1;
    const about = drafts[index]?.about ?? "";
    if (at === index) return `Here ${about} is not through yet: only its gate.require can read it.`;
    if (at > index) return `Stage "${name}" stands below ${about}, and is not through when it begins.`;
    if (at >= 0) {
      return `Nothing makes ${about} wait for stage "${name}", so there may be nothing to read yet. Add it to needs.`;
    }
    const known = names();
    const meant = nearest(name, known);
    const remedy = meant !== undefined
      ? `Did you mean "${meant}"?`
      : known.length > 0
      ? `There is ${known.slice(-20).join(", ")}.`
      : "No stage is through before.";
    return `There is no stage "${name}". ${remedy}`;
  };
  const find = (name: string): Shape | undefined => {
    const at = indexes.get(name);
    const draft = at === undefined ? undefined : drafts[at];
    return draft && at !== undefined && isVisible(at) ? stageShape(draft, at === index) : undefined;
  };
  return { kind: "record", find, names, missing };
}

/** What a stage leaves to read, by its kind. */
function stageShape(draft: StageDraft, isItself: boolean): RecordShape {
  const status = isItself ? {} : { status: words(STAGE_STATUSES) };
  const run = { ...status, run_dir: TEXT, diff: TEXT, round_diff: TEXT };
  switch (draft.kind) {
    case undefined:
      return named({ ...run, ...documentShapes() }, draft);
    case "approve":
      return named(status, draft);
    case "run":
      return named({ ...run, policy: documentShapes().policy }, draft);
    case "mode":
    case "packet":
      return named({ ...run, ...documentShapes() }, draft);
  }
}

function named(keys: Readonly<Record<string, Shape>>, { about, kind }: StageDraft): RecordShape {
  const names = Object.keys(keys);
  return record(keys, (name) => {
    if (name === "verdict" || name === "answer") {
      return `There is no "${name}" of ${about}: it is no stage that Codex works on.`;
    }
    const meant = nearest(name.toLowerCase(), names);
    return `"${name}" is nothing that ${about} leaves${
      kind === "approve" ? " (it waits for a person)" : ""
    }. ` +
      (meant === undefined ? `There is ${names.join(", ")}.` : `Did you mean "${meant}"?`);
  });
}

let documents: Readonly<Record<"verdict" | "policy" | "answer", Shape>> | undefined;

function documentShapes(): Readonly<Record<"verdict" | "policy" | "answer", Shape>> {
  if (documents) return documents;
  const answer = shapeOfSchema(ANSWER_JSON_SCHEMA);
  const verdict = member(answer, "verdict") ?? TEXT;
  return documents = { verdict, policy: shapeOfSchema(z.toJSONSchema(PolicySchema)), answer };
}
