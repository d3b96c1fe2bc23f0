import type { WorkTreeLock } from "../process/work_tree_lock.ts";
import type { DispatchContext } from "./context.ts";
import type { RunFacts } from "./conclude.ts";
import { contextWithin, holdForDispatch, warnOfUse } from "./hold_work_tree.ts";
import { passQuotaGate } from "./quota_gate.ts";
import type { RunParts } from "./run_parts.ts";

/** How long the answer about the quota is believed while others work. Milliseconds. */
const QUOTA_HOLDS = 60_000;

/** A run's turn at the work tree: waited for, counted from when it was had, and given up. */
export class Turn {
  readonly #parts: RunParts;
  /** None before it was had, and for a dry run. */
  #lock: WorkTreeLock | undefined;
  /** When the tree was had: what was waited for it is no part of the run. */
  #started: Date;
  #clock = performance.now();

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#started = parts.context.now();
  }

  /** Waits until the tree is free. A dry run changes nothing and waits for nobody. */
  async take(): Promise<void> {
    const { place, packet, options, context, codex, mode, runId } = this.#parts;
    if (options.dryRun) await warnOfUse(place.repository, context);
    else {
      this.#lock = await holdForDispatch({
        repository: place.repository,
        // What works in a checkout only looks at the tree that it was made from.
        shared: place !== packet || (mode !== "worker" && mode !== "run"),
        holder: { what: `${mode} run`, id: runId },
        noWait: options.noWait,
      }, context);
      if (codex && this.#lock.waited > QUOTA_HOLDS) await passQuotaGate(codex, options, context);
    }
    this.#started = context.now();
    this.#clock = performance.now();
  }

  /** Nobody else may be in the tree. */
  get isAlone(): boolean {
    return this.#lock?.shared === false;
  }

  /** Somebody took the lock away. */
  get wasLost(): boolean {
    return this.#lock?.stands() === false;
  }

  get times(): Pick<RunFacts, "startedAt" | "waitedMs"> {
    return { startedAt: this.#started, waitedMs: this.#lock?.waited ?? 0 };
  }

  /** Milliseconds since the tree was had. */
  elapsed(): number {
    return performance.now() - this.#clock;
  }

  /** The run's context for what works meanwhile. */
  contextWithin(): DispatchContext {
    const { context } = this.#parts;
    return this.#lock ? contextWithin(this.#lock, context) : context;
  }

  /** Lets others into the tree. */
  release(): void {
    this.#lock?.release();
  }
}
