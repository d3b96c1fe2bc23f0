import type { Policy } from "./policy.ts";
import { isUnfinished, type StoredRun } from "./read_runs.ts";
import type { Result } from "./result.ts";
import type { Seal } from "./seal_schema.ts";
import { ARTIFACTS } from "./artifacts.ts";

/** What can be said of a run whose process is gone. */
export type Settled =
  /** The documents are the ones that the dispatch wrote at its end. */
  | { readonly kind: "ended"; readonly policy: Policy; readonly result: Result }
  /** They are not: somebody wrote there since. */
  | { readonly kind: "tampered"; readonly names: readonly string[] }
  /** The dispatch was killed before its verdict was in its place, or another machine holds what is known of it. */
  | { readonly kind: "unsealed" };

/** Holds the documents of a run against its seal: whatever they say, without one they are nobody's word. Pure. */
export function settle({ policy, result, digests }: StoredRun, seal: Seal | undefined): Settled {
  if (!seal || isUnfinished(policy)) return { kind: "unsealed" };
  const names = [
    ...policy && digests.policy === seal.artifacts[ARTIFACTS.policy] ? [] : [ARTIFACTS.policy],
    ...result && digests.result === seal.artifacts[ARTIFACTS.result] ? [] : [ARTIFACTS.result],
  ];
  return policy && result && names.length === 0
    ? { kind: "ended", policy, result }
    : { kind: "tampered", names };
}
