import assert from "node:assert/strict";
import { readLimit } from "../../../lib/cli/limits.ts";
import { DispatchError } from "../../../lib/base/errors.ts";

const source = { flagName: "--timeout-sec", variable: "LIMIT", environment: {}, fallback: 1800 };

Deno.test("the flag comes before the variable, and the variable before the default", () => {
  assert.equal(readLimit({ ...source, flag: "5", environment: { LIMIT: "7" } }), 5);
  assert.equal(readLimit({ ...source, flag: undefined, environment: { LIMIT: "7" } }), 7);
  assert.equal(readLimit({ ...source, flag: undefined }), 1800);
  assert.equal(readLimit({ ...source, flag: "2.5" }), 2.5);
});

Deno.test("off, and no other word, means no limit", () => {
  assert.equal(readLimit({ ...source, flag: "off" }), null);
});

for (const text of ["0", "-1", "NaN", "", " ", "ten", "1e3", "Infinity", "5s", "0.0", "none", "0x10"]) {
  Deno.test(`a limit of "${text}" is refused, as flag and as variable`, () => {
    for (const given of [{ flag: text }, { flag: undefined, environment: { LIMIT: text } }]) {
      assert.throws(() => readLimit({ ...source, ...given }), (error) => {
        assert.ok(error instanceof DispatchError && error.exit === 1);
        assert.match(error.message, given.flag === undefined ? /^LIMIT is/ : /^--timeout-sec is/);
        return true;
      });
    }
  });
}

Deno.test("a percentage above 100 is refused", () => {
  assert.throws(() => readLimit({ ...source, flag: "101" }, 100), /up to 100/);
  assert.equal(readLimit({ ...source, flag: "100" }, 100), 100);
});
