import { DispatchError, refusal } from "../base/errors.ts";
import { openOwnFolder } from "../base/own_folder.ts";
import { storageReason } from "../base/storage_error.ts";
import { exitOfSignal, stopSignalOf } from "../base/stop_signal.ts";
import { pause } from "../base/pause.ts";
import { ConcerningTickets, type HeldTicket } from "./concerning_tickets.ts";
import type { Holder } from "./ticket_holder.ts";
import { comesBefore, type OwnTicket, removeTicket, takeTicket } from "./tickets.ts";
import { WaitingNotice } from "./waiting_notice.ts";

/** A work tree that is held: nobody else works in it meanwhile, or, if it is shared, nobody else writes. */
export interface WorkTreeLock extends Disposable {
  /** Names the holder to what is started under the lock: see {@link LockRequest.within}. */
  readonly id: string;
  /** Real path of the work tree. */
  readonly root: string;
  readonly shared: boolean;
  /** Milliseconds that were waited for it. */
  readonly waited: number;
  /** False once somebody took its ticket away: others may have come in since. */
  readonly stands: () => boolean;
  readonly release: () => void;
}

export interface LockRequest {
  /** The folder of the tickets. */
  readonly folder: string;
  /** Others that only read may hold the tree too. */
  readonly shared: boolean;
  /** For whoever waits. */
  readonly holder: Pick<Holder, "what" | "id">;
  /** Refuses instead of waiting. */
  readonly noWait: boolean;
  /** The holders under which this process was started: to wait for one of them would be to wait for ever. */
  readonly within: readonly string[];
  readonly now: () => Date;
  /** Aborted with the name of a signal as its reason. */
  readonly interrupt: AbortSignal;
  /** Is told for whom is waited. */
  readonly report: (text: string) => void;
}

/** How often a waiting process looks. Milliseconds. */
const LOOK_EVERY = 100;
/** The kernel ends what a killed dispatch ran a moment after it lets go of its lock. Milliseconds. */
const SETTLE = 250;

/**
 * Holds a work tree, alone or with others that only read. First come, first served: one that would write is not passed by
 * those that read and came later. A tree within the tree, such as a submodule, is one with it.
 *
 * On Windows nothing is held: there are no such locks.
 *
 * @param root real path of the work tree
 * @throws DispatchError (exit 2) if it is in use and is not waited for, or if no lock can be had; (exit 130, 143) if
 * interrupted
 */
export async function lockWorkTree(root: string, request: LockRequest): Promise<WorkTreeLock> {
  if (Deno.build.os === "windows") return asLock(root, request, { waited: 0 });
  const started = performance.now();
  const place = new Place(root, request);
  try {
    await place.reachFront();
  } catch (error) {
    place.own.giveBack();
    throw error;
  }
  return asLock(root, request, { waited: performance.now() - started, own: place.own });
}

/** Who uses a work tree now, in a line; undefined for nobody. */
export async function workTreeUser(root: string, folder: string): Promise<string | undefined> {
  const [first] = (await new ConcerningTickets(folder, root).read()).filter(({ isLive }) => isLive);
  if (!first) return undefined;
  const { showHolder } = await import("./ticket_holder.ts");
  return showHolder(first.holder);
}

/** A place in the row of those who want a work tree. */
class Place {
  readonly #root: string;
  readonly #request: LockRequest;
  readonly #others: ConcerningTickets;
  #own: OwnTicket;

  constructor(root: string, request: LockRequest) {
    this.#root = root;
    this.#request = request;
    this.#others = new ConcerningTickets(request.folder, root);
    this.#own = this.#take();
  }

  get own(): OwnTicket {
    return this.#own;
  }

