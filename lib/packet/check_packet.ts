import * as path from "node:path";
import { NO_WRITES } from "./fields.ts";
import type { Item, PacketDraft, PacketFields } from "./packet_fields.ts";
import { byLine, readPacket } from "./read_packet.ts";
import { existsAs, type Place, readScopeEntry, type ScopeEntry } from "./scope_entry.ts";
import type { Problem } from "../base/errors.ts";
import { shellQuoted } from "../base/shell_quoted.ts";

/** A packet that can be dispatched: its fields, and what they mean in the repository as it is now. */
export interface Packet {
  readonly fields: PacketFields;
  /** The packet as it was given. */
  readonly text: string;
  /** Real path of WORKDIR. */
  readonly workdir: string;
  /** Real path of the root of the innermost work tree that holds WORKDIR. */
  readonly repository: string;
  /** Empty in the read-only modes. */
  readonly scope: readonly ScopeEntry[];
  readonly ignoredWrites: readonly ScopeEntry[];
  readonly waive: readonly Waiver[];
}

export interface Waiver {
  readonly entry: ScopeEntry;
  /** "" where none was given. */
  readonly reason: string;
}

/** What is found where WORKDIR points. */
export type WorkTreeLookup =
  | { readonly kind: "found"; readonly workdir: string; readonly root: string }
  | { readonly kind: "missing" | "not-a-folder" | "no-work-tree" | "bare" | "in-git-folder" }
  | { readonly kind: "refused-by-git"; readonly detail: string };

/** The parts of the machine that a packet speaks of. */
export interface PacketWorld {
  readonly home: string | undefined;
  readonly locate: (absolute: string) => Promise<WorkTreeLookup>;
  readonly exists: (absolute: string) => boolean;
  /** Called once nothing is wrong with the text, while the machine is asked about it: time to make ready for what comes next. */
  readonly onSoundText?: (() => void) | undefined;
}

