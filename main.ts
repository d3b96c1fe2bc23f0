import { processContext } from "./lib/cli/context.ts";
import { main } from "./lib/cli/main.ts";

if (import.meta.main) Deno.exit(await main(processContext(import.meta.filename ?? "")));
