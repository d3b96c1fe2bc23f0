import * as path from "node:path";
import { identify, identifyAt, readText } from "./content.ts";
import type { Entries, Entry, Walker } from "./entry.ts";
import type { GitFolder } from "./git_folder.ts";
import { MAIN_ONES_OWN, type Meaning, meaningOf, STEADY, UNDER_WAY } from "./git_file_meanings.ts";
import { followLinks, type LinkedParts } from "./linked_parts.ts";
import { parsePackedRefs } from "./packed_refs.ts";
import { isThere } from "../base/is_there.ts";

/**
 * What git keeps of a repository beside its objects, read off its files, so that nothing the repository is configured to do
 * can bend it. What git changes by itself without a meaning is not in it.
 */
export interface RepositoryState {
  /** Each file that means something, with the digest of its content: config, hooks, info/*, MERGE_HEAD and the like. */
  readonly files: ReadonlyMap<string, string>;
  /** Each ref with its object, loose or packed, and HEAD as it is written. */
  readonly refs: ReadonlyMap<string, string>;
  /** Branches that other work trees have checked out: they may move, for their owners work on. */
  readonly otherBranches: ReadonlySet<string>;
  /** Digests of the index files. Where one is the same, so is its meaning. */
  readonly indexes: ReadonlyMap<string, string>;
  /** What stands there and must not, with the rest of a sentence that says so. */
  readonly faults: ReadonlyMap<string, string>;
  /** The commits of all stashes: but for the last, the log alone holds them. */
  readonly stashes: readonly string[];
  /** The links that were followed, and where they lead. */
  readonly links: LinkedParts["links"];
}

/**
 * Reads the state of a repository, its submodules' under `modules/` included. Names are relative to the shared folder,
 * but for HEAD and the index, which are those of the work tree asked about.
 *
 * @param before its state before a run: after one no other links are followed
 */
export async function readRepositoryState(
  folder: GitFolder,
  walker: Walker,
  before?: RepositoryState,
): Promise<RepositoryState> {
  const own = await walker.walk(folder.shared, isObjectFolder);
  const linked = await followLinks(own, { folder, walker, known: before?.links });
  const reader = new StateReader(folder, linked, walker);
  for (const [name, entry] of linked.entries) reader.take(name, entry);
  reader.takeAlternates();
  return reader.finish();
}

/** The object that a ref comes to, symbolic refs followed; null if it has none. Pure. */
export function resolveRef(refs: ReadonlyMap<string, string>, name: string): string | null {
  let value = refs.get(name);
  for (let depth = 0; depth < 10 && value?.startsWith("ref: "); depth++) {
    value = refs.get(value.slice("ref: ".length));
  }
  // Whatever else a worker wrote there is no commit, and might be taken for an option of git's.
  return value !== undefined && /^[0-9a-f]+$/.test(value) ? value : null;
}

/** The branch that HEAD is on; null if it is on none. Pure. */
export function currentBranch(refs: ReadonlyMap<string, string>): string | null {
  return /^ref: (refs\/heads\/.+)$/.exec(refs.get("HEAD") ?? "")?.[1] ?? null;
}

/** Objects are named by their content, and there may be hundreds of thousands: they are not looked at. */
function isObjectFolder(name: string): boolean {
  return /^(?:worktrees\/[^/]+\/)?(?:modules\/(?:(?!refs\/)[^/]+\/)+?)?objects$/.test(name);
}

class StateReader {
  readonly #folder: GitFolder;
  readonly #walker: Walker;
  readonly #entries: Entries;
  readonly #links: LinkedParts["links"];
  /** The folder of the work tree asked about, from the shared one: "" or `worktrees/<name>`. */
  readonly #own: string;
  /** Folders that are repositories of their own: submodules, and the folders of linked work trees. */
  readonly #roots: readonly string[];
  readonly #files = new Map<string, string>();
  readonly #refs = new Map<string, string>();
  readonly #packed = new Map<string, string>();
  readonly #otherBranches = new Set<string>();
  readonly #indexes = new Map<string, string>();
  readonly #indexParts = new Map<string, string[]>();
  readonly #faults = new Map<string, string>();

