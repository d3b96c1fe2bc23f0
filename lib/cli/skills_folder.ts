import * as path from "node:path";
import { badInput } from "../base/errors.ts";

/** The skill's name, which is its folder's too. */
export const SKILL_NAME = "codex-dispatch";

/**
 * Where Claude Code looks for the user's own skills: `$CLAUDE_SKILLS_DIR`, or `~/.claude/skills`.
 *
 * @throws DispatchError where neither is known
 */
export function skillsFolder({ environment, cwd }: {
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
}): string {
  const named = environment["CLAUDE_SKILLS_DIR"];
  if (named) return path.resolve(cwd, named);
  const home = environment["HOME"] || environment["USERPROFILE"];
  if (home) return path.join(home, ".claude", "skills");
  throw badInput(
    "skills-dir",
    "The folder of the skills cannot be found: neither CLAUDE_SKILLS_DIR nor HOME is set. Set CLAUDE_SKILLS_DIR.",
  );
}

/** The folders whose SKILL.md has the name of this skill, its own among them. */
export async function foldersOfSkill(skills: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(skills)) {
    if (await readSkillName(path.join(skills, name)) === SKILL_NAME) found.push(path.join(skills, name));
  }
  return found.sort();
}

/** The name in the front matter of a folder's SKILL.md. */
async function readSkillName(folder: string): Promise<string | undefined> {
  try {
    const file = path.join(folder, "SKILL.md");
    // A pipe of that name would never end.
    if (!(await Deno.stat(file)).isFile) return undefined;
    const text = await Deno.readTextFile(file);
    const [, front = ""] = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---/.exec(text) ?? [];
    return /^name:\s*["']?([^"'\r\n]*?)["']?\s*$/m.exec(front)?.[1];
  } catch {
    // A file, a folder without one, a dead link: no skill.
    return undefined;
  }
}
