import * as path from "node:path";
import type { CliContext } from "../context.ts";
import { isPredecessor, removeLaunchers, replacePredecessor } from "../predecessor.ts";
import { SKILL_TEXT } from "../skill_text.ts";
import { foldersOfSkill, SKILL_NAME, skillsFolder } from "../skills_folder.ts";
import { sha256Of } from "../../base/digest.ts";
import { messageOf, refusal } from "../../base/errors.ts";
import { EXIT, type ExitCode } from "../../base/exit_codes.ts";
import { writeWhole } from "../../records/write_file.ts";

/**
 * `skill install`: writes the skill that is built in for Claude Code. claude-codex-dispatch is moved aside, and a SKILL.md that
 * somebody edited is kept under another name. Standard output is the path of the skill.
 */
export async function skillInstall(context: CliContext): Promise<ExitCode> {
  const skills = skillsFolder(context);
  const own = path.join(skills, SKILL_NAME);
  await change(skills, () => Deno.mkdir(skills, { recursive: true }));
  for (const folder of await foldersOfSkill(skills)) {
    if (await isPredecessor(folder)) {
      const backup = await replacePredecessor(folder, { self: context.self, now: context.now() });
      context.stderr(
        `claude-codex-dispatch at "${folder}" was moved to "${backup}". Its launchers start this program now.\n`,
      );
    } else if (folder !== own) {
      throw refusal(
        "skill-namesake",
        `"${folder}" is a skill of the name "${SKILL_NAME}" too. Remove it or change its name, then try again.`,
      );
    }
  }
  await change(own, () => writeSkill(own, context));
  context.stdout(`${path.join(own, SKILL_FILE)}\n`);
  return EXIT.accepted;
}

/** `skill uninstall`: takes away what `skill install` wrote. What somebody edited is kept under another name. */
export async function skillUninstall(context: CliContext): Promise<ExitCode> {
  const skills = skillsFolder(context);
  const own = path.join(skills, SKILL_NAME);
  const names = [...await Array.fromAsync(Deno.readDir(skills)).catch(() => [])].map(({ name }) => name);
  await change(skills, async () => {
    for (const name of names) await removeLaunchers(path.join(skills, name));
    if (!await isLink(own)) await removeSkill(own, context);
  });
  return EXIT.accepted;
}

const SKILL_FILE = "SKILL.md";
/** Holds the digest of the SKILL.md that was written, which tells whether it was edited since. */
const DIGEST_FILE = ".installed";

async function writeSkill(folder: string, context: CliContext): Promise<void> {
  if (await isLink(folder)) {
    context.stderr(`"${folder}" is a symbolic link, and is left as it is.\n`);
    return;
  }
  await Deno.mkdir(folder, { recursive: true });
  const file = path.join(folder, SKILL_FILE);
  if (await readText(file) !== SKILL_TEXT) {
    await keepEdited(folder, context);
    writeWhole(file, SKILL_TEXT);
  }
  writeWhole(path.join(folder, DIGEST_FILE), `${sha256Of(SKILL_TEXT)}\n`);
}

async function removeSkill(folder: string, context: CliContext): Promise<void> {
  await keepEdited(folder, context);
  for (const name of [SKILL_FILE, DIGEST_FILE]) {
    await Deno.remove(path.join(folder, name)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
  // It stays where it holds anything else.
  await Deno.remove(folder).catch(() => {});
}

/** A SKILL.md that is not as it was written is renamed, so that it is no skill any more and is not lost. */
async function keepEdited(folder: string, context: CliContext): Promise<void> {
  const file = path.join(folder, SKILL_FILE);
  const text = await readText(file);
  if (text === undefined || text === SKILL_TEXT) return;
  if (sha256Of(text) === (await readText(path.join(folder, DIGEST_FILE)))?.trim()) return;
  const kept = `${file}.${context.now().toISOString().replaceAll(":", "-")}`;
  await Deno.rename(file, kept);
  context.stderr(`"${file}" was edited. It is kept as "${kept}".\n`);
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

async function isLink(file: string): Promise<boolean> {
  return await Deno.lstat(file).then((info) => info.isSymlink, () => false);
}

/** What the system refuses is told with the folder and the remedy; everything else is a fault of ours. */
async function change(folder: string, action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const { PermissionDenied, NotADirectory, IsADirectory, AlreadyExists } = Deno.errors;
    const told = [PermissionDenied, NotADirectory, IsADirectory, AlreadyExists];
    if (!told.some((kind) => error instanceof kind)) throw error;
    throw refusal(
      "skill-folder",
      `The skill cannot be written to "${folder}": ${
        messageOf(error)
      }. Set CLAUDE_SKILLS_DIR to a folder that can be written to.`,
      { cause: error },
    );
  }
}
