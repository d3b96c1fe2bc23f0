/** The command that makes codex-dispatch a supervisor. It stands alone: every start reads it. */
export const SUPERVISE = "supervise";
