import * as path from "node:path";
import { type FileLock, isLocked, lockFile } from "./file_lock.ts";
import { sha256Of } from "../base/digest.ts";

/**
 * A ticket is a file in a folder that all dispatches of a user share. Its process holds the file's lock while it waits and
 * while it works, so a ticket counts exactly as long as its process lives, whatever the file says. Its name tells the order,
 * whether it can be shared, and the tree; what it holds is told to whoever waits, and no more is built on it.
 */
export interface Ticket {
  readonly name: string;
  readonly file: string;
  readonly number: number;
  readonly shared: boolean;
  /** The work tree: the folder itself, by whatever path it is reached. */
  readonly place: string;
}

/** A ticket of this process. */
export interface OwnTicket extends Ticket {
  /** It may have been deleted, or replaced. */
  readonly stands: () => boolean;
  readonly giveBack: () => void;
}

const NAME = /^(\d{12,15})-(shared|alone)-([0-9a-f]{16})-[0-9a-f]{8}$/;

/** Begins the names of tickets that are being made. */
const FRESH = ".new-";

/** All tickets in the folder, in their order; those of processes that are gone are among them. */
export function readTickets(folder: string): Ticket[] {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  return names.flatMap((name) => parseName(folder, name) ?? []).sort(byOrder);
}

/** Whether the process of a ticket lives. */
export function isLive(ticket: Ticket): boolean {
  return isLocked(ticket.file);
}

export function comesBefore(one: Ticket, other: Ticket): boolean {
  return byOrder(one, other) < 0;
}

/** What tells a folder, by whatever path it is reached. */
export function placeOf(root: string): string {
  return sha256Of(identityOf(root) ?? root).slice(0, 16);
}

/**
 * Takes the last place in the row; undefined where files cannot be locked.
 *
 * Nobody hands out the numbers. A ticket takes one above all that it sees, and once it shows it looks again: if a higher one
 * shows too, it takes a higher one still. So of two tickets that were left with their numbers the lower one showed before
 * the higher one's process last looked.
 */
export function takeTicket(
  folder: string,
  { shared, place, content }: { readonly shared: boolean; readonly place: string; readonly content: string },
): OwnTicket | undefined {
  const random = crypto.randomUUID().slice(0, 8);
  const fresh = path.join(folder, `${FRESH}${random}`);
  Deno.writeTextFileSync(fresh, content, { createNew: true, mode: 0o600 });
  const lock = lockFile(fresh);
  if (!lock) {
    Deno.removeSync(fresh);
    return undefined;
  }
  const kind = shared ? "shared" : "alone";
  let at = fresh;
  while (true) {
    const highest = readTickets(folder).findLast(isLive)?.number ?? 0;
    const number = String(highest + 1).padStart(12, "0");
    const name = `${number}-${kind}-${place}-${random}`;
    const file = path.join(folder, name);
    Deno.renameSync(at, file);
    at = file;
    const own = { name, file, number: highest + 1, shared, place };
    const last = readTickets(folder).findLast((each) => each.name === name || isLive(each));
    if (last === undefined || !comesBefore(own, last)) return { ...own, ...holding(lock, file) };
  }
}

function holding(lock: FileLock, file: string): Pick<OwnTicket, "stands" | "giveBack"> {
  return {
    stands: () => lock.isAt(file),
    giveBack: () => {
      // Removed before it is let go of: whoever finds it without a lock takes its process for killed.
      if (lock.isAt(file)) removeQuietly(file);
      lock.release();
    },
  };
}

/** Removes the ticket of a process that is gone. */
export function removeTicket(ticket: Ticket): void {
  removeQuietly(ticket.file);
}

/** Removes what processes that are gone left there, if it is older than so many milliseconds. */
export function sweepTickets(folder: string, age: number): void {
  try {
    for (const { name } of Deno.readDirSync(folder)) {
      const file = path.join(folder, name);
      if (!(name.startsWith(FRESH) || NAME.test(name))) continue;
      const { mtime } = Deno.lstatSync(file);
      // To ask for a lock is to hold it for a moment: of one that is made just now its process would not get it.
      const isOld = mtime !== null && Date.now() - mtime.getTime() > age;
      if (isOld && !isLocked(file)) removeQuietly(file);
    }
  } catch {
    // There is no such folder, or something of it went meanwhile.
  }
}

function removeQuietly(file: string): void {
  try {
    Deno.removeSync(file, { recursive: true });
  } catch {
    // It is gone already.
  }
}

function identityOf(folder: string): string | undefined {
  try {
    const { dev, ino } = Deno.statSync(folder);
    // A number that was rounded would be that of other folders too.
    return ino !== null && ino > 0 && Number.isSafeInteger(ino) ? `${dev}:${ino}` : undefined;
  } catch {
    return undefined;
  }
}

function parseName(folder: string, name: string): Ticket | undefined {
  const [, number, kind, place = ""] = NAME.exec(name) ?? [];
  if (number === undefined) return undefined;
  return { name, file: path.join(folder, name), number: Number(number), shared: kind === "shared", place };
}

function byOrder(one: Ticket, other: Ticket): number {
  return one.number - other.number || (one.name < other.name ? -1 : one.name > other.name ? 1 : 0);
}