  async reachFront(): Promise<void> {
    const { interrupt, noWait, report } = this.#request;
    const notice = new WaitingNotice(report);
    while (true) {
      const tickets = await this.#readOthers();
      const blockers = this.#blockers(tickets.filter(({ isLive }) => isLive));
      const [first] = blockers;
      if (first && noWait) throw await inUse(this.#root, first);
      if (first) await notice.say(first, blockers.length - 1);
      const dead = tickets.filter(({ isLive }) => !isLive);
      if (first) await pause(LOOK_EVERY, interrupt);
      else if (dead.length > 0) await pause(SETTLE, interrupt);
      if (interrupt.aborted) throw interrupted(interrupt);
      // Where somebody took the ticket away, it is the end of the row again.
      if (!this.#own.stands()) this.#own = this.#take();
      else if (!first) {
        for (const ticket of dead) removeTicket(ticket);
        return;
      }
    }
  }

  async #readOthers(): Promise<HeldTicket[]> {
    try {
      return await this.#others.read(this.#own.name);
    } catch (error) {
      // Where the folder is gone, or shut, so is the own ticket, and another is taken. Else nobody knows who is in the tree.
      if (this.#own.stands()) throw unusable("read in", this.#request.folder, error);
      return [];
    }
  }

  /** Those that are to be waited for. */
  #blockers(tickets: readonly HeldTicket[]): HeldTicket[] {
    const { within, shared } = this.#request;
    const outer = tickets.filter(({ holder }) => holder && within.includes(holder.id));
    const excluding = outer.find((ticket) => !ticket.shared || !shared);
    if (excluding) throw withinHolder(this.#root, excluding);
    // One that only reads holds the tree on our behalf too: nobody who waits is before us.
    if (outer.length > 0) return [];
    return tickets.filter((ticket) => comesBefore(ticket, this.#own) && !(ticket.shared && shared));
  }

  #take(): OwnTicket {
    const { folder, shared, holder, now } = this.#request;
    const written: Holder = { ...holder, pid: Deno.pid, since: now().toISOString(), root: this.#root };
    let own: OwnTicket | undefined;
    try {
      openOwnFolder(folder);
      own = takeTicket(folder, {
        shared,
        place: this.#others.place,
        content: `${JSON.stringify(written)}\n`,
      });
    } catch (error) {
      throw unusable("written to", folder, error);
    }
    if (own) return own;
    const message =
      `Files in "${folder}" cannot be locked, so two dispatches could work in one tree at once. ` +
      "Set XDG_STATE_HOME to a folder on a file system with locks.";
    throw refusal("no-locks", message);
  }
}

function asLock(
  root: string,
  { shared, holder }: LockRequest,
  { waited, own }: { readonly waited: number; readonly own?: OwnTicket },
): WorkTreeLock {
  const release = own?.giveBack ?? (() => {});
  const stands = own?.stands ?? (() => true);
  return { id: holder.id, root, shared, waited, stands, release, [Symbol.dispose]: release };
}

async function inUse(root: string, ticket: HeldTicket): Promise<DispatchError> {
  const { showHolder } = await import("./ticket_holder.ts");
  const message = `The work tree "${root}" is in use by ${showHolder(ticket.holder)}. Try again when it is ` +
    "free (a dispatch without --no-wait waits for it), or work in a tree of its own (git worktree add).";
  return refusal("work-tree-in-use", message);
}

function unusable(how: string, folder: string, error: unknown): DispatchError {
  const message = `The lock of the work tree cannot be ${how} "${folder}": ${storageReason(error)}. ` +
    "Make room there, or set XDG_STATE_HOME to another folder.";
  return refusal("state-dir", message, { cause: error });
}

function withinHolder(root: string, { holder }: HeldTicket): DispatchError {
  const message =
    `This dispatch was started from within "${holder?.id}", which holds the work tree "${root}" ` +
    "until it ends: it would wait for ever. Dispatch from outside, or in a tree of its own (git worktree add).";
  return refusal("work-tree-in-use", message);
}

function interrupted(interrupt: AbortSignal): DispatchError {
  const signal = stopSignalOf(interrupt);
  const message = `Stopped by ${signal} before the work tree could be used. Nothing was started.`;
  return new DispatchError(exitOfSignal(signal), [{ code: "interrupted", message }]);
}
