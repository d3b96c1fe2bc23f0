import type { Aftermath } from "./aftermath.ts";
import { ruleName } from "./aftermath.ts";
import type { Baseline } from "./baseline.ts";
import { isBuildOutput, isSecret } from "./build_output.ts";
import { type Change, isNoFolder } from "./changes.ts";
import { escapingLink } from "./escaping_link.ts";
import { mergeFolders, proposals, showChanged, WHOEVER, WORDS } from "./findings.ts";
import { grantsProtected, namesLiterally, protectedPath } from "./protected.ts";
import { headOf } from "./repository_changes.ts";
import { compileScope, type Scope } from "./scope.ts";
import type { Waiver } from "../packet/check_packet.ts";
import type { ScopeEntry } from "../packet/scope_entry.ts";
import type { Policy, PolicyChange, Violation } from "../records/policy.ts";
import type { RunMode } from "../records/run_id.ts";
import { showPath, type TreePath } from "../base/tree_path.ts";

/** What a run was allowed to do. */
export interface Rules {
  readonly mode: RunMode;
  readonly scope: readonly ScopeEntry[];
  readonly ignoredWrites: readonly ScopeEntry[];
  readonly waive: readonly Waiver[];
  readonly allowCommits: boolean;
  /** Build output counts like any file. */
  readonly strictIgnored: boolean;
  /** The folder of the records, from the root: nobody but codex-dispatch writes there. */
  readonly records: TreePath;
}

/** What the evidence says of a run. */
export interface Judgement {
  readonly violations: readonly Violation[];
  readonly changes: readonly PolicyChange[];
  readonly outOfScope: readonly string[];
  readonly tolerated: readonly string[];
  readonly waived: readonly { readonly path: string; readonly reason: string }[];
  readonly git: Policy["git"];
  readonly messages: readonly string[];
}

/** Holds what happened against what was allowed. Pure. */
export function judge(baseline: Baseline, aftermath: Aftermath, rules: Rules): Judgement {
  const judge = new Judge(baseline, aftermath, rules);
  const fates = aftermath.changes.map((change) => ({ change, fate: judge.fateOf(change) }));
  const wrong = fates.flatMap(({ change, fate }) =>
    fate.kind === "wrong" ? [{ change, violation: fate.violation }] : []
  );
  const links = fates.flatMap(({ change, fate }) => fate.kind === "in-scope" ? judge.escapes(change) : []);
  const shown = ({ change }: { change: Change }): string => showChanged(change);
  return {
    violations: [...mergeFolders(wrong, aftermath), ...links, ...judge.outside(), ...judge.repository()],
    changes: fates.map(({ change, fate }) => ({
      path: showChanged(change),
      change: change.change,
      in_scope: fate.kind === "in-scope",
    })),
    outOfScope: wrong.map(shown),
    tolerated: fates.filter(({ fate }) => fate.kind === "tolerated").map(shown),
    waived: fates.flatMap(({ change, fate }) =>
      fate.kind === "waived" ? [{ path: showChanged(change), reason: fate.reason }] : []
    ),
    git: {
      head_before: headOf(baseline.state).commit,
      head_after: aftermath.headAfter,
      moved_refs: [...aftermath.movedRefs],
    },
    messages: proposals(
      wrong.map(({ change }) => change).filter(({ path }) => !baseline.index.has(path)),
      aftermath,
    ),
  };
}

type Fate =
  | { readonly kind: "in-scope" }
  | { readonly kind: "tolerated" }
  | { readonly kind: "waived"; readonly reason: string }
  | { readonly kind: "wrong"; readonly violation: Violation };

class Judge {
  readonly #baseline: Baseline;
  readonly #aftermath: Aftermath;
  readonly #rules: Rules;
  readonly #inScope: Scope;
  readonly #writable: Scope;
  readonly #writableByName: Scope;
  readonly #waivers: readonly { readonly covers: Scope; readonly reason: string }[];

  constructor(baseline: Baseline, aftermath: Aftermath, rules: Rules) {
    this.#baseline = baseline;
    this.#aftermath = aftermath;
    this.#rules = rules;
    this.#inScope = rules.mode === "worker" ? compileScope(rules.scope) : () => false;
    // The whole repository is named by nobody who thought of its secrets, or of what steers others.
    const named = rules.ignoredWrites.filter((entry) => namesLiterally(entry) || entry.negated);
    this.#writable = compileScope(rules.ignoredWrites);
    this.#writableByName = compileScope(named);
    this.#waivers = rules.waive.map(({ entry, reason }) => ({ covers: compileScope([entry]), reason }));
  }

