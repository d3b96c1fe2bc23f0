/** The version of codex-dispatch; a release sets it from its tag. */
export const VERSION = "1.0.0-dev";
