import type { Packet } from "../packet/check_packet.ts";
import { type KnownRuns, knownRuns } from "../records/sweep_state.ts";
import { refusal } from "../base/errors.ts";
import { isStorageError, storageReason } from "../base/storage_error.ts";
import type { FailedSetUp } from "./run_stage_commands.ts";
import { beginOriginal, Examination, type ExamineOptions } from "./examine.ts";

/** The tree that is worked on, and the one that it is a checkout of, as they were before the run. */
export interface Trees {
  readonly examination: Examination;
  readonly original: Examination | undefined;
  /** Why the checkout could not be made ready; undefined if it could. */
  readonly setUp: FailedSetUp | undefined;
  /** The runs that went on by then. */
  readonly runsBefore: KnownRuns;
}

/**
 * Looks at the trees before a run.
 *
 * @param place the packet over the tree where the records lie
 * @throws DispatchError (exit 2) if there is no room for what has to be kept of them
 */
export async function lookBefore(
  packet: Packet,
  place: Packet,
  { state, setUp: makeReady, ...options }: ExamineOptions & {
    readonly state: string;
    /** Makes a clean checkout ready, once its original was looked at. */
    readonly setUp: () => Promise<FailedSetUp | undefined>;
  },
): Promise<Trees> {
  try {
    const runsBefore = await knownRuns(state);
    const original = place === packet ? undefined : await beginOriginal(place, options);
    const setUp = original && await makeReady();
    return { examination: await Examination.begin(packet, options), original, setUp, runsBefore };
  } catch (error) {
    if (!isStorageError(error)) throw error;
    const message =
      `What the work tree holds cannot be kept in "${options.scratch}": ${storageReason(error)}. ` +
      "Make room there, or set XDG_STATE_HOME to another folder.";
    throw refusal("state-dir", message, { cause: error });
  }
}
