import { processContext } from "./lib/cli/context.ts";
import { main } from "./lib/cli/main.ts";

if ("WorkerGlobalScope" in globalThis) {
  // Started by a WalkThread: a thread begins in the one module that is at a known place in every form of the program.
  const { serveWalks } = await import("./lib/evidence/walk_in_thread.ts");
  serveWalks();
} else if (import.meta.main) {
  Deno.exit(await main({ ...processContext(import.meta.filename ?? ""), threads: import.meta.url }));
}
