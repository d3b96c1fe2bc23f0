/** Bundles, then compiles dist/codex-dispatch for this machine. DENORT_BIN names the runtime where Deno's site is out of reach. */
import * as path from "node:path";
import { build, BUNDLED_MAIN, ROOT, runDeno } from "./build.ts";

/**
 * What the program may do: read and write files, start programs, read its environment, ask for the user's id, and call the C
 * library (to list folders with whole times and names of any bytes). No network.
 */
const PERMISSIONS = [
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
  // Without a code cache: Deno would keep it at a path in /tmp that anybody can guess.
  await runDeno([
    "compile",
    "--quiet",
    "--no-check",
    "--no-code-cache",
    "--no-prompt",
    ...PERMISSIONS,
    "--output",
    output,
    BUNDLED_MAIN,
  ]);
  console.error(`compiled ${path.relative(Deno.cwd(), output)}`);
}