export interface PacketCheck {
  /** Undefined where there are problems. */
  readonly packet: Packet | undefined;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Reads a packet and holds it against the machine: every problem at once, in the order of the lines. */
export async function checkPacket(
  text: string,
  world: PacketWorld,
  flags: { readonly waive: readonly string[] } = { waive: [] },
): Promise<PacketCheck> {
  const { draft, fields, lines, problems: faults, warnings } = readPacket(text);
  const problems: Problem[] = [...faults];
  const refuse = (): PacketCheck => ({ packet: undefined, problems: byLine(problems), warnings });
  if (!draft) return refuse();

  problems.push(...checkWriteScope(draft));
  if (draft.workdir === undefined) return refuse();
  const workdirAsGiven = expandHome(draft.workdir, world.home);
  const locating = locate(workdirAsGiven, world);
  if (fields && problems.length === 0) world.onSoundText?.();
  const located = await locating;
  if (typeof located === "string") {
    problems.push({ code: "packet-workdir", line: draft.workdirLine, message: located });
    return refuse();
  }
  const { workdir, root: repository } = located;
  const place: Place = { root: repository, workdir, workdirAsGiven, home: world.home, exists: world.exists };
  const entries = (items: readonly Item[]): ScopeEntry[] =>
    items.flatMap((item) => {
      const read = readScopeEntry(item, place);
      if ("problem" in read) problems.push(read.problem);
      return "entry" in read ? [read.entry] : [];
    });

  const scope = draft.mode === "worker" ? entries(draft.writeScope.filter((item) => !saysNone(item))) : [];
  const ignoredWrites = entries(draft.ignoredWrites);
  const waive = [
    ...readWaivers(draft.waive, { entries, exists: (text) => existsAs(text, place) }),
    ...entries(flags.waive.map(flagItem)).map((entry) => ({ entry, reason: "--waive" })),
  ];
  if (scope.length > 0 && scope.every((entry) => entry.negated)) {
    const message = "WRITE SCOPE only takes away (every entry begins with !) and grants nothing. " +
      "Add the entries from which they take away.";
    problems.push({ code: "scope-grants-nothing", line: lines.get("WRITE SCOPE") ?? 1, message });
  }
  if (!fields || problems.length > 0) return refuse();
  return { packet: { fields, text, workdir, repository, scope, ignoredWrites, waive }, problems, warnings };
}

/** Whether the scope fits the mode: entries for a worker, none for the others. */
export function checkWriteScope({ mode, writeScope }: PacketDraft): Problem[] {
  if (mode === undefined || writeScope.length === 0) return [];
  const none = writeScope.find(saysNone);
  const written = writeScope.find((item) => !saysNone(item));
  if (mode !== "worker") {
    return written === undefined ? [] : [{
      code: "scope-on-read-only",
      line: written.line,
      message:
        `A ${mode} writes nothing, but WRITE SCOPE names "${written.text}". Write none, or use MODE: worker.`,
    }];
  }
  if (none === undefined) return [];
  const message = written === undefined
    ? `WRITE SCOPE is "${none.text}", and a worker without a scope cannot do anything. ` +
      "Name the files or folders it may write, or use a read-only mode."
    : `WRITE SCOPE says "${none.text}" and names entries as well. Keep one of the two.`;
  return [{ code: "scope-none", line: none.line, message }];
}

function saysNone(item: Item): boolean {
  return !item.literal &&
    NO_WRITES.includes(item.text.replace(/^`(.*)`$/, "$1").replace(/\.$/, "").toLowerCase());
}

/** The work tree, or the sentence that says what is wrong with WORKDIR and what to do. */
async function locate(
  workdir: string,
  world: PacketWorld,
): Promise<{ workdir: string; root: string } | string> {
  const quoted = `WORKDIR "${workdir}"`;
  if (!path.isAbsolute(workdir)) return `${quoted} is relative. Write the absolute path.`;
  const found = await world.locate(workdir);
  switch (found.kind) {
    case "found":
      return found;
    case "missing":
      return `${quoted} does not exist. Create the folder, or correct the path.`;
    case "not-a-folder":
      return `${quoted} is not a folder.`;
    case "bare":
      return `${quoted} is a bare repository: it has no work tree. Clone it and name the clone.`;
    case "in-git-folder":
      return `${quoted} lies inside git's own folder. Name a folder of the work tree.`;
    case "no-work-tree":
      return `${quoted} is in no git work tree, so what a run changes could not be told. ` +
        `Make it one: git init ${shellWord(workdir)}`;
    case "refused-by-git":
      return `${quoted} could not be read by git: ${found.detail}`;
  }
}

/** A glob of `--waive` as an entry; it stands on no line. */
function flagItem(text: string): Item {
  return { text, line: undefined, literal: false, marked: true };
}

/** `entry — reason`, `entry (reason)`, and `reason: …` on a line of its own for those without one. */
function readWaivers(
  items: readonly Item[],
  { entries, exists }: {
    entries: (items: readonly Item[]) => ScopeEntry[];
    exists: (text: string) => boolean;
  },
): Waiver[] {
  let common = "";
  const read: { item: Item; reason: string }[] = [];
  for (const item of items) {
    const exact = item.literal || exists(item.text);
    const alone = /^(?:reason|because)(?:\s*:|\s)\s*(.*)$/is.exec(item.text);
    if (!exact && (alone || (!item.marked && /\s/.test(item.text)))) {
      common = `${common} ${alone?.[1] ?? item.text}`.trim();
      continue;
    }
    const tail = exact ? null : REASON.exec(item.text);
    if (tail?.[1] === undefined) read.push({ item, reason: "" });
    else read.push({ item: { ...item, text: tail[1] }, reason: tail[2] ?? tail[3] ?? tail[4] ?? "" });
  }
  return read.flatMap(({ item, reason }) =>
    entries([item]).map((entry) => ({ entry, reason: reason || common }))
  );
}

/** The entry, and its reason in one of three forms. Each run of blanks is looked at once. */
const REASON = /^(`[^`]+`|[^`\s].*?)(?:(?<!\s)\s+(?:(?:-{1,2}|[–—])\s+(.+)|\(([^()]+)\))|:\s+(.+))$/s;

function expandHome(workdir: string, home: string | undefined): string {
  const tilde = /^~(\/.*)?$/.exec(workdir);
  const expanded = tilde && home !== undefined ? home + (tilde[1] ?? "") : workdir;
  return path.isAbsolute(expanded) ? path.normalize(expanded).replace(/(.)\/+$/, "$1") : expanded;
}

function shellWord(text: string): string {
  return /^[\w./~-]+$/.test(text) ? text : shellQuoted(text);
}
