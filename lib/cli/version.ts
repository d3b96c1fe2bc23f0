/** The version of codex-dispatch: no tag of another one is released (scripts/release_notes.ts). */
export const VERSION = "1.0.0-dev";
