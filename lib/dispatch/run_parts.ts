import type { CodexProgram } from "../codex/find_codex.ts";
import type { Packet } from "../packet/check_packet.ts";
import type { RunMode } from "../records/run_id.ts";
import type { DispatchContext } from "./context.ts";
import type { DispatchOptions } from "./options.ts";
import type { Requirements } from "./requirements.ts";

/** What a run is made of, known before it has its directory. */
export interface RunParts {
  /** What is worked on. */
  readonly packet: Packet;
  /** Where the records lie: the same packet, or the one over the tree that its tree is a checkout of. */
  readonly place: Packet;
  readonly options: DispatchOptions;
  readonly context: DispatchContext;
  readonly requirements: Requirements;
  readonly state: string;
  readonly codex: CodexProgram | undefined;
  readonly mode: RunMode;
  readonly runId: string;
  readonly scratch: string;
}
