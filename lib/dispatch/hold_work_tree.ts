import {
  type LockRequest,
  lockWorkTree,
  type WorkTreeLock,
  workTreeUser,
} from "../process/work_tree_lock.ts";
import { isInside } from "../base/is_inside.ts";
import { locksFolder, openStateFolder } from "../records/folders.ts";
import type { DispatchContext } from "./context.ts";

/** The variable that names, to what is started under locks, their holders, with colons between. */
const WITHIN = "CODEX_DISPATCH_WITHIN";

export interface HoldRequest extends Pick<LockRequest, "shared" | "holder" | "noWait"> {
  /** Real path of the work tree. */
  readonly repository: string;
}

export type HoldContext = Pick<DispatchContext, "environment" | "lock" | "now" | "interrupt" | "report">;

/**
 * Holds a work tree for one dispatch, or for all of a pipeline: hand the lock to each of its dispatches as
 * {@link DispatchContext.lock}, and release it at the end. Waits while others use the tree, and says so; that time counts
 * against no limit.
 *
 * @throws DispatchError (exit 2) if the tree is in use and `noWait` is set; (exit 130, 143) if interrupted
 */
export async function holdWorkTree(
  { repository, ...request }: HoldRequest,
  { environment, lock, now, interrupt, report }: HoldContext,
): Promise<WorkTreeLock> {
  return await lockWorkTree(repository, {
    ...request,
    folder: locksFolder(await openStateFolder(repository, environment)),
    within: [...(environment[WITHIN] ?? "").split(":"), ...lock ? [lock.id] : []],
    now,
    interrupt,
    report: (text) => report({ kind: "step", text }),
  });
}

/**
 * The lock that a dispatch works under: that of its caller, where it covers this tree, else one of its own. To release it is
 * always right.
 */
export async function holdForDispatch(request: HoldRequest, context: HoldContext): Promise<WorkTreeLock> {
  const { lock } = context;
  if (!lock || !isInside(request.repository, lock.root)) return await holdWorkTree(request, context);
  if (lock.shared && !request.shared) {
    throw new Error("A worker is dispatched under a lock that others share");
  }
  return { ...lock, waited: 0, release: () => {}, [Symbol.dispose]: () => {} };
}

/** Warns that a dry run looks at a tree in which others are at work. */
export async function warnOfUse(repository: string, { environment, report }: HoldContext): Promise<void> {
  const folder = locksFolder(await openStateFolder(repository, environment));
  const user = await workTreeUser(repository, folder).catch(() => undefined);
  if (user === undefined) return;
  const text = `The work tree is in use by ${user}: what the dry run says of it may not hold.`;
  report({ kind: "warning", text });
}

/** The same context for what is started under a lock: it learns that its caller holds the tree. */
export function contextWithin<Context extends Pick<DispatchContext, "environment">>(
  lock: WorkTreeLock,
  context: Context,
): Context {
  const outer = context.environment[WITHIN];
  const holders = outer === undefined ? lock.id : `${outer}:${lock.id}`;
  return { ...context, environment: { ...context.environment, [WITHIN]: holders } };
}
