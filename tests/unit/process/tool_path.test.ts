import assert from "node:assert/strict";
import { toolPath } from "../../../lib/process/tool_path.ts";
import { runCommand } from "../../../lib/process/run_command.ts";

/** | PATH of the caller | PATH for tools | */
const PATHS: readonly [string | undefined, string][] = [
  [undefined, "/usr/bin:/bin"],
  ["/own", "/own:/usr/bin:/bin"],
];

for (const [given, expected] of PATHS) {
  Deno.test(`tools are found by "${expected}" where PATH is ${given ?? "not set"}`, {
    ignore: Deno.build.os === "windows",
  }, async () => {
    const PATH = toolPath(given === undefined ? {} : { PATH: given });
    assert.equal(PATH, expected);
    assert.equal((await runCommand("df", ["-P", "/"], { env: { PATH }, deadline: 10_000 })).code, 0);
  });
}
