import * as path from "node:path";
import { hashFile, readText } from "./content.ts";
import type { Entries, Entry, Walker } from "./entry.ts";
import type { GitConfig } from "./git_config.ts";
import type { GitFolder } from "./git_folder.ts";

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
}

/**
 * Reads the state of a repository, its submodules' under `modules/` included. Names are relative to the shared folder,
 * but for HEAD and the index, which are those of the work tree asked about.
 */
export async function readRepositoryState(folder: GitFolder, walker: Walker): Promise<RepositoryState> {
  const entries = await walker.walk(folder.shared, isObjectFolder);
  const reader = new StateReader(folder, entries, walker);
  for (const [name, entry] of entries) if (entry.kind !== "folder") reader.take(name, entry);
  reader.takeAlternates();
  return reader.finish();
}

/** The object that a ref comes to, symbolic refs followed; null if it has none. Pure. */
export function resolveRef(refs: ReadonlyMap<string, string>, name: string): string | null {
  let value = refs.get(name);
  for (let depth = 0; depth < 10 && value?.startsWith("ref: "); depth++) {
    value = refs.get(value.slice("ref: ".length));
  }
  return value === undefined || value.startsWith("ref: ") ? null : value;
}

/** The branch that HEAD is on; null if it is on none. Pure. */
export function currentBranch(refs: ReadonlyMap<string, string>): string | null {
  return /^ref: (refs\/heads\/.+)$/.exec(refs.get("HEAD") ?? "")?.[1] ?? null;
}

/** What a pipe in the place of a file outside of the repository is known by. */
export const PIPE = "pipe";

/** Digests of the files outside of the repository that tell git what to do: the user's own, and what they name. */
export async function readGlobalConfig(
  { config, root, folder, environment, walker }: {
    readonly config: GitConfig;
    readonly root: string;
    /** What lies in it is told by the repository's state. */
    readonly folder: GitFolder;
    readonly environment: Readonly<Record<string, string>>;
    readonly walker: Walker;
  },
): Promise<Map<string, string>> {
  const home = environment["HOME"] ?? environment["USERPROFILE"] ?? "/";
  const own = globalGitFolder(environment);
  const named = ["core.excludesfile", "core.attributesfile"].flatMap((key) => config.values.get(key) ?? []);
  // Our own git takes no GIT_*; Codex's has these, and writes there with --global and --system.
  const instead = ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"].flatMap((name) => environment[name] || []);
  const candidates = [
    path.join(home, ".gitconfig"),
    ...["config", "ignore", "attributes"].map((name) => path.join(own, name)),
    ...[...config.files, ...named, ...instead].map((file) =>
      path.resolve(root, file.replace(/^~(?=\/)/, home))
    ),
  ];
  const digests = new Map<string, string>();
  for (const file of new Set(candidates)) {
    // Dotfiles are often links into a repository: what counts is what git reads.
    const real = await Deno.realPath(file).catch(() => file);
    if (real.startsWith(`${folder.shared}/`)) continue;
    const label = file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file;
    const isPipe = await Deno.stat(real).then((info) => info.isFifo, () => false);
    const digest = isPipe ? PIPE : hashFile(walker, path.dirname(real), path.basename(real));
    digests.set(label, digest ?? "absent");
  }
  return digests;
}

/** Where git looks for the user's own settings, beside `~/.gitconfig`. */
export function globalGitFolder(environment: Readonly<Record<string, string>>): string {
  const home = environment["HOME"] ?? environment["USERPROFILE"] ?? "/";
  return path.join(environment["XDG_CONFIG_HOME"] || path.join(home, ".config"), "git");
}

/** Objects are named by their content, and there may be hundreds of thousands: they are not looked at. */
function isObjectFolder(name: string): boolean {
  return /^(?:worktrees\/[^/]+\/)?(?:modules\/(?:(?!refs\/)[^/]+\/)+?)?objects$/.test(name);
}

type Meaning = "free" | "index" | "ref" | "packed-refs" | "file";

/** What a file of a repository means. Source: gitrepository-layout(5). Exported for its table. */
export function meaningOf(name: string): Meaning {
  if (name === "index") return "index";
  if (name === "packed-refs") return "packed-refs";
  if (name === "HEAD" || name.startsWith("refs/")) return "ref";
  return FREE.test(name) ? "free" : "file";
}

