import type { Change } from "./changes.ts";
import type { Status } from "./status.ts";
import type { Mode } from "../packet/fields.ts";
import type { PolicyChange, Violation } from "../records/policy.ts";
import { compileScope, type Scope } from "./scope.ts";
import type { Waiver } from "../packet/check_packet.ts";
import type { ScopeEntry } from "../packet/scope_entry.ts";
import { showPath, type TreePath } from "../base/tree_path.ts";

/** What a run was allowed to do. */
export interface Rules {
  readonly mode: Mode;
  readonly scope: readonly ScopeEntry[];
  readonly waive: readonly Waiver[];
  readonly allowCommits: boolean;
}

/** What the evidence says of a run. */
export interface Judgement {
  readonly violations: readonly Violation[];
  readonly changes: readonly PolicyChange[];
  readonly outOfScope: readonly string[];
  readonly waived: readonly { readonly path: string; readonly reason: string }[];
}

/** Said with every finding on the tree: a check of before and after cannot tell who it was. */
const WHOEVER = "The check sees what changed, not who changed it.";

/** Holds what changed against what was allowed. Pure. */
export function judge(
  seen: { readonly changes: readonly Change[]; readonly before: Status; readonly after: Status },
  rules: Rules,
): Judgement {
  const inScope: Scope = rules.mode === "worker" ? compileScope(rules.scope) : () => false;
  const waivers = rules.waive.map(({ entry, reason }) => ({ covers: compileScope([entry]), reason }));
  const waived: { path: string; reason: string }[] = [];
  const outside: Change[] = [];
  for (const change of seen.changes) {
    if (inScope(change.path)) continue;
    const waiver = waivers.find(({ covers }) => covers(change.path));
    if (waiver) waived.push({ path: showPath(change.path), reason: waiver.reason });
    else outside.push(change);
  }
  return {
    violations: [
      ...outside.map((change) => treeViolation(change, rules.mode)),
      ...headViolations(seen, rules),
    ],
    changes: seen.changes.map(({ path, change }) => ({
      path: showPath(path),
      change,
      in_scope: inScope(path),
    })),
    outOfScope: outside.map((change) => showPath(change.path)),
    waived,
  };
}

/** Paths in scope that were dirty before the run: a worker would mix its work with somebody else's. Pure. */
export function dirtyOverlap(before: Status, scope: readonly ScopeEntry[]): TreePath[] {
  const inScope = compileScope(scope);
  return before.entries.map((entry) => entry.path).filter(inScope);
}

function treeViolation({ path, change }: Change, mode: Mode): Violation {
  const name = showPath(path);
  const what = {
    added: "appeared",
    modified: "was changed",
    deleted: "was deleted",
    type: "changed its kind",
    mode: "changed its mode",
  };
  return mode === "worker"
    ? {
      kind: "out-of-scope",
      path: name,
      detail: `"${name}" ${what[change]} outside of WRITE SCOPE. ${WHOEVER}`,
    }
    : {
      kind: "read-only",
      path: name,
      detail: `"${name}" ${what[change]}, and a ${mode} writes nothing. ${WHOEVER}`,
    };
}

function headViolations({ before, after }: { before: Status; after: Status }, rules: Rules): Violation[] {
  const show = ({ head, branch }: Status): string => `${branch ?? "no branch"} at ${head ?? "no commit"}`;
  if (before.head === after.head && before.branch === after.branch) return [];
  if (rules.mode === "worker" && rules.allowCommits && before.branch === after.branch) return [];
  const detail = `HEAD moved from ${show(before)} to ${
    show(after)
  }. A worker may commit only with ALLOW COMMITS: true.`;
  return [{ kind: "git-state", path: ".git/HEAD", detail }];
}
