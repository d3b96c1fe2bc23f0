import { USE_MACHINE_PATH } from "./lean_path.ts";
import { shellQuoted } from "../../lib/base/shell_quoted.ts";

/** In sh, of a stand-in for Codex: goes to the folder behind `-C`; `$ANSWER` is the file behind `-o`. */
export const READ_OPTIONS = `while [ $# -gt 0 ]; do case "$1" in
  -C) cd "$2" || exit 9; shift 2;;
  -o) ANSWER=$2; shift 2;;
  *) shift;;
esac; done`;

/** How one begins that knows `codex exec` and `codex --version` alone. */
export const STAND_IN_HEAD = `#!/bin/sh
${USE_MACHINE_PATH}
case "$1" in exec) shift;; --version) echo "codex-cli 0.0.0-scripted"; exit 0;; *) exit 1;; esac
${READ_OPTIONS}
`;

/** Prints documents, a line each. */
export function printsLines(...documents: readonly unknown[]): string {
  return documents.map((each) => `printf '%s\\n' ${shellQuoted(JSON.stringify(each))}\n`).join("");
}

/** Prints what Codex says before it begins its work. */
export const PRINTS_START = printsLines(
  { type: "thread.started", thread_id: "thread-1" },
  { type: "turn.started" },
);

/** Writes a document as the answer; nothing for null. */
export function writesAnswer(answer: unknown): string {
  return answer === null ? "" : `printf '%s' ${shellQuoted(JSON.stringify(answer))} >"$ANSWER"\n`;
}