const FREE = new RegExp(
  "^(?:COMMIT_EDITMSG|ORIG_HEAD|FETCH_HEAD|AUTO_MERGE|info\\/refs|gc\\.(?:pid|log)(?:\\.lock)?|packed-refs\\.lock|sharedindex\\.[^/]*|fsmonitor--daemon[^/]*|" +
    "(?:logs|rr-cache|lfs|fsmonitor--daemon)/.*)$",
);

/** Of another work tree's folder: what stays as it is while its owner works. */
const STEADY = new Set(["gitdir", "commondir", "locked", "config.worktree"]);

class StateReader {
  readonly #folder: GitFolder;
  readonly #walker: Walker;
  readonly #entries: Entries;
  /** The folder of the work tree asked about, from the shared one: "" or `worktrees/<name>`. */
  readonly #own: string;
  /** Folders that are repositories of their own: submodules, and the folders of linked work trees. */
  readonly #roots: readonly string[];
  readonly #files = new Map<string, string>();
  readonly #refs = new Map<string, string>();
  readonly #packed = new Map<string, string>();
  readonly #otherBranches = new Set<string>();
  readonly #indexes = new Map<string, string>();

  constructor(folder: GitFolder, entries: Entries, walker: Walker) {
    this.#folder = folder;
    this.#walker = walker;
    this.#entries = entries;
    this.#own = path.relative(folder.shared, folder.own);
    this.#roots = [...entries.keys()].filter((name) => this.#isRoot(name));
  }

  take(name: string, entry: Entry): void {
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
    if (inside === "HEAD") this.#noteOther(name);
    else if (meaning !== "index" && !/^(?:[A-Z_]+_HEAD|MERGE_|rebase-|sequencer\/)/.test(inside)) {
      this.#takeOwn(name, entry, { root, inside, meaning });
    }
  }

  /** Other folders that objects come from: the one thing among the objects that is none. */
  takeAlternates(): void {
    for (const root of ["", ...this.#roots.filter((each) => this.#isSubmodule(each))]) {
      for (const file of ["alternates", "http-alternates"]) {
        const name = `${root === "" ? "" : `${root}/`}objects/info/${file}`;
        const digest = hashFile(this.#walker, this.#folder.shared, name);
        if (digest !== undefined) this.#files.set(name, digest);
      }
    }
  }

  finish(): RepositoryState {
    const refs = new Map([...this.#packed, ...this.#refs]);
    return { files: this.#files, refs, otherBranches: this.#otherBranches, indexes: this.#indexes };
  }

  #takeOwn(
    name: string,
    entry: Entry,
    { root, inside, meaning }: { root: string; inside: string; meaning: Meaning },
  ): void {
    // Of the work tree asked about HEAD and index bear their plain names.
    const label = root === this.#own ? inside : name;
    if (meaning === "index") this.#indexes.set(label, this.#digest(name));
    else if (meaning === "ref") {
      this.#refs.set(label, readText(this.#walker, this.#folder.shared, name)?.trim() ?? "unreadable");
    } else if (meaning === "packed-refs") this.#takePacked(name, root);
    else {this.#files.set(
        name,
        `${entry.kind} ${entry.mode.toString(8)} ${entry.target ?? this.#digest(name)}`,
      );}
  }

  #takeOther(name: string, entry: Entry, inside: string): void {
    if (inside === "HEAD") this.#noteOther(name);
    if (STEADY.has(inside)) this.#files.set(name, `${entry.kind} ${this.#digest(name)}`);
  }

  #noteOther(head: string): void {
    const branch = /^ref: (refs\/heads\/.+)$/.exec(
      readText(this.#walker, this.#folder.shared, head)?.trim() ?? "",
    )?.[1];
    if (branch !== undefined) this.#otherBranches.add(branch);
  }

  /** Lines `<object> <ref>`; a line with `^` tells what a tag comes to. Source: gitrepository-layout(5). */
  #takePacked(name: string, root: string): void {
    const prefix = root === this.#own || root === "" ? "" : `${root}/`;
    for (const line of (readText(this.#walker, this.#folder.shared, name) ?? "").split("\n")) {
      const match = /^([0-9a-f]{40,64}) (refs\/.+)$/.exec(line);
      if (match) this.#packed.set(prefix + match[2], match[1] ?? "");
    }
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

  #digest(name: string): string {
    return hashFile(this.#walker, this.#folder.shared, name) ?? "unreadable";
  }
}
