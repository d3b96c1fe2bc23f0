import type { Survivor } from "./process_tree.ts";

export interface ContainedCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** A process, with all that it starts. */
export interface ContainedProcess {
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** Ends all of it: SIGTERM, and SIGKILL after a grace. Called again, SIGKILL at once. */
  readonly end: () => void;
  /** Resolves once nothing of it lives, or what lives was given up: in bounded time after the exit, and after `end`. */
  readonly ended: Promise<ContainedEnd>;
}

export interface ContainedEnd {
  /** null if it was killed or left no status. */
  readonly code: number | null;
  /** The signal that ended it, whoever sent it. */
  readonly signal: string | null;
  /** What could not be ended. */
  readonly survivors: readonly Survivor[];
}
