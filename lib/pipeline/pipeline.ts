import type { Answer } from "../codex/answer.ts";
import type { Expression } from "../base/expressions.ts";
import type { Mode } from "../packet/fields.ts";

/**
 * A pipeline file that was read and checked: defaults are filled in, expressions parsed, names resolved. What is here can
 * be planned and run without a further look at the file.
 */
export interface Pipeline {
  readonly name: string;
  readonly description: string;
  readonly inputs: readonly InputDeclaration[];
  /** Names of the environment variables that expressions may read. */
  readonly env: readonly string[];
  readonly budget: Budget;
  /** In the order of the file, which is an order in which they can run. */
  readonly stages: readonly Stage[];
  /** The file as it was read: it is frozen with the run. */
  readonly text: string;
}

export const INPUT_TYPES = ["string", "path", "list", "number", "boolean"] as const;
export type InputType = (typeof INPUT_TYPES)[number];
export type InputValue = string | number | boolean | readonly string[];

export interface InputDeclaration {
  readonly name: string;
  readonly type: InputType;
  readonly required: boolean;
  readonly default: InputValue | undefined;
  readonly description: string;
}

/** Null means no limit. */
export interface Budget {
  /** Milliseconds of the whole pipeline's running time, waiting for a person or a lock not counted. */
  readonly time: number | null;
  readonly tokens: number | null;
}

export type Stage = AgentStage | RunStage | ApproveStage;

interface StageCommon {
  readonly id: string;
  /** Where it stands in the file, counted from 1. */
  readonly line: number;
  /** Ids of stages before it that must be through. */
  readonly needs: readonly string[];
  readonly if: Expression | undefined;
  readonly onFail: OnFail;
}

interface WorkingStage extends StageCommon {
  readonly workdir: Template;
  readonly checkout: "clean" | "shared";
  /** Run in a clean checkout before the stage itself. */
  readonly setup: Commands;
  /** Ignored paths that a clean checkout gets as they were before the worker ran. */
  readonly carry: ListTemplate;
  readonly env: readonly { readonly name: string; readonly value: Template }[];
  readonly timeout: number | null;
  /** How often it is repeated for a failure of network or capacity. */
  readonly retries: number;
  readonly require: readonly Expression[];
}

/** A stage that Codex works on. */
export interface AgentStage extends WorkingStage {
  readonly kind: "agent";
  readonly mode: Mode;
  readonly packet: PacketFile | PacketFieldTemplates;
  readonly include: readonly Include[];
  readonly gate: AgentGate;
  /** Milliseconds; null for none. */
  readonly heartbeat: number | null;
  readonly command: number | null;
  readonly model: string | undefined;
  readonly effort: string | undefined;
  readonly profile: string | undefined;
  readonly codexConfig: readonly string[];
}

/** A stage whose commands codex-dispatch runs itself. */
export interface RunStage extends WorkingStage {
  readonly kind: "run";
  readonly commands: Commands;
  readonly expect: "pass" | "fail";
}

/** A stage that waits for a person. */
export interface ApproveStage extends StageCommon {
  readonly kind: "approve";
  readonly text: Template;
}

/**
 * `packet: FILE`, read when the pipeline was. Its fields are settled before any value is known: rendered one by one, and
 * not as `template` in one go, no value can add a field.
 */
export interface PacketFile extends Omit<PacketFieldTemplates, "kind"> {
  readonly kind: "file";
  readonly file: string;
  /** The whole packet. */
  readonly template: Template;
  readonly allowDirtyOverlap: boolean;
  /** Fields that codex-dispatch does not know. */
  readonly others: readonly { readonly name: string; readonly text: Template }[];
}

/** The packet's fields as keys. A field that was not given is undefined: the mode's default is meant. */
export interface PacketFieldTemplates {
  readonly kind: "fields";
  readonly objective: Template;
  readonly writeScope: ListTemplate | undefined;
  readonly nonGoals: ListTemplate | undefined;
  readonly verification: ListTemplate | undefined;
  readonly deliverable: ListTemplate | undefined;
  readonly context: Template | undefined;
  readonly inputs: ListTemplate | undefined;
  readonly allowCommits: boolean;
  readonly ignoredWrites: ListTemplate | undefined;
  readonly waive: ListTemplate | undefined;
}

export const INCLUDED = ["result", "diff", "round_diff"] as const;

export interface Include {
  readonly stage: string;
  readonly what: (typeof INCLUDED)[number];
}

export type Severity = Answer["findings"][number]["severity"];

/** What an agent's stage must bring beyond a run without violation that was accepted. */
export interface AgentGate {
  /** Words of the answer's result that pass; undefined for any. */
  readonly result: readonly string[] | undefined;
  /** Words of the answer's verdict that pass; undefined for any. */
  readonly verdict: readonly string[] | undefined;
  /** The least grave finding that fails; undefined for none. */
  readonly failOn: Severity | undefined;
  /** At least one completed command event, and evidence that is not empty. */
  readonly evidence: boolean;
  /** The run changed something. */
  readonly change: boolean;
}

export type OnFail =
  | { readonly kind: "stop" }
  | { readonly kind: "continue" }
  | { readonly kind: "return"; readonly to: string; readonly atMost: number };

/** Text with `${{ … }}` in it: literal parts and expressions in turn. */
export interface Template {
  /** As it is written. */
  readonly text: string;
  readonly parts: readonly (string | Expression)[];
  readonly place: TemplatePlace;
}

/** Where a template stands, for messages about its values. */
export interface TemplatePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The key, such as `objective` or `write_scope[2]`. */
  readonly name: string;
}

/** A list, or one expression whose value is a list. An item that is one whole expression may give several. */
export type ListTemplate =
  | { readonly kind: "items"; readonly items: readonly Template[] }
  | { readonly kind: "expression"; readonly expression: Expression; readonly place: TemplatePlace };

/** Shell commands as they are written, or one expression over the inputs alone: no value is put into shell text. */
export type Commands =
  | { readonly kind: "written"; readonly commands: readonly string[] }
  | { readonly kind: "inputs"; readonly expression: Expression; readonly place: TemplatePlace };
