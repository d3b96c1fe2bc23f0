/** What a packet's fields are called, and how their values are read. Source: the task-packet format of 0.1.1. */
export const MODES = ["worker", "verifier", "reviewer", "synthesizer"] as const;
export type Mode = (typeof MODES)[number];

/** The words with which a packet says that nothing may be written. */
export const NO_WRITES: readonly string[] = ["none", "no writes", "read-only", "readonly"];

/**
 * - `word`: one value on one line
 * - `flag`: `true` or `false`
 * - `text`: lines, kept as written
 * - `list`: items; an indented line goes on with the item above it
 * - `paths`: items, each line one of its own
 */
type FieldKind = "word" | "flag" | "text" | "list" | "paths";

interface FieldRule {
  readonly kind: FieldKind;
  readonly required: boolean;
  /** For `packet new` and for the remedy when it is missing. */
  readonly meaning: string;
}

export const FIELDS = {
  "MODE": { kind: "word", required: true, meaning: "worker, verifier, reviewer or synthesizer" },
  "WORKDIR": { kind: "word", required: true, meaning: "absolute path of a folder in a git work tree" },
  "OBJECTIVE": { kind: "text", required: true, meaning: "what is to be achieved, in a sentence" },
  "WRITE SCOPE": {
    kind: "paths",
    required: true,
    meaning: "files, folders or globs that may be written, or none",
  },
  "NON-GOALS": { kind: "list", required: true, meaning: "what must not be done" },
  "VERIFICATION": { kind: "list", required: true, meaning: "commands to run, or evidence to gather" },
  "DELIVERABLE": { kind: "list", required: true, meaning: "what the answer must hold" },
  "CONTEXT": { kind: "text", required: false, meaning: "confirmed facts and where to look" },
  "INPUTS": { kind: "list", required: false, meaning: "reports and files to work from" },
  "ALLOW DIRTY OVERLAP": {
    kind: "flag",
    required: false,
    meaning: "true: files in scope may be dirty at the start",
  },
  "ALLOW COMMITS": { kind: "flag", required: false, meaning: "true: the current branch may move forward" },
  "IGNORED WRITES": { kind: "paths", required: false, meaning: "ignored files that the run may write" },
  "WAIVE": {
    kind: "paths",
    required: false,
    meaning: "globs whose changes are listed but not counted, and why",
  },
} as const satisfies Record<string, FieldRule>;

export type FieldName = keyof typeof FIELDS;

export const FIELD_NAMES = Object.keys(FIELDS) as FieldName[];

export const REQUIRED_FIELDS = FIELD_NAMES.filter((name) => FIELDS[name].required);

/** The field a heading names, whatever its case, and with blanks, underscores and dashes taken as one. */
export function fieldNamed(heading: string): FieldName | undefined {
  return BY_SPELLING.get(spelling(heading));
}

/** A heading as it is compared: upper case, words apart by one blank. */
export function spelling(heading: string): string {
  return heading.trim().toUpperCase().replace(/[\s_-]+/g, " ");
}

const BY_SPELLING: ReadonlyMap<string, FieldName> = new Map(
  FIELD_NAMES.map((name) => [spelling(name), name]),
);
