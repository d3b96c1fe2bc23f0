import type { Mode } from "./fields.ts";

/** One item of a list field, with the line it begins on. */
export interface Item {
  readonly text: string;
  /** Undefined for what does not come from a packet's text. */
  readonly line: number | undefined;
  /** It stood in a code fence: taken as it is, without marks, annotations or backticks. */
  readonly literal: boolean;
  /** It stood behind a list mark or on the field's own line. */
  readonly marked: boolean;
}

/** A packet's fields as they are written: nothing here has been looked up in the file system yet. */
export interface PacketFields {
  readonly mode: Mode;
  readonly workdir: string;
  readonly workdirLine: number;
  readonly objective: string;
  readonly writeScope: readonly Item[];
  readonly nonGoals: readonly Item[];
  readonly verification: readonly Item[];
  readonly deliverable: readonly Item[];
  readonly context: string;
  readonly inputs: readonly Item[];
  readonly allowDirtyOverlap: boolean;
  readonly allowCommits: boolean;
  readonly ignoredWrites: readonly Item[];
  readonly waive: readonly Item[];
  /** Fields that codex-dispatch does not know: text for Codex. */
  readonly others: readonly { readonly name: string; readonly text: string }[];
}

/** What could be read of a packet, wrong as it may be. */
export type PacketDraft = Omit<PacketFields, "mode" | "workdir"> & {
  readonly mode: Mode | undefined;
  readonly workdir: string | undefined;
};
