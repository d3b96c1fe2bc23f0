import assert from "node:assert/strict";
import { parseQuota, type Quota, quotaObjection, type QuotaWindow } from "../../../lib/codex/quota.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const window = (usedPercent: number, minutes: number | null, name = "primary"): QuotaWindow => ({
  name,
  usedPercent,
  minutes,
  resetsAt: NOW + 90 * 60_000,
});
const quota = (windows: QuotaWindow[], allowed = true): Quota => ({ allowed, windows });

/** | what Codex says | gate | objection | */
const TABLE: readonly (readonly [string, Quota, number, RegExp | undefined])[] = [
  ["a five-hour window below the gate", quota([window(84, 300)]), 85, undefined],
  [
    "a five-hour window at the gate",
    quota([window(85, 300)]),
    85,
    /85 % .*5 hours.*gate is at 85 %.*resets in 1 h 30 min/,
  ],
  ["about five hours", quota([window(90, 299)]), 85, /90 %/],
  ["a week at the gate", quota([window(90, 10_080, "secondary")]), 85, undefined],
  [
    "a week that is used up",
    quota([window(10, 300), window(100, 10_080, "secondary")]),
    85,
    /7 days is used up/,
  ],
  ["a week that comes first", quota([window(90, 10_080)]), 85, undefined],
  ["a window of unknown length", quota([window(99, null)]), 85, undefined],
  [
    "a window of unknown length that is used up",
    quota([window(100, null)]),
    85,
    /the primary window is used up/,
  ],
  ["use that is not allowed", quota([window(10, 300)], false), 85, /does not allow/],
  ["use that is not allowed, no windows", quota([], false), 85, /does not allow/],
  ["no windows", quota([]), 85, undefined],
];

for (const [what, said, gate, expected] of TABLE) {
  Deno.test(`${what}: ${expected === undefined ? "the run may start" : "the run is refused"}`, () => {
    const objection = quotaObjection(said, gate, NOW);
    if (expected === undefined) assert.equal(objection, undefined);
    else assert.match(objection ?? "", expected);
  });
}

Deno.test("the reply of the app server is read, whichever windows it names", () => {
  const reading = parseQuota({
    id: 1,
    result: {
      ordinaryUsageAllowed: true,
      rateLimits: {
        limitId: "codex",
        primary: { usedPercent: 42, windowDurationMins: 300, resetsAt: 1795350581 },
        secondary: null,
        tertiary: { usedPercent: 1 },
      },
    },
  });
  assert.deepEqual(reading, {
    kind: "read",
    quota: {
      allowed: true,
      windows: [
        { name: "primary", usedPercent: 42, minutes: 300, resetsAt: 1795350581000 },
        { name: "tertiary", usedPercent: 1, minutes: null, resetsAt: null },
      ],
    },
  });
});

for (
  const reply of [null, 1, {}, { result: {} }, { result: { rateLimits: [] } }, {
    id: 1,
    error: { message: "no account" },
  }]
) {
  Deno.test(`the reply ${JSON.stringify(reply)} is unreadable, and no reason to stop`, () => {
    assert.equal(parseQuota(reply).kind, "unreadable");
  });
}
