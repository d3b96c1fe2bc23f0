import assert from "node:assert/strict";
import { readCompileOrders, releaseName, TARGETS } from "../../../scripts/compile_targets.ts";

const LINUX = { host: "x86_64-unknown-linux-gnu", runtime: undefined };
const MAC = "aarch64-apple-darwin";

/** | arguments | files that are made | */
const ORDERS: readonly (readonly [readonly string[], readonly string[]])[] = [
  [[], ["codex-dispatch"]],
  [["--target", MAC], ["codex-dispatch-aarch64-apple-darwin"]],
  [["--target", MAC, "--target", MAC], ["codex-dispatch-aarch64-apple-darwin"]],
  [["--target", LINUX.host], ["codex-dispatch-x86_64-unknown-linux-gnu"]],
  [["--all"], [
    "codex-dispatch-x86_64-unknown-linux-gnu",
    "codex-dispatch-aarch64-unknown-linux-gnu",
    "codex-dispatch-x86_64-apple-darwin",
    "codex-dispatch-aarch64-apple-darwin",
    "codex-dispatch-x86_64-pc-windows-msvc.exe",
  ]],
];

for (const [args, files] of ORDERS) {
  Deno.test(`compile ${args.join(" ")} makes ${files.join(", ")}`, () =>
    assert.deepEqual(readCompileOrders(args, LINUX).map(({ file }) => file), files));
}

Deno.test("the program of a Windows machine is an .exe", () => {
  const windows = { host: "x86_64-pc-windows-msvc", runtime: undefined };
  assert.deepEqual(readCompileOrders([], windows), [{ target: windows.host, file: "codex-dispatch.exe" }]);
});

/** | arguments | DENORT_BIN | what the refusal says | */
const REFUSED: readonly (readonly [readonly string[], string | undefined, RegExp])[] = [
  [["--target", "x86_64-unknown-linux-musl"], undefined, /linux-musl" is no target.*aarch64-apple-darwin/],
  [["--all", "--target", MAC], undefined, /not both/],
  [["--targt", MAC], undefined, /--targt/],
  [["--target", MAC], "/denort", /DENORT_BIN is "\/denort".*aarch64-apple-darwin.*Unset it/],
  [["--all"], "/denort", /DENORT_BIN/],
];

for (const [args, runtime, message] of REFUSED) {
  Deno.test(`compile ${args.join(" ")}${runtime ? " with DENORT_BIN" : ""} is refused`, () => {
    assert.throws(() => readCompileOrders(args, { ...LINUX, runtime }), { message });
  });
}

Deno.test("the runtime that DENORT_BIN names may be compiled into the program of its own machine", () => {
  const here = { ...LINUX, runtime: "/denort" };
  assert.equal(readCompileOrders([], here).length, 1);
  assert.equal(readCompileOrders(["--target", LINUX.host], here).length, 1);
});

Deno.test("no two targets share a name in a release", () => {
  assert.equal(new Set(TARGETS.map(releaseName)).size, 5);
});
