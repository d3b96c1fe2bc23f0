import type { Entry, Walker } from "../../evidence/entry.ts";
import { gitFilesIn, linksIn } from "../../evidence/entry_lookups.ts";
import { escapingLink } from "../../evidence/escaping_link.ts";
import { findGitFolder } from "../../evidence/git_folder.ts";
import { INDEX_ARGS, parseIndex } from "../../evidence/index_listing.ts";
import { listOf } from "../../evidence/nul_list.ts";
import { readStatus } from "../../evidence/status.ts";
import { concatBytes } from "../../base/bytes.ts";
import { refusal } from "../../base/errors.ts";
import { encodePath, foldersAbove, hasOddBytes, showPath, type TreePath } from "../../base/tree_path.ts";
import { hiddenSince } from "./hidden_since.ts";
import { gitIn, type PlannedRepository, type WorkTree } from "./work_tree.ts";

/** What of a work tree goes into a clean checkout. */
export interface CheckoutPlan {
  /** Folders before what lies in them; those of repositories within the tree too. */
  readonly entries: readonly (readonly [TreePath, Entry])[];
  /** The repository itself, and those within its tree. */
  readonly repositories: readonly PlannedRepository[];
  /** What is not in the checkout as it is in the tree, in sentences. */
  readonly notes: readonly string[];
}

export interface PlanOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly walker: Walker;
  /** The tree before the pipeline: what somebody had git ignore since is no less in the checkout. */
  readonly before: WorkTree | undefined;
  /** Folders of our own, from the root, that are in no checkout. */
  readonly records: readonly TreePath[];
  /** A folder outside of the repository. */
  readonly scratch: string;
}

/** Decides what goes into a clean checkout of a tree: all but what git ignores, and ignored before the pipeline too. */
export async function planCheckout(tree: WorkTree, options: PlanOptions): Promise<CheckoutPlan> {
  const plan = new Plan(tree, options);
  const git = gitIn(tree.root, options.environment);
  git.assumeConfig(tree.config);
  await plan.addRepository({ ...tree, prefix: "", git });
  const inner = gitFilesIn(tree.entries).map(([file]) => file).filter((file) => file.endsWith("/.git"));
  // A repository may lie in another's tree, which knows what it ignores.
  for (const file of inner.sort(outerFirst)) await plan.addInner(file);
  return await plan.finish();
}

function outerFirst(a: TreePath, b: TreePath): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

class Plan {
  readonly #tree: WorkTree;
  readonly #options: PlanOptions;
  readonly #repositories: PlannedRepository[] = [];
  /** Files, and folders with all below, without a `/` at the end. */
  readonly #leftOut = new Set<TreePath>();
  /** Single paths that are in the checkout all the same. */
  readonly #kept = new Set<TreePath>();
  readonly #notes: string[] = [];

  constructor(tree: WorkTree, options: PlanOptions) {
    this.#tree = tree;
    this.#options = options;
  }

