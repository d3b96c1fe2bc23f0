/**
 * The exit statuses of codex-dispatch: the one table that everything else refers to.
 *
 * Where several hold, {@link gravest} decides: interrupted, then 3, then 5, then 4.
 */
export const EXIT = {
  accepted: 0,
  badInput: 1,
  refused: 2,
  violation: 3,
  gate: 4,
  failed: 5,
  fault: 70,
  sigint: 130,
  sigterm: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each status means, in one line: for help texts and documents. */
export const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.accepted, "accepted: no violation, Codex ended well, its answer is valid"],
  [EXIT.badInput, "bad input (flag, packet, pipeline file): nothing was started"],
  [EXIT.refused, "refused before Codex was started (dirty overlap, tree in use, quota, no codex, no git)"],
  [EXIT.violation, "policy violation: the tree, the repository or the records changed where they must not"],
  [EXIT.gate, "a gate said no (--require, --require-verdict, or a pipeline's)"],
  [EXIT.failed, "Codex failed, was ended by the watchdog, or delivered nothing usable"],
  [EXIT.fault, "a fault of codex-dispatch itself"],
  [EXIT.sigint, "stopped by SIGINT"],
  [EXIT.sigterm, "stopped by SIGTERM"],
];

const BY_GRAVITY: readonly ExitCode[] = [EXIT.sigterm, EXIT.sigint, EXIT.violation, EXIT.failed, EXIT.gate];

/** The status that wins where several hold; 0 where none does. */
export function gravest(codes: readonly ExitCode[]): ExitCode {
  return BY_GRAVITY.find((code) => codes.includes(code)) ?? EXIT.accepted;
}