  constructor(folder: GitFolder, { entries, links }: LinkedParts, walker: Walker) {
    this.#folder = folder;
    this.#walker = walker;
    this.#entries = entries;
    this.#links = links;
    this.#own = path.relative(folder.shared, folder.own);
    this.#roots = [...entries.keys()].filter((name) => this.#isRoot(name));
  }

  take(name: string, entry: Entry): void {
    // It was in the listing, and was gone a moment later.
    if (entry.kind === "unknown" && entry.inode === 0) return;
    if (entry.kind === "folder" && !UNDER_WAY.has(path.posix.basename(name))) return;
    const root = this.#rootOf(name);
    const inside = root === "" ? name : name.slice(root.length + 1);
    const meaning = entry.kind === "pipe" ? "file" : meaningOf(inside);
    if (meaning === "free") return;
    if (root === this.#own || this.#isSubmodule(root)) {
      return this.#takeOwn(name, entry, { root, inside, meaning });
    }
    if (root.startsWith("worktrees/")) {
      return root.includes("/modules/") ? undefined : this.#takeOther(name, entry, inside);
    }
    // The shared folder, seen from a linked work tree: its HEAD, index and states of work are those of the main one.
    if (inside === "HEAD") {
      // Without an index it has no work tree.
      if (this.#entries.has("index")) this.#noteOther(name);
    } else if (meaning !== "index" && meaning !== "index-part" && !MAIN_ONES_OWN.test(inside)) {
      this.#takeOwn(name, entry, { root, inside, meaning });
    }
  }

  /** Other folders that objects come from: the one thing among the objects that is none. */
  takeAlternates(): void {
    for (const root of ["", ...this.#roots.filter((each) => this.#isSubmodule(each))]) {
      for (const file of ["alternates", "http-alternates"]) {
        const name = `${root === "" ? "" : `${root}/`}objects/info/${file}`;
        const identity = identifyAt(this.#walker, `${this.#folder.shared}/${name}`);
        if (identity !== "absent") this.#files.set(name, identity);
      }
    }
  }

  finish(): RepositoryState {
    for (const [index, parts] of this.#indexParts) {
      const whole = this.#indexes.get(index);
      if (whole !== undefined) this.#indexes.set(index, [whole, ...parts.sort()].join(" "));
    }
    return {
      files: this.#files,
      refs: new Map([...this.#packed, ...this.#refs]),
      otherBranches: this.#otherBranches,
      indexes: this.#indexes,
      faults: this.#faults,
      stashes: this.#stashes(),
      links: this.#links,
    };
  }

  #takeOwn(
    name: string,
    entry: Entry,
    { root, inside, meaning }: { root: string; inside: string; meaning: Meaning },
  ): void {
    // Of the work tree asked about HEAD and index bear their plain names.
    const label = root === this.#own ? inside : name;
    if (entry.kind === "folder") {
      if (!UNDER_WAY.has(inside) || !this.#isEmpty(name)) return;
      this.#faults.set(name, "is an empty folder, which git takes for work that is under way");
    } else if (meaning === "index") {
      this.#indexes.set(label, this.#identity(name, entry));
      if (entry.kind === "link") this.#faults.set(name, `is a link to "${entry.target}"`);
    } else if (meaning === "index-part") {
      const index = label.replace(/[^/]*$/, "index");
      this.#indexParts.set(index, [...this.#indexParts.get(index) ?? [], this.#identity(name, entry)]);
    } else if (meaning === "ref") this.#refs.set(label, this.#value(name, entry));
    else if (meaning === "packed-refs") this.#takePacked(name, entry, root);
    else this.#files.set(name, `${this.#identity(name, entry)} ${entry.mode.toString(8)}`);
  }

  #takeOther(name: string, entry: Entry, inside: string): void {
    if (inside === "HEAD" && this.#isLive(path.posix.dirname(name))) this.#noteOther(name);
    if (STEADY.has(inside)) this.#files.set(name, this.#identity(name, entry));
  }

  /** Whether a linked work tree is there, or kept for one that is elsewhere at present. Source: git-worktree(1), "lock". */
  #isLive(root: string): boolean {
    const gitFile = readText(this.#walker, this.#folder.shared, `${root}/gitdir`)?.trim();
    return this.#entries.has(`${root}/locked`) ||
      gitFile !== undefined && isThere(path.resolve(this.#folder.shared, root, gitFile));
  }

  #noteOther(head: string): void {
    const branch = /^ref: (refs\/heads\/.+)$/.exec(
      readText(this.#walker, this.#folder.shared, head)?.trim() ?? "",
    )?.[1];
    if (branch !== undefined) this.#otherBranches.add(branch);
  }

  #takePacked(name: string, entry: Entry, root: string): void {
    const prefix = root === this.#own || root === "" ? "" : `${root}/`;
    const text = this.#text(name, entry);
    if (text === undefined) return void this.#files.set(name, this.#identity(name, entry));
    const { refs, fault } = parsePackedRefs(text);
    for (const [ref, object] of refs) this.#packed.set(prefix + ref, object);
    if (fault !== undefined) this.#faults.set(name, fault);
  }

  /** What a ref is at; git takes a link to another one for a symbolic ref. */
  #value(name: string, entry: Entry): string {
    if (entry.kind === "link" && entry.target?.startsWith("refs/")) return `ref: ${entry.target}`;
    return this.#text(name, entry)?.trim() ?? this.#identity(name, entry);
  }

  #isRoot(name: string): boolean {
    if (
      !/^(?:worktrees\/[^/]+|(?:worktrees\/[^/]+\/)?modules\/.+)$/.test(name) ||
      this.#entries.get(name)?.kind !== "folder"
    ) {
      return false;
    }
    const has = (file: string): boolean => this.#entries.has(`${name}/${file}`);
    return has("HEAD") && (has("objects") || has("commondir"));
  }

  /** A linked work tree has its submodules for itself, beside those of the main one. */
  #isSubmodule(root: string): boolean {
    return root.startsWith("modules/") || (this.#own !== "" && root.startsWith(`${this.#own}/modules/`));
  }

  #rootOf(name: string): string {
    const roots = this.#roots.filter((root) => name.startsWith(`${root}/`));
    return roots.sort((a, b) => b.length - a.length)[0] ?? "";
  }

  #isEmpty(folder: string): boolean {
    for (const name of this.#entries.keys()) if (name.startsWith(`${folder}/`)) return false;
    return true;
  }

  /** Each line of the log ends a stash: what it was made on, and what it is. */
  #stashes(): string[] {
    const log = readText(this.#walker, this.#folder.shared, "logs/refs/stash") ?? "";
    return log.split("\n").flatMap((line) => /^[0-9a-f]+ ([0-9a-f]+) /.exec(line)?.[1] ?? []);
  }

  #text(name: string, { kind }: Entry): string | undefined {
    const real = this.#links.get(name);
    if (real !== undefined) return readText(this.#walker, path.dirname(real), path.basename(real));
    return kind === "file" ? readText(this.#walker, this.#folder.shared, name) : undefined;
  }

  /** A link that was followed is what it leads to. */
  #identity(name: string, entry: Entry): string {
    if (entry.kind !== "link") {
      return identify(this.#walker, { root: this.#folder.shared, path: name, entry });
    }
    const real = this.#links.get(name);
    return `link to ${entry.target}${real === undefined ? "" : `: ${identifyAt(this.#walker, real)}`}`;
  }
}
