import assert from "node:assert/strict";
import * as fc from "fast-check";
import { planPrune, type PruneRules, type RunSize } from "../../../lib/records/prune_plan.ts";

const DAY = 24 * 3600 * 1000;
const NOW = 100 * DAY;

/** Runs of 10 bytes, one a day: `a` is the oldest. */
function runs(needed = ""): RunSize[] {
  return [..."abcde"].map((id, index) => ({
    id,
    bytes: 10,
    startedAt: NOW - (5 - index) * DAY,
    needed: needed.includes(id),
  }));
}

/** | rules | needed | what goes, the oldest first | */
const CASES: readonly (readonly [PruneRules, string, string])[] = [
  [{}, "", ""],
  [{ keep: 2 }, "", "abc"],
  [{ keep: 0 }, "", "abcde"],
  [{ keep: 9 }, "", ""],
  [{ keep: 2 }, "be", "ac"],
  [{ keep: 0 }, "abcde", ""],
  [{ olderThan: 2.5 * DAY }, "", "abc"],
  [{ olderThan: 5 * DAY }, "", ""],
  [{ olderThan: 0.5 * DAY }, "a", "bcde"],
  [{ maxBytes: 30 }, "", "ab"],
  [{ maxBytes: 29 }, "", "abc"],
  [{ maxBytes: 9 }, "", "abcde"],
  [{ maxBytes: 9 }, "e", "abcd"],
  [{ keep: 4, olderThan: 3.5 * DAY, maxBytes: 1000 }, "", "ab"],
];

for (const [rules, needed, going] of CASES) {
  Deno.test(`${JSON.stringify(rules)} with ${needed || "none"} needed: "${going}" goes`, () => {
    assert.equal(planPrune(runs(needed).reverse(), rules, NOW).join(""), going);
  });
}

Deno.test("whatever the rules, a run that is needed stays, and what goes is older than what stays by each rule", () => {
  const size = fc.record({
    bytes: fc.nat(100),
    needed: fc.boolean(),
  });
  const rules = fc.record({ keep: fc.nat(8), maxBytes: fc.nat(400) }, { requiredKeys: [] });
  fc.assert(fc.property(fc.array(size, { maxLength: 12 }), rules, (sizes, rule) => {
    const all = sizes.map((each, index) => ({
      ...each,
      id: String(index).padStart(3, "0"),
      startedAt: index,
    }));
    const going = new Set(planPrune(all, rule, 0));
    const staying = all.filter(({ id }) => !going.has(id));
    assert.ok(all.every(({ id, needed }) => !(needed && going.has(id))));
    const free = staying.filter(({ needed }) => !needed);
    if (rule.keep !== undefined) assert.ok(free.length <= rule.keep);
    if (rule.maxBytes !== undefined) {
      assert.ok(free.reduce((sum, { bytes }) => sum + bytes, 0) <= rule.maxBytes);
    }
    const oldest = free[0]?.id ?? "";
    assert.ok([...going].every((id) => oldest === "" || id < oldest));
  }));
});
