/** Violations that say the tree, the repository or the records changed where they must not. */
export const SCOPE_VIOLATION_KINDS = [
  "out-of-scope",
  "read-only",
  "protected",
  "git-state",
  "symlink-escape",
  "record-tampered",
  "survivor",
] as const;

/** Why a run is not to be accepted. Source: the table of kinds in the documentation of policy.json. */
export const VIOLATION_KINDS = [
  ...SCOPE_VIOLATION_KINDS,
  "watchdog",
  "codex-failed",
  "answer-missing",
  "answer-invalid",
  "answer-blocked",
  "dirty-overlap",
  "refused",
  "record-incomplete",
  "interrupted",
] as const;

export type ViolationKind = (typeof VIOLATION_KINDS)[number];
