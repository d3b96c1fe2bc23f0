import * as path from "node:path";
import type { Bench } from "./bar.ts";
import type { CommandLine } from "./run_timed.ts";

/** One task and the two ways to run it. */
export interface PreparedDispatch {
  /** codex-dispatch, which starts the stand-in. */
  readonly dispatch: CommandLine;
  /** The stand-in alone, as codex-dispatch starts it. */
  readonly codex: CommandLine;
}

/** Writes a packet for a repository, to be dispatched to a stand-in for Codex. */
export async function prepareDispatch(
  { programs, folder }: Bench,
  { repository, codex }: { readonly repository: string; readonly codex: string },
): Promise<PreparedDispatch> {
  const packet = path.join(folder, "packet.md");
  await Deno.writeTextFile(packet, packetText(repository));
  return {
    dispatch: [...programs.product, "--task", packet, "--codex", codex, "--force", "--quiet"],
    codex: [codex, "exec", "-C", repository, "--json", "-o", path.join(folder, "answer.json"), "-"],
  };
}

function packetText(workdir: string): string {
  return `MODE: worker
WORKDIR: ${workdir}
OBJECTIVE: Nothing has to change.

WRITE SCOPE:
- src/

NON-GOALS:
- Do not add dependencies.

VERIFICATION:
- true

DELIVERABLE:
- Nothing.
`;
}
