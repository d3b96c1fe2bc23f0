import assert from "node:assert/strict";
import { withSafePath } from "../../../lib/cli/context.ts";

/** | PATH | what is left | */
const PATHS: readonly (readonly [string, string])[] = [
  ["/usr/bin:/bin", "/usr/bin:/bin"],
  [":/usr/bin", "/usr/bin"],
  ["/usr/bin:", "/usr/bin"],
  ["/a::/b", "/a:/b"],
  [".:/usr/bin:bin:../x", "/usr/bin"],
  ["~/bin:/usr/bin", "/usr/bin"],
  ["", "/usr/bin:/bin"],
  [".", "/usr/bin:/bin"],
];

for (const [given, left] of PATHS) {
  Deno.test(`of the PATH "${given}" is left "${left}"`, { ignore: Deno.build.os === "windows" }, () => {
    assert.deepEqual(withSafePath({ PATH: given, HOME: "/h" }), { PATH: left, HOME: "/h" });
  });
}

Deno.test("without a PATH there is none", () => {
  assert.deepEqual(withSafePath({ HOME: "/h" }), { HOME: "/h" });
});