  async addRepository(repository: PlannedRepository): Promise<void> {
    this.#repositories.push(repository);
    const { prefix, status } = repository;
    for (const each of status.ignored) this.#leftOut.add(prefix + each.replace(/\/$/, ""));
    const { before } = this.#options;
    if (before === undefined) return;
    const hidden = await hiddenSince({ ...this.#options, before, now: this.#tree, repository });
    for (const path of hidden) this.#keep(path);
    this.#note(hidden, "ignored by git through a change made since the pipeline began; it is copied");
  }

  /** `file` is the `.git` of a repository within the tree. */
  async addInner(file: TreePath): Promise<void> {
    const folder = file.slice(0, -"/.git".length);
    if (this.#isLeftOut(folder)) return;
    const inner = hasOddBytes(folder) ? undefined : await this.#readInner(folder);
    if (!inner) return this.#note([file], "no repository that git can read, and is left out");
    // In its tree its own rules hold, even where the one around it has files in there.
    for (const path of this.#leftOut) if (path.startsWith(inner.prefix)) this.#leftOut.delete(path);
    await this.addRepository(inner);
  }

  async finish(): Promise<CheckoutPlan> {
    if (this.#repositories.length > 1) this.#keepTracked();
    this.#keepRules();
    refuseUnreadable(this.#chosen());
    for (const folder of await this.#ignoredFolders()) this.#leftOut.add(folder);
    this.#noteLinks();
    return { entries: this.#chosen(), repositories: this.#repositories, notes: this.#notes };
  }

  #chosen(): (readonly [TreePath, Entry])[] {
    return [...this.#tree.entries].filter(([path]) =>
      path !== ".git" && !path.endsWith("/.git") && !this.#isLeftOut(path)
    );
  }

  /**
   * Rules that are ignored themselves hold in the checkout too, else git would show what a command there leaves behind. A folder
   * in which they cover all there is, such as a tool makes for its cache, is left out.
   */
  #keepRules(): void {
    const full = this.#foldersWithContent();
    for (const path of [...this.#leftOut].filter((each) => /(^|\/)\.gitignore$/.test(each))) {
      const folder = path.slice(0, -"/.gitignore".length);
      if (folder === "" || full.has(folder)) this.#keep(path);
      else this.#leftOut.add(folder);
    }
  }

  /** What one repository tracks, another within or around it may ignore. */
  #keepTracked(): void {
    for (const { prefix, index } of this.#repositories) {
      for (const path of index.keys()) {
        if (this.#tree.entries.has(prefix + path) && this.#isLeftOut(prefix + path)) {
          this.#keep(prefix + path);
        }
      }
    }
  }

  #keep(path: TreePath): void {
    this.#kept.add(path);
    for (const folder of foldersAbove(path)) this.#kept.add(folder);
  }

  #isLeftOut(path: TreePath): boolean {
    if (this.#isOfRecords(path)) return true;
    if (this.#kept.has(path)) return false;
    if (this.#leftOut.has(path)) return true;
    for (const folder of foldersAbove(path)) if (this.#leftOut.has(folder)) return true;
    return false;
  }

  async #readInner(folder: TreePath): Promise<PlannedRepository | undefined> {
    const root = `${this.#tree.root}/${folder}`;
    const gitFolder = await findGitFolder(root);
    if (!gitFolder) return undefined;
    const git = gitIn(root, this.#options.environment);
    try {
      const [status, listing] = [await readStatus(git), await git.read(INDEX_ARGS)];
      return {
        prefix: `${folder}/`,
        git,
        folder: gitFolder,
        config: await git.config(),
        status,
        index: parseIndex(listing),
      };
    } catch {
      return undefined;
    }
  }

  /** Folders with nothing to copy in them are not told by git's status: it is asked which of them it ignores. */
  async #ignoredFolders(): Promise<Set<TreePath>> {
    const full = this.#foldersWithContent();
    const empty = this.#chosen().filter(([path, { kind }]) => kind === "folder" && !full.has(path))
      .map(([path]) => path);
    const ignored = new Set<TreePath>();
    for (const { prefix, git } of this.#repositories) {
      const own = empty.filter((path) => this.#repositoryOf(path) === prefix);
      if (own.length === 0) continue;
      const input = own.flatMap((path) => [encodePath(`./${path.slice(prefix.length)}`), NUL]);
      // Held against the index, a name with "*" would be taken for a pattern.
      const args = ["check-ignore", "--no-index", "-z", "--stdin"];
      const { stdout } = await git.run(args, { stdin: concatBytes(input) });
      for (const path of listOf(stdout)) ignored.add(prefix + path.slice("./".length));
    }
    return ignored;
  }

  /** The folders in which something is to stand that is no folder, at any depth, or a repository. */
  #foldersWithContent(): Set<TreePath> {
    const full = new Set<TreePath>();
    const content = this.#chosen().filter(([, { kind }]) => kind !== "folder").map(([path]) => path);
    for (const path of [...content, ...this.#repositories.map(({ prefix }) => `${prefix}.git`)]) {
      for (const folder of foldersAbove(path)) {
        if (full.has(folder)) break;
        full.add(folder);
      }
    }
    return full;
  }

  #repositoryOf(path: TreePath): TreePath {
    const prefixes = this.#repositories.map(({ prefix }) => prefix).filter((prefix) =>
      path.startsWith(prefix)
    );
    return prefixes.reduce((longest, prefix) => prefix.length > longest.length ? prefix : longest, "");
  }

  /** A link is copied as it is written; from where the checkout lies it may lead elsewhere, or nowhere. */
  #noteLinks(): void {
    const { root, entries } = this.#tree;
    const isLink = (path: TreePath): boolean => entries.get(path)?.kind === "link";
    const out = linksIn(entries).filter(([path, { target = "" }]) => {
      if (this.#isLeftOut(path) || /(^|\/)\.git$/.test(path)) return false;
      const leads = escapingLink(path, target, { root, inScope: () => true, isLink });
      return leads !== undefined || target.startsWith("/");
    });
    const relative = out.filter(([, { target = "" }]) => !target.startsWith("/"));
    const inwards = out.filter(([, { target = "" }]) => `${target}/`.startsWith(`${root}/`));
    this.#note(relative.map(([path]) => path), "a link that leads out of the repository, and not from here");
    this.#note(inwards.map(([path]) => path), "a link that leads to the original tree");
  }

  #isOfRecords(path: TreePath): boolean {
    return this.#options.records.some((folder) => `${path}/`.startsWith(`${folder}/`));
  }

  #note(paths: readonly TreePath[], what: string): void {
    this.#notes.push(...noteOn(paths, what));
  }
}

const NUL = new Uint8Array(1);

/** A file that nobody can read would be missing in the checkout, and what it would have done there too. */
function refuseUnreadable(entries: readonly (readonly [TreePath, Entry])[]): void {
  const shut = entries.filter(([, entry]) => entry.unreadable || entry.kind === "unknown");
  if (shut.length === 0) return;
  const names = shut.slice(0, 10).map(([path]) => `"${showPath(path)}"`).join(", ");
  const message = `A clean checkout cannot be made: ${names} cannot be read. ` +
    "Give yourself permission to, or let git ignore it.";
  throw refusal("checkout-unreadable", message);
}

/** A sentence about paths, of which it names the first: "x" is …, and so are 3 more. */
export function noteOn(paths: readonly TreePath[], what: string): string[] {
  const [first] = paths;
  if (first === undefined) return [];
  const more = paths.length - 1;
  return [`"${showPath(first)}" is ${what}${more === 0 ? "" : ` (and ${more} more like it)`}.`];
}
