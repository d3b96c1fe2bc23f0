import type { CodexEvent } from "../codex/events.ts";
import type { WorkTreeLock } from "../process/work_tree_lock.ts";
import type { Part } from "./part.ts";

/** What a dispatch takes from the process that it runs in. */
export interface DispatchContext {
  readonly environment: Readonly<Record<string, string>>;
  readonly now: () => Date;
  /** Aborted with "SIGINT" or "SIGTERM" as its reason. */
  readonly interrupt: AbortSignal;
  /** Aborted when what runs is to be ended without a grace. */
  readonly hurry: AbortSignal;
  /** Aborted when whoever interrupted it insists: what is still to be looked at is left. */
  readonly abandon: AbortSignal;
  /** How codex-dispatch is started again, as a supervisor. */
  readonly self: readonly string[];
  readonly report: (progress: Progress) => void;
  /** The caller goes away as soon as the run has its directory, and is not kept waiting for it. */
  readonly detached?: boolean;
  /**
   * The lock of the work tree, where the caller holds it over several dispatches; see `holdWorkTree`. Undefined for a dispatch
   * that takes one of its own.
   */
  readonly lock?: WorkTreeLock | undefined;
  /** The module that a thread of this program begins in; undefined where there are none. */
  readonly threads?: string | undefined;
  /** What a pipeline tells of the stage that the dispatch is; undefined for one that stands alone. */
  readonly part?: Part | undefined;
}

/** What happens during a dispatch, for whoever looks on. */
export type Progress =
  | { readonly kind: "warning"; readonly text: string }
  | { readonly kind: "step"; readonly text: string }
  | { readonly kind: "run"; readonly runId: string; readonly folder: string; readonly state: string }
  | { readonly kind: "codex"; readonly event: CodexEvent };
