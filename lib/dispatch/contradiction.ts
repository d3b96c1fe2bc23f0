/** A claim of Codex's and what was seen, where the two do not agree. */
export interface Contradiction {
  readonly kind:
    | "claimed-file-unchanged"
    | "claimed-success-failed"
    | "unclaimed-change"
    | "claimed-command-unseen"
    | "claimed-exit-differs";
  readonly detail: string;
}

/** Of these a gate does not let pass; the others inform. */
export const FAILING_CONTRADICTIONS: readonly Contradiction["kind"][] = [
  "claimed-file-unchanged",
  "claimed-success-failed",
];
