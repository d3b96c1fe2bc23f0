/** A command of Codex, as its last event tells it. */
export interface SeenCommand {
  readonly id: string;
  readonly command: string;
  /** null while it runs, and for one that never was reported as ended. */
  readonly exitCode: number | null;
  readonly status: string;
  /** What it printed, as far as it is kept; of Codex's commands it is not. */
  readonly output?: string;
}
