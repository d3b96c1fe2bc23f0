import type { Review } from "../../records/review.ts";
import type { Settled } from "../../records/settled.ts";

/** What is known of the last run of a session. */
export interface LastRun {
  readonly folder: string;
  readonly live: boolean;
  readonly settled: Settled;
  readonly review: Review | undefined;
}

/** Why a session should not end yet, with what to do about it; undefined where nothing speaks against it. Pure. */
export function stopObjection({ folder, live, settled, review }: LastRun): string | undefined {
  if (live) {
    return `The run "${folder}" goes on. Wait for its verdict, in short steps: ` +
      `codex-dispatch runs wait "${folder}" --timeout-sec 100`;
  }
  if (review) return undefined;
  const remedy = `Read it (codex-dispatch runs show "${folder}"), then dispatch again, or settle it: ` +
    `codex-dispatch runs reject "${folder}" --reason TEXT (or accept, or revert and reject).`;
  if (settled.kind === "unsealed") return `The run "${folder}" was interrupted: it has no verdict. ${remedy}`;
  if (settled.kind === "tampered") {
    return `The run "${folder}" was tampered with: ${settled.names.join(" and ")} changed since. ${remedy}`;
  }
  const { policy, result } = settled;
  if (result.accepted || result.status === "dry-run") return undefined;
  const kinds = [...new Set(policy.violations.map(({ kind }) => kind))].join(", ");
  const why = `${result.status}, exit ${policy.exit_code}${kinds === "" ? "" : `: ${kinds}`}`;
  return `The run "${folder}" is not accepted (${why}). ${remedy}`;
}
