import assert from "node:assert/strict";
import { type LastRun, stopObjection } from "../../../lib/cli/hook/stop_objection.ts";
import type { Policy } from "../../../lib/records/policy.ts";
import type { Result } from "../../../lib/records/result.ts";
import { decide } from "../../../lib/records/review.ts";
import type { Settled } from "../../../lib/records/settled.ts";

function ended(status: Result["status"], exit: number, kinds: readonly string[] = []): Settled {
  // Of the documents, what is looked at.
  return {
    kind: "ended",
    policy: { exit_code: exit, violations: kinds.map((kind) => ({ kind, detail: "" })) } as unknown as Policy,
    result: { status, accepted: status === "accepted" } as unknown as Result,
  };
}

const REVIEW = decide("run", { decision: "reject", reason: "no", at: "", by: "me" }, undefined);
const ACCEPTED: LastRun = { folder: "/r", live: false, settled: ended("accepted", 0), review: undefined };

/** | the session's last run | as it is known | what is said; null for nothing */
const RUNS: readonly (readonly [string, LastRun, RegExp | null])[] = [
  ["was accepted", ACCEPTED, null],
  ["was a dry run", { ...ACCEPTED, settled: ended("dry-run", 0) }, null],
  [
    "goes on",
    { ...ACCEPTED, live: true, settled: { kind: "unsealed" } },
    /goes on\. Wait.*--timeout-sec 100/,
  ],
  ["goes on, and was decided on before", { ...ACCEPTED, live: true, review: REVIEW }, /goes on/],
  [
    "violated",
    { ...ACCEPTED, settled: ended("violation", 3, ["read-only", "read-only", "git-state"]) },
    /\(violation, exit 3: read-only, git-state\).*runs reject "\/r"/,
  ],
  ["failed a gate", { ...ACCEPTED, settled: ended("failed", 4) }, /\(failed, exit 4\)/],
  ["was refused", { ...ACCEPTED, settled: ended("refused", 2, ["dirty-overlap"]) }, /refused, exit 2/],
  ["violated, and was decided on", { ...ACCEPTED, settled: ended("violation", 3), review: REVIEW }, null],
  ["was killed", { ...ACCEPTED, settled: { kind: "unsealed" } }, /was interrupted/],
  ["was killed, and was decided on", { ...ACCEPTED, settled: { kind: "unsealed" }, review: REVIEW }, null],
  [
    "was tampered with",
    { ...ACCEPTED, settled: { kind: "tampered", names: ["policy.json"] } },
    /tampered with: policy\.json/,
  ],
];

for (const [what, run, said] of RUNS) {
  Deno.test(`a session whose last run ${what} may ${said === null ? "" : "not "}end`, () => {
    const objection = stopObjection(run);
    if (said === null) assert.equal(objection, undefined);
    else assert.match(objection ?? "", said);
  });
}
