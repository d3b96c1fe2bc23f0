import type { Measure } from "./compare.ts";
import { type CommandLine, type CommandPlace, runTimed } from "./run_timed.ts";

/** What every check of a tree by git costs at least. */
export const STATUS = ["git", "status", "--porcelain=v2", "-z", "--untracked-files=all"] as const;

/** What a dispatch cannot be cheaper than: a look at the tree before, Codex, and a look after. */
export function gitFloor(codex: CommandLine, place: CommandPlace): Measure {
  return async () =>
    await runTimed(STATUS, place) + await runTimed(codex, place) + await runTimed(STATUS, place);
}
