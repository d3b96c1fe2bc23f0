/** Writes lib/cli/help_text.ts anew, from the commands and flags as they are. */
import * as path from "node:path";
import { processContext } from "../lib/cli/context.ts";
import { renderHelp } from "../lib/cli/program.ts";
import { ROOT, runDeno } from "./run_deno.ts";

if (import.meta.main) {
  const file = path.join(ROOT, "lib", "cli", "help_text.ts");
  const text = renderHelp(processContext("")).replace(/[\\`$]/g, "\\$&");
  const head =
    "/** What `--help` prints. Made by scripts/help_text.ts; a test holds it to the commands and flags. */\n";
  await Deno.writeTextFile(file, `${head}export const HELP_TEXT = \`${text}\`;\n`);
  await runDeno(["fmt", "--quiet", file]);
}