  fateOf(change: Change): Fate {
    const { path } = change;
    if (this.#isRecord(path)) {
      return wrong("record-tampered", change, "in the records of codex-dispatch");
    }
    const inScope = this.#inScope(path, isNoFolder(change)) || this.#isOnTheWay(change);
    // A repository within the tree hides what lies in it from the one around it.
    const isRepository = /(^|\/)\.git$/.test(path);
    if (inScope && isRepository && !this.#isTolerated(change)) {
      return wrong("git-state", change, "and is a repository within the tree");
    }
    if (inScope && grantsProtected(path, this.#rules.scope)) return { kind: "in-scope" };
    if (this.#isTolerated(change)) return { kind: "tolerated" };
    const waiver = isRepository
      ? undefined
      : this.#waivers.find(({ covers }) => covers(path, isNoFolder(change)));
    if (waiver) return { kind: "waived", reason: waiver.reason };
    if (inScope) {
      return wrong(
        "protected",
        change,
        `and steers whoever comes after; no entry of WRITE SCOPE names ${
          showPath(protectedPath(path) ?? path)
        }`,
      );
    }
    if (this.#rules.mode !== "worker") {
      return wrong("read-only", change, `although a ${showMode(this.#rules.mode)} writes nothing`);
    }
    return wrong("out-of-scope", change, "outside of WRITE SCOPE");
  }

  /** A link made or turned in the scope that leads out of it. */
  escapes({ path, after, change }: Change): Violation[] {
    if (after?.kind !== "link" || change === "mode" || this.#aftermath.ignored.has(path)) return [];
    const escape = escapingLink(path, after.target ?? "", {
      root: this.#baseline.root,
      inScope: (target) => this.#mayBeLinked(target),
      isLink: (each) => this.#aftermath.entries.get(each)?.kind === "link",
    });
    if (escape === undefined) return [];
    const detail = `The link "${showPath(path)}" leads to "${showPath(after.target ?? "")}", ${escape}.`;
    return [{ kind: "symlink-escape", path: showPath(path), detail }];
  }

  /** In scope, and none of what `.` and `**` do not grant with the rest of the repository. */
  #mayBeLinked(path: TreePath): boolean {
    const isGits = path.split("/").some((part) => part.toLowerCase() === ".git");
    return !isGits && !this.#isRecord(path) && this.#isGranted(path);
  }

  #isRecord(path: TreePath): boolean {
    return `${path}/`.startsWith(`${this.#rules.records}/`);
  }

  outside(): Violation[] {
    return this.#aftermath.outside.map(({ link, example }) => ({
      kind: "symlink-escape",
      path: showPath(link),
      detail: `Behind the link "${
        showPath(link)
      }", which leads out of the repository, ${example}. ${WHOEVER}`,
    }));
  }

  repository(): Violation[] {
    const { repository, staged, committed } = this.#aftermath;
    const { allowCommits, mode } = this.#rules;
    const branch = headOf(this.#baseline.state).branch;
    const mayCommit = allowCommits && mode === "worker" && committed !== null;
    const violations: Violation[] = repository
      .filter(({ path, inside }) => !(mayCommit && path === `.git/${branch}`) && !this.#isWritable(inside))
      .map(({ path, detail }) => ({ kind: "git-state", path, detail: `${detail} ${WHOEVER}` }));
    for (const path of mayCommit ? committed.filter((each) => !this.#isGranted(each)) : []) {
      violations.push({
        kind: "git-state",
        path: showPath(path),
        detail: `A commit touches "${showPath(path)}" outside of WRITE SCOPE.`,
      });
    }
    for (
      const path of staged.filter((each) => !this.#isGranted(each) && !this.#isWritable(this.#innerOf(each)))
    ) {
      const rule = mode === "worker"
        ? "A worker may stage the paths of its scope alone."
        : `A ${showMode(mode)} leaves the index alone.`;
      violations.push({
        kind: "git-state",
        path: showPath(path),
        detail: `"${showPath(path)}" means something else in the index. ${rule}`,
      });
    }
    return violations;
  }

  /** The repository within the tree that a path lies in. */
  #innerOf(path: TreePath): TreePath | undefined {
    return this.#baseline.innerIndexes.find(({ folder }) => path.startsWith(`${folder}/`))?.folder;
  }

  /** In scope, and not protected unless it is named: said of paths that are in git and perhaps not in the tree. */
  #isGranted(path: TreePath): boolean {
    return this.#inScope(path) && grantsProtected(path, this.#rules.scope);
  }

  /** A repository that IGNORED WRITES names, or that a build tool keeps in its output, such as a fetched dependency. */
  #isWritable(folder: TreePath | undefined): boolean {
    if (folder === undefined || this.#baseline.index.has(folder)) return false;
    if (this.#writableByName(folder)) return true;
    if (this.#rules.strictIgnored || !isBuildOutput(folder)) return false;
    return this.#baseline.status.ignored.some((ignored) => `${folder}/`.startsWith(ignored));
  }

  /** A folder that came or went empty, on the way to what the scope names. */
  #isOnTheWay({ path, before, after, change }: Change): boolean {
    if (change !== "added" && change !== "deleted" || (after ?? before)?.kind !== "folder") return false;
    return this.#rules.mode === "worker" &&
      this.#rules.scope.some((entry) =>
        !entry.negated && `${entry.kind === "path" ? entry.path : entry.base}/`.startsWith(`${path}/`)
      );
  }

  #isTolerated(change: Change): boolean {
    const { path } = change;
    if (this.#baseline.index.has(path)) return false;
    const byNameAlone = isSecret(path) || protectedPath(path) !== undefined;
    if ((byNameAlone ? this.#writableByName : this.#writable)(path, isNoFolder(change))) return true;
    return !this.#rules.strictIgnored && isBuildOutput(path) && this.#aftermath.ignored.has(ruleName(change));
  }
}

/** Who keeps to the rules, for people: the commands of a pipeline's stage play no role of Codex's. */
function showMode(mode: RunMode): string {
  return mode === "run" ? '"run:" stage' : mode;
}

/** `rule` goes on the sentence that says what happened to the path. */
function wrong(kind: Violation["kind"], change: Change, rule: string): Fate {
  const path = showChanged(change);
  return {
    kind: "wrong",
    violation: { kind, path, detail: `"${path}" ${WORDS[change.change]} ${rule}. ${WHOEVER}` },
  };
}
