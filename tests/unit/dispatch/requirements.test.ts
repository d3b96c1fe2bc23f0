import assert from "node:assert/strict";
import { readRequirements, unmetRequirements } from "../../../lib/dispatch/requirements.ts";
import { DispatchError } from "../../../lib/base/errors.ts";
import type { Policy } from "../../../lib/records/policy.ts";
import type { Result } from "../../../lib/records/result.ts";

const RUN = {
  policy: { changes: [{ path: "src/a", change: "added", in_scope: true }], scope_ok: true },
  result: {
    status: "accepted",
    answer: { verdict: "pass", findings: [], evidence: ["e"] },
    usage: null,
    duration_ms: 10,
  },
} as unknown as { policy: Policy; result: Result };

/** | expression | met | */
const TABLE: readonly (readonly [string, boolean])[] = [
  ["verdict == 'pass'", true],
  ["${{ verdict == 'pass' && status == 'accepted' }}", true],
  ["verdict == 'fail'", false],
  ["policy.changes[0].path == 'src/a'", true],
  ["contains(policy.changes.*.path, 'src/a')", true],
  ["policy.changes[1].path == 'x'", false],
  ["answer.findings", false],
  ["answer.evidence[0] == 'e'", true],
  ["'true'", false],
  ["1", false],
  ["answer.nothing == null", false],
  ["!answer.nothing", false],
  ["usage == null", true],
  ["usage.input_tokens < 5", false],
  ["duration_ms < 1000", true],
];

for (const [text, met] of TABLE) {
  Deno.test(`--require "${text}" is ${met ? "met" : "not met"}`, async () => {
    const unmet = await unmetRequirements(await readRequirements([text], undefined), RUN);
    assert.equal(unmet.length, met ? 0 : 1, unmet.join());
  });
}

for (
  const text of ["verdict ==", "nothing == 1", "verdict == pass", "", "verdict == 'pass' extra", "unknown()"]
) {
  Deno.test(`--require "${text}" is refused before anything starts`, async () => {
    await assert.rejects(
      readRequirements([text], undefined),
      (error) => error instanceof DispatchError && error.exit === 1,
    );
  });
}

Deno.test("--require-verdict compares the verdict, and a missing answer has none", async () => {
  const requirements = await readRequirements([], "pass");
  assert.deepEqual(await unmetRequirements(requirements, RUN), []);
  const without = { ...RUN, result: { ...RUN.result, answer: null } };
  assert.match((await unmetRequirements(requirements, without)).join(), /the verdict is missing/);
});
