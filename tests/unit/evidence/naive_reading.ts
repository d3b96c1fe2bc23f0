import { dirname, join } from "node:path";

/**
 * What stands at a path, said in the plainest way: kind, and then all that may differ. A path is written with one letter for
 * each of its bytes, so that no decoding can hide anything.
 */
export interface Reading {
  readonly kind: string;
  /** Bytes of a file as their digest, or where a link points. */
  readonly content: string;
  /** Permission bits, owner and group. */
  readonly access: string;
}

export type NaiveTree = ReadonlyMap<string, Reading>;

const utf8 = new TextEncoder();

/** A letter for each byte. (The decoder that is called Latin-1 is that of Windows-1252, and has other letters for some.) */
export function lettersOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** Every entry of a work tree but git's own, by GNU find and sha256sum: it reads every byte, each time. */
export async function readByFind(root: string): Promise<NaiveTree> {
  const own = "-path ./.git -prune -o -path '*/.git/*' -prune -o ! -path .";
  const listing = await output(root, `find . ${own} -printf '%y\\0%m %U %G\\0%l\\0%P\\0'`);
  const sums = await output(root, `find . ${own} -type f -print0 | xargs -0 -r sha256sum -z`);
  // "\" before a digest would tell of escaped names, of which there are none with -z.
  const digests = new Map(sums.map((line) => [line.slice("./".length + 66), line.slice(0, 64)]));
  const tree = new Map<string, Reading>();
  for (let i = 0; i + 3 < listing.length; i += 4) {
    const [letter = "", access = "", target = "", path = ""] = listing.slice(i, i + 4);
    const kind = KINDS[letter] ?? letter;
    tree.set(path, { kind, access, content: kind === "file" ? digests.get(path) ?? "unreadable" : target });
  }
  return tree;
}

const KINDS: Readonly<Record<string, string>> = { f: "file", d: "folder", l: "link", p: "pipe" };

async function output(root: string, line: string): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", line],
    cwd: root,
    env: { LC_ALL: "C" },
    signal: AbortSignal.timeout(30_000),
  }).output();
  if (!success) throw new Error(`"${line}" failed: ${lettersOf(stderr)}`);
  return lettersOf(stdout).split("\0").slice(0, -1);
}

/** The same by Deno, for systems without GNU tools, and for names that are UTF-8. */
export async function readByDeno(root: string): Promise<NaiveTree> {
  const tree = new Map<string, Reading>();
  const list = async (folder: string): Promise<void> => {
    for (const { name } of Deno.readDirSync(join(root, folder))) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (path === ".git") continue;
      const info = Deno.lstatSync(join(root, path));
      const kind = info.isFile ? "file" : info.isDirectory ? "folder" : info.isSymlink ? "link" : "pipe";
      const content = info.isFile
        ? await digest(join(root, path))
        : info.isSymlink
        ? lettersOf(utf8.encode(Deno.readLinkSync(join(root, path))))
        : "";
      const access = `${((info.mode ?? 0) & 0o7777).toString(8)} ${info.uid} ${info.gid}`;
      tree.set(lettersOf(utf8.encode(path)), { kind, content, access });
      if (info.isDirectory && name !== ".git") await list(path);
    }
  };
  await list("");
  return tree;
}

async function digest(file: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", await Deno.readFile(file));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16)).join(" ");
}

/** What a reader that knows all of both trees calls changed, as `path change`. */
export function naiveChanges(before: NaiveTree, after: NaiveTree): string[] {
  const changes: string[] = [];
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const change = changeOf(before.get(path), after.get(path));
    if (change !== undefined) changes.push(`${path} ${change}`);
  }
  for (const [change, has, lacks] of [["added", after, before], ["deleted", before, after]] as const) {
    // A folder that came or went is implied by whatever in it did the same.
    const paths = [...has.keys()].filter((path) => !lacks.has(path));
    const implied = new Set(paths.map((path) => dirname(path)));
    changes.push(
      ...paths.filter((path) => has.get(path)?.kind !== "folder" || !implied.has(path))
        .map((path) => `${path} ${change}`),
    );
  }
  return changes.sort();
}

function changeOf(before: Reading | undefined, after: Reading | undefined): string | undefined {
  if (!before || !after) return undefined;
  if (before.kind !== after.kind) return "type";
  if (before.content !== after.content) return "modified";
  return before.access === after.access || before.kind === "link" ? undefined : "mode";
}
