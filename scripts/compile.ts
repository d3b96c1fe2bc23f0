/**
 * Bundles, then compiles: dist/codex-dispatch for this machine, or with `--target TARGET` (repeatable) or `--all` the programs
 * of a release and their checksums. DENORT_BIN names the runtime of this machine where Deno's download site is out of reach.
 */
import * as path from "node:path";
import { build, BUNDLED_BUILD_INFO, BUNDLED_MAIN } from "./build.ts";
import { readCompileOrders } from "./compile_targets.ts";
import { writeChecksums } from "./checksums.ts";
import { ROOT, runDeno } from "./run_deno.ts";

/**
 * How it is compiled. The program may read and write files, start programs, read its environment, ask for the user's id, and
 * call the C library (to list folders with whole times and names of any bytes, and to read /proc, which Deno opens only to
 * programs that may do everything); the network it may not use. `--allow-ffi=libc.so.6` would not be narrower: Deno takes
 * the name for a file in the current folder, and would load what a worker planted there. There is no code cache: Deno would
 * keep it at a path in /tmp that anybody can guess. V8 optimises functions in the thread that runs them: others would do it no
 * sooner where a run is over in a tenth of a second, and what memory they took for it would stay.
 */
export const COMPILE: readonly string[] = [
  "compile",
  "--quiet",
  "--no-check",
  "--no-code-cache",
  "--no-prompt",
  "--v8-flags=--no-concurrent-recompilation",
  "--allow-read",
  "--allow-write",
  "--allow-run",
  "--allow-env",
  "--allow-sys=uid",
  "--allow-ffi",
];

if (import.meta.main) {
  const orders = readCompileOrders(Deno.args, {
    host: Deno.build.target,
    runtime: Deno.env.get("DENORT_BIN"),
  });
  const dist = path.join(ROOT, "dist");
  await build();
  for (const { target, file } of orders) {
    const output = path.join(dist, file);
    const which = target === Deno.build.target ? [] : ["--target", target];
    await runDeno([...COMPILE, ...which, "--include", BUNDLED_BUILD_INFO, "--output", output, BUNDLED_MAIN]);
    console.error(`compiled ${path.relative(Deno.cwd(), output)}`);
  }
  const released = orders.map(({ file }) => file).filter((file) => /^codex-dispatch-/.test(file));
  if (released.length > 0) await writeChecksums(dist, released);
}
