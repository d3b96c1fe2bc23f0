/** Bundles, then compiles dist/codex-dispatch for this machine. DENORT_BIN names the runtime where Deno's site is out of reach. */
import * as path from "node:path";
import { build, BUNDLED_MAIN, ROOT, runDeno } from "./build.ts";

/**
 * How it is compiled. The program may read and write files, start programs, read its environment, ask for the user's id, and
 * call the C library (to list folders with whole times and names of any bytes); the network it may not use. There is no code
 * cache: Deno would keep it at a path in /tmp that anybody can guess.
 */
export const COMPILE: readonly string[] = [
  "compile",
  "--quiet",
  "--no-check",
  "--no-code-cache",
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-run",
  "--allow-env",
  "--allow-sys=uid,gid",
  "--allow-ffi",
];

if (import.meta.main) {
  await build();
  const output = path.join(
    ROOT,
    "dist",
    Deno.build.os === "windows" ? "codex-dispatch.exe" : "codex-dispatch",
  );
  await runDeno([...COMPILE, "--output", output, BUNDLED_MAIN]);
  console.error(`compiled ${path.relative(Deno.cwd(), output)}`);
}
