import * as path from "node:path";
import { concatBytes } from "../base/bytes.ts";
import { encodePath, type TreePath } from "../base/tree_path.ts";
import type { Entry, Walker } from "./entry.ts";
import { Git } from "./git.ts";
import { MOST_OF_A_FILE } from "./saved_content.ts";
import { makeScratchRepository, scratchEnvironment } from "./scratch_repository.ts";

/** What stands at a path, in the terms of git. */
export interface Side {
  readonly mode: "100644" | "100755" | "120000";
  readonly bytes: Uint8Array;
}

/**
 * The patch that makes the second set of files of the first, for `git apply`. It is made in a scratch repository in which no
 * setting, attribute or filter of anybody's holds.
 */
export async function patchBetween(
  before: ReadonlyMap<TreePath, Side>,
  after: ReadonlyMap<TreePath, Side>,
  { scratch, environment }: {
    readonly scratch: string;
    readonly environment: Readonly<Record<string, string>>;
  },
): Promise<Uint8Array> {
  const folder = path.join(scratch, "patch.git");
  await makeScratchRepository(folder, { bare: true });
  const git = new Git(folder, scratchEnvironment(folder, environment));
  const stream = concatBytes([...commit("before", before), ...commit("after", after), line("done")]);
  await git.read(["fast-import", "--quiet", "--done", "--force"], { stdin: stream });
  const flags = [
    "-r",
    "-p",
    "--binary",
    "--full-index",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--src-prefix=a/",
    "--dst-prefix=b/",
  ];
  const bytes = await git.read(["diff-tree", ...flags, "refs/heads/before", "refs/heads/after"]);
  await Deno.remove(folder, { recursive: true });
  return bytes;
}

/** A file or link of a tree as git has it; undefined if it is too large, cannot be read, or git has no form for it. */
export function readSide(
  walker: Walker,
  { root, path, entry }: { readonly root: string; readonly path: TreePath; readonly entry: Entry },
): Side | undefined {
  if (entry.kind !== "file") return linkSide(entry);
  if (entry.size > MOST_OF_A_FILE) return undefined;
  const parts: Uint8Array[] = [];
  let size = 0;
  const whole = walker.read(root, path, (bytes) => {
    size += bytes.length;
    if (size > MOST_OF_A_FILE) return false;
    parts.push(bytes.slice());
    return true;
  });
  return whole ? { mode: fileMode(entry), bytes: concatBytes(parts) } : undefined;
}

/** Whether git apply takes a path: one that it refuses would have it refuse the whole patch. */
export function isForGit(path: TreePath): boolean {
  return !NOT_FOR_GIT.test(path);
}

/**
 * Names that git apply refuses, and with them the whole patch: `.git`, also as Windows would read it; and what lies in a folder
 * whose name ends in a space, which it cannot read off the first line of a binary file.
 */
const NOT_FOR_GIT = /(?:^|[/\\])(?:\.git|git~1)[ .]*(?:$|[/\\:])| \//i;

export function fileMode(entry: Entry): "100644" | "100755" {
  return (entry.mode & 0o100) === 0 ? "100644" : "100755";
}

export function linkSide(entry: Entry): Side | undefined {
  return entry.kind === "link" ? { mode: "120000", bytes: encodePath(entry.target ?? "") } : undefined;
}

/** A commit of these files alone, in the language of git-fast-import(1). */
function* commit(branch: string, files: ReadonlyMap<TreePath, Side>): Generator<Uint8Array> {
  yield line(`commit refs/heads/${branch}`);
  yield line("committer codex-dispatch <none> 0 +0000");
  yield line("data 0");
  for (const [file, { mode, bytes }] of files) {
    yield line(`M ${mode} inline ${quoted(file)}`);
    yield line(`data ${bytes.length}`);
    yield bytes;
    yield line("");
  }
  yield line("");
}

function line(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\n`);
}

/** A path in double quotes, every byte that is not plain as an octal escape. */
function quoted(file: TreePath): string {
  let text = "";
  for (const byte of encodePath(file)) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
    text += plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
  }
  return `"${text}"`;
}
