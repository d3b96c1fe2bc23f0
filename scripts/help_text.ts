/** Writes lib/cli/help_text.ts and docs/commands.md anew, from the commands and flags as they are. */
import * as path from "node:path";
import { processContext } from "../lib/cli/context.ts";
import { renderHelps } from "../lib/cli/program.ts";
import { ROOT, runDeno } from "./run_deno.ts";

const COMMANDS_HEAD = `# Commands

What every command says with \`--help\`. Standard output carries the result alone: a line, or with \`--json\` one document.
Progress, warnings and errors go to standard error: live on a terminal, elsewhere, and where \`CI\` is set or \`TERM\` is
\`dumb\`, one plain line an event.
`;

if (import.meta.main) {
  const helps = renderHelps(processContext(""));
  const help = (helps.get("codex-dispatch") ?? "").replace(/[\\`$]/g, "\\$&");
  const head =
    "/** What `--help` prints. Made by scripts/help_text.ts; a test holds it to the commands and flags. */\n";
  const module = path.join(ROOT, "lib", "cli", "help_text.ts");
  const document = path.join(ROOT, "docs", "commands.md");
  await Deno.writeTextFile(module, `${head}export const HELP_TEXT = \`${help}\`;\n`);
  await Deno.writeTextFile(document, renderCommands(helps));
  await runDeno(["fmt", "--quiet", module, document]);
}

/** docs/commands.md: the help of every command. Pure. */
export function renderCommands(helps: ReadonlyMap<string, string>): string {
  const sections = [...helps].map(([name, help]) => `## ${name}\n\n\`\`\`\n${help.trim()}\n\`\`\`\n`);
  return [COMMANDS_HEAD, ...sections].join("\n");
}
