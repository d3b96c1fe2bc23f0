import type { Packet } from "../packet/check_packet.ts";
import type { TreePath } from "../base/tree_path.ts";

/** What a dispatch is told that is a stage of a pipeline. */
export interface Part {
  /**
   * The same packet over the tree that the packet's own is a clean checkout of. The records of the run lie there, and it
   * must stay as it is.
   */
  readonly original?: Packet | undefined;
  /** Dirt in scope was judged before the first stage: what is dirty now is the work of earlier ones. */
  readonly overlapJudged: boolean;
  /** Commands that make a clean checkout ready, before what is in it is looked at. */
  readonly setup: readonly string[];
  /** What is run in place of Codex. */
  readonly commands?: StageCommands | undefined;
  /** Stands behind the prompt: the instructions that hold in place of those that were changed. */
  readonly closing?: string | undefined;
  /** Paths of the repository that the pipeline itself writes meanwhile; it answers for what they hold. */
  readonly ownPaths: (path: TreePath) => boolean;
  /** Variables that the stage sets, beside those of the environment. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Commands that codex-dispatch runs itself, one after the other. */
export interface StageCommands {
  readonly commands: readonly string[];
  /** `pass`: each ends with 0. `fail`: at least one does not, and each could be run. */
  readonly expect: "pass" | "fail";
}
