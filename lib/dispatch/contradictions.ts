import type { Answer } from "../codex/answer.ts";
import type { SeenCommand } from "../codex/seen_command.ts";
import { commandContradictions } from "./claimed_commands.ts";
import { type ClaimedPlace, fileContradictions } from "./claimed_files.ts";
import type { Contradiction } from "./contradiction.ts";

export interface ClaimSources extends ClaimedPlace {
  readonly answer: Answer;
  /** Paths that changed, from the repository's root, as they are shown. */
  readonly changed: readonly string[];
  /** Of these: build output, which nobody claims. */
  readonly tolerated?: readonly string[];
  readonly commands: readonly SeenCommand[];
  /** The commands of the packet's VERIFICATION. */
  readonly verification: readonly string[];
}

/** What Codex claims set beside what was seen. Events are Codex's word too, but a more careless one. Pure. */
export function findContradictions(sources: ClaimSources): Contradiction[] {
  const { tolerated = [], ...rest } = sources;
  return [
    ...fileContradictions({ ...rest, tolerated, place: sources }),
    ...commandContradictions({ ...rest, place: sources }),
  ];
}
