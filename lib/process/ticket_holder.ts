import * as z from "zod/mini";
import { readPlainFile } from "./file_lock.ts";
import type { Ticket } from "./tickets.ts";
import { oneLine } from "../base/text.ts";

/** Who holds a ticket, as the ticket's own process wrote it down. */
const HolderSchema = z.object({
  /** `worker run`, `pipeline`, … */
  what: z.string(),
  id: z.string(),
  pid: z.number(),
  since: z.iso.datetime(),
  /** Real path of the work tree. */
  root: z.string(),
});

export type Holder = z.infer<typeof HolderSchema>;

/** A ticket's length: two paths' at most. Bytes. */
const MOST = 16 * 1024;

/** Undefined where somebody wrote something else there: the ticket counts all the same. */
export function readHolder(ticket: Ticket): Holder | undefined {
  try {
    return HolderSchema.parse(JSON.parse(readPlainFile(ticket.file, MOST) ?? ""));
  } catch {
    return undefined;
  }
}

/** `worker run 2026… (pid 123, since 2026-11-22 13:14:15 UTC)`, safe for a terminal. */
export function showHolder(holder: Holder | undefined): string {
  if (!holder) return "another dispatch, whose ticket cannot be read";
  const { what, id, pid, since } = holder;
  return oneLine(
    `${what} ${id} (pid ${pid}, since ${since.slice(0, 19).replace("T", " ")} UTC)`,
    300,
  );
}
