/** Writes lib/cli/skill_text.ts anew, from the skill as it stands in skills/. */
import * as path from "node:path";
import { ROOT, runDeno } from "./run_deno.ts";

if (import.meta.main) {
  const source = path.join(ROOT, "skills", "codex-dispatch", "SKILL.md");
  const file = path.join(ROOT, "lib", "cli", "skill_text.ts");
  const text = (await Deno.readTextFile(source)).replace(/[\\`$]/g, "\\$&");
  const head =
    "/** skills/codex-dispatch/SKILL.md, so that the program can write it. Made by scripts/skill_text.ts; a test holds both together. */\n";
  await Deno.writeTextFile(file, `${head}export const SKILL_TEXT = \`${text}\`;\n`);
  await runDeno(["fmt", "--quiet", file]);
}
