import assert from "node:assert/strict";
import type { Entry } from "../../../lib/evidence/entry.ts";
import { refuseUnlisted } from "../../../lib/evidence/unlisted_folders.ts";
import { DispatchError } from "../../../lib/base/errors.ts";

const [ME, OTHER] = [1000, 999];

interface Case {
  readonly what: string;
  readonly entry: Partial<Entry>;
  readonly isListed?: boolean;
  readonly user?: number | null;
  readonly isRefused: boolean;
}

const CASES: readonly Case[] = [
  { what: "a folder of ours", entry: { mode: 0o111 }, isRefused: true },
  { what: "one that may be written to as well", entry: { mode: 0o300 }, isRefused: true },
  { what: "one that nobody enters", entry: { mode: 0o000 }, isRefused: false },
  { what: "one that others alone enter", entry: { mode: 0o011 }, isRefused: false },
  { what: "somebody else's", entry: { mode: 0o711, uid: OTHER }, isRefused: false },
  { what: "one on a system without owners", entry: { mode: 0o111 }, user: null, isRefused: false },
  { what: "one that could be listed", entry: { mode: 0o700 }, isListed: true, isRefused: false },
  { what: "no folder", entry: { mode: 0o111, kind: "unknown" }, isRefused: false },
];

for (const { what, entry, isListed = false, user = ME, isRefused } of CASES) {
  Deno.test(`a tree with an unlisted folder, ${what}, is ${isRefused ? "refused" : "taken"}`, () => {
    const numbers = { size: 0, mtime: 0, ctime: 0, inode: 1, device: 1, gid: 0 };
    const shut: Entry = {
      kind: "folder",
      mode: 0,
      uid: ME,
      ...numbers,
      ...isListed ? {} : { unreadable: true },
      ...entry,
    };
    const entries = new Map<string, Entry>([["docs/shut", shut]]);
    const look = (isWaived: boolean): void => refuseUnlisted(entries, { user, isWaived: () => isWaived });
    look(true);
    if (!isRefused) return look(false);
    assert.throws(
      () => look(false),
      (error) =>
        error instanceof DispatchError && error.exit === 2 && /"docs\/shut".*chmod u\+r/.test(error.message),
    );
  });
}
