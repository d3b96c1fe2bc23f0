import assert from "node:assert/strict";
import type { Policy } from "../../../lib/records/policy.ts";
import type { StoredRun } from "../../../lib/records/read_runs.ts";
import type { Result } from "../../../lib/records/result.ts";
import type { Seal } from "../../../lib/records/seal_schema.ts";
import { settle } from "../../../lib/records/settled.ts";

const RUN: StoredRun = {
  id: "run",
  folder: "/run",
  // What they say does not matter here: whether they are the ones that were sealed does.
  policy: {} as Policy,
  result: {} as Result,
  digests: { policy: "p", result: "r" },
};
const SEAL: Seal = {
  run_dir: "/run",
  repository: "/",
  ended_at: 0,
  artifacts: { "policy.json": "p", "result.json": "r" },
  patched: [],
  folders: [],
};

/** | what | run | seal | said | */
const CASES: readonly (readonly [string, StoredRun, Seal | undefined, string])[] = [
  ["as it was sealed", RUN, SEAL, "ended"],
  ["without a seal", RUN, undefined, "unsealed"],
  [
    "sealed, and killed before its verdict was in its place",
    { ...RUN, policy: { exit_code: 70 } as Policy, digests: { policy: "x", result: "r" } },
    SEAL,
    "unsealed",
  ],
  ["another verdict", { ...RUN, digests: { policy: "x", result: "r" } }, SEAL, "tampered policy.json"],
  ["another result", { ...RUN, digests: { policy: "p", result: "x" } }, SEAL, "tampered result.json"],
  [
    "no documents",
    { ...RUN, policy: undefined, result: undefined, digests: { policy: undefined, result: undefined } },
    SEAL,
    "tampered policy.json result.json",
  ],
  ["a seal of no documents", RUN, { ...SEAL, artifacts: {} }, "tampered policy.json result.json"],
  [
    "neither documents nor a seal of any",
    { ...RUN, policy: undefined, digests: { policy: undefined, result: "r" } },
    { ...SEAL, artifacts: { "result.json": "r" } },
    "tampered policy.json",
  ],
];

for (const [what, run, seal, said] of CASES) {
  Deno.test(`of a run whose process is gone, ${what}, can be said: ${said}`, () => {
    const settled = settle(run, seal);
    const names = settled.kind === "tampered" ? settled.names : [];
    assert.equal([settled.kind, ...names].join(" "), said);
  });
}
