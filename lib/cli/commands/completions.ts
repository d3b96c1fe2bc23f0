import type { CliContext } from "../context.ts";
import { shellCompletions, SHELLS } from "../shell_completions.ts";
import { badInput } from "../../base/errors.ts";
import { EXIT, type ExitCode } from "../../base/exit_codes.ts";
import { nearest } from "../../base/text.ts";

/** `completions SHELL`: the script that makes a shell ask `codex-dispatch complete`. */
export function completionsCommand(name: string, context: CliContext): ExitCode {
  const shell = SHELLS.find((known) => known === name);
  if (!shell) {
    const meant = nearest(name, SHELLS);
    throw badInput(
      "shell",
      `There are no completions for "${name}". There are for ${SHELLS.join(", ")}.${
        meant ? ` Did you mean ${meant}?` : ""
      }`,
    );
  }
  context.stdout(shellCompletions(shell));
  return EXIT.accepted;
}
