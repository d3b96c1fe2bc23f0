import assert from "node:assert/strict";
import { parseDuration, showDuration, showSeconds } from "../../../lib/base/durations.ts";

/** | text | milliseconds; undefined if it is no duration | */
const TEXTS: readonly (readonly [string, number | undefined])[] = [
  ["90s", 90_000],
  ["30m", 1_800_000],
  ["2h", 7_200_000],
  ["1h30m", 5_400_000],
  ["1h1m1s", 3_661_000],
  ["1.5h", 5_400_000],
  ["0.5s", 500],
  ["90m", 5_400_000],
  ["0h1s", 1_000],
  ["0s", undefined],
  ["0h0m0s", undefined],
  ["0.0001s", undefined],
  ["", undefined],
  ["30", undefined],
  ["30 m", undefined],
  ["30M", undefined],
  ["-30m", undefined],
  ["30m1h", undefined],
  ["1d", undefined],
  ["off", undefined],
  ["1e3s", undefined],
  ["9999999999999999h", undefined],
  ["NaNs", undefined],
];

for (const [text, ms] of TEXTS) {
  Deno.test(`"${text}" is ${ms === undefined ? "no duration" : `${ms} ms`}`, () =>
    assert.equal(parseDuration(text), ms));
}

Deno.test("durations are shown as people say them", () => {
  assert.deepEqual([850, 12_300, 245_000, 7_620_000].map(showDuration), [
    "850 ms",
    "12.3 s",
    "4 min 05 s",
    "2 h 07 min",
  ]);
  assert.deepEqual([300_000, 2_500].map(showSeconds), ["300 s", "2.5 s"]);
});
