import assert from "node:assert/strict";
import type { Conclusion } from "../../../lib/dispatch/conclude.ts";
import { dependencyHint } from "../../../lib/pipeline/dependency_hint.ts";

/** How a command ended, what it printed, and whether a hint is due. */
const CASES: readonly [number | null, string, boolean][] = [
  [127, "sh: 1: eslint: not found\n", true],
  [1, "Error: Cannot find module 'left-pad'\nRequire stack:\n", true],
  [1, "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'zod'", true],
  [1, "ModuleNotFoundError: No module named 'requests'", true],
  [101, "error[E0463]: can't find crate for `serde`", true],
  [1, "cannot load such file -- rspec (LoadError)", true],
  [1, "1 of 12 tests failed: expected 3, got 4", false],
  [0, "warning: command not found: optional-tool", false],
  [2, "src/a.ts(3,1): error TS2322: Type 'string' is not assignable", false],
];

for (const [exit, output, isDue] of CASES) {
  Deno.test(`exit ${exit} with ${JSON.stringify(output.slice(0, 40))} ${isDue ? "brings" : "brings no"} hint`, () => {
    const conclusion = {
      result: { commands: [{ command: "npm test", exit_code: exit, output }] },
    } as unknown as Conclusion;
    const hint = dependencyHint(conclusion);
    if (isDue) assert.match(hint ?? "", /"npm test" seems to lack a dependency.*carry.*setup/);
    else assert.equal(hint, undefined);
  });
}
