import assert from "node:assert/strict";
import { readAge, readSize, showSize } from "../../../lib/cli/amounts.ts";
import { DispatchError } from "../../../lib/base/errors.ts";

const isBadInput = (error: unknown): boolean => error instanceof DispatchError && error.exit === 1;

for (
  const [text, ms] of [["30d", 2_592_000_000], ["12h", 43_200_000], ["90m", 5_400_000], [
    "1.5 W",
    907_200_000,
  ]] as const
) {
  Deno.test(`"${text}" is ${ms} ms`, () => assert.equal(readAge(text, "--older-than"), ms));
}

for (
  const text of [
    "",
    "30",
    "d",
    "0d",
    "-1d",
    "1e3d",
    "3 days",
    "NaN",
    "1y",
    "9".repeat(20) + "w",
    "constructor",
  ]
) {
  Deno.test(`"${text}" is no span of time`, () =>
    assert.throws(() => readAge(text, "--older-than"), isBadInput));
}

for (const [text, bytes] of [["500MB", 5e8], ["1 GiB", 2 ** 30], ["12", 12], ["0.5kb", 500]] as const) {
  Deno.test(`"${text}" is ${bytes} bytes`, () => assert.equal(readSize(text, "--max-size"), bytes));
}

for (const text of ["", "0", "0MB", "-5MB", "5 apples", "MB", "1,000", "1e9"]) {
  Deno.test(`"${text}" is no amount of data`, () =>
    assert.throws(() => readSize(text, "--max-size"), isBadInput));
}

for (
  const [bytes, text] of [[0, "0 bytes"], [999, "999 bytes"], [1000, "1 KB"], [12_345, "12.3 KB"], [
    4.5e9,
    "4.5 GB",
  ]] as const
) {
  Deno.test(`${bytes} bytes are shown as ${text}`, () => assert.equal(showSize(bytes), text));
}
