import * as path from "node:path";
import { messageOf, refusal } from "../base/errors.ts";
import { shellQuoted } from "../base/shell_quoted.ts";
import { isThere } from "../base/is_there.ts";

/** Whether a folder of a skill holds claude-codex-dispatch 0.1: a clone of its repository, or what was copied out of one. */
export async function isPredecessor(folder: string): Promise<boolean> {
  const script = await Deno.readTextFile(path.join(folder, ...SCRIPT)).catch(() => undefined);
  return script !== undefined && !script.includes(STANDS_IN);
}

/**
 * Moves an installation of claude-codex-dispatch aside and puts launchers of this program where its own were, so that
 * whatever names their paths goes on working. The old folder stays whole, beside the folder of the skills: within it Claude
 * Code would go on reading its SKILL.md.
 *
 * @param self how this program is started
 * @returns where the old folder is now
 * @throws DispatchError where it cannot be moved; it stands then where it stood
 */
export async function replacePredecessor(
  folder: string,
  { self, now }: { readonly self: readonly string[]; readonly now: Date },
): Promise<string> {
  const skills = path.dirname(folder);
  const prepared = path.join(skills, `.${path.basename(folder)}.${crypto.randomUUID().slice(0, 8)}`);
  const stamp = now.toISOString().replace(/\.\d+Z$/, "").replaceAll(/[-:]/g, "").replace("T", "-");
  const backup = path.join(path.dirname(skills), `${path.basename(folder)}.backup-${stamp}`);
  try {
    await writeLaunchers(prepared, self);
    if (isThere(backup)) throw new Error(`"${backup}" is there already`);
    await Deno.rename(folder, backup);
    try {
      await Deno.rename(prepared, folder);
    } catch (error) {
      await Deno.rename(backup, folder);
      throw error;
    }
    return backup;
  } catch (error) {
    await Deno.remove(prepared, { recursive: true }).catch(() => {});
    throw refusal(
      "skill-predecessor",
      `claude-codex-dispatch at "${folder}" cannot be moved to "${backup}": ${messageOf(error)}. ` +
        "Two skills of one name would be in each other's way: move it out of the skills' folder yourself, then try again.",
      { cause: error },
    );
  }
}

/** Takes away what {@link replacePredecessor} put there, and nothing else. */
export async function removeLaunchers(folder: string): Promise<boolean> {
  const script = await Deno.readTextFile(path.join(folder, ...SCRIPT)).catch(() => "");
  if (!script.includes(STANDS_IN)) return false;
  for (const parts of [SCRIPT, ...Object.values(LAUNCHERS)]) {
    await Deno.remove(path.join(folder, ...parts)).catch(() => {});
  }
  // A folder that holds anything else stays.
  for (const emptied of ["bin", "scripts", "."]) {
    await Deno.remove(path.join(folder, emptied)).catch(() => {});
  }
  return true;
}

const SCRIPT = ["scripts", "codex_dispatch_role.py"];
const LAUNCHERS = { posix: ["bin", "codex-dispatch"], windows: ["bin", "codex-dispatch.cmd"] };

/** By this line our launchers are told from the files that they replace. */
const STANDS_IN = "codex-dispatch stands in for claude-codex-dispatch";

async function writeLaunchers(folder: string, self: readonly string[]): Promise<void> {
  const shell = self.map(shellQuoted).join(" ");
  const batch = self.map((part) => `"${part.replaceAll("%", "%%")}"`).join(" ");
  const files: readonly (readonly [readonly string[], string])[] = [
    [LAUNCHERS.posix, `#!/bin/sh\n# ${STANDS_IN} here.\nexec ${shell} "$@"\n`],
    [LAUNCHERS.windows, `@rem ${STANDS_IN} here.\r\n@${batch} %*\r\n`],
    [SCRIPT, pythonLauncher(self)],
  ];
  for (const [parts, text] of files) {
    const file = path.join(folder, ...parts);
    await Deno.mkdir(path.dirname(file), { recursive: true });
    await Deno.writeTextFile(file, text, { mode: 0o755, createNew: true });
  }
}

/** Windows starts a program anew where POSIX would replace this one, and Python would end before it: hence two ways. */
function pythonLauncher(self: readonly string[]): string {
  return `#!/usr/bin/env python3
# ${STANDS_IN} here.
import os
import subprocess
import sys

command = ${JSON.stringify(self)} + sys.argv[1:]
if os.name == "nt":
    sys.exit(subprocess.call(command))
os.execv(command[0], command)
`;
}
