import { dirname, join } from "node:path";
import { MACHINE_PATH } from "./lean_path.ts";
import { type ProgramOutcome, runProgram } from "./program.ts";

/** A home of its own, with a space in its path. Disposing removes it. */
export interface HomeFolder extends AsyncDisposable {
  readonly root: string;
  /** Where Claude Code looks for skills; not there yet. */
  readonly skills: string;
  /** A whole environment. */
  readonly env: { readonly PATH: string; readonly HOME: string };
  readonly run: (...args: string[]) => Promise<ProgramOutcome>;
}

export async function makeHome(): Promise<HomeFolder> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "dispatch-home-" }));
  const root = join(folder, "the home");
  await Deno.mkdir(root);
  const env = { PATH: MACHINE_PATH, HOME: root };
  return {
    root,
    skills: join(root, ".claude", "skills"),
    env,
    run: (...args) => runProgram(args, { env, cwd: root }),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** What an installation of claude-codex-dispatch 0.1 is known by, with files that have their owner's word in them. */
export const PREDECESSOR_FILES: Readonly<Record<string, string>> = {
  "SKILL.md": "---\nname: codex-dispatch\ndescription: >\n  The old one.\n---\n\n# Old\n",
  "bin/codex-dispatch": "#!/bin/sh\necho old\n",
  "notes.txt": "mine\n",
  "scripts/codex_dispatch_role.py": "print('old')\n",
};

/** Writes files that can be executed, and the folders above them. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(folder, name)), { recursive: true });
    await Deno.writeTextFile(join(folder, name), text, { mode: 0o755 });
  }
}

/** The paths of all files and links below a folder, sorted; none where there is no folder. */
export async function listFiles(folder: string, prefix = ""): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(join(folder, prefix))) {
      const path = join(prefix, name);
      if (isDirectory) found.push(...await listFiles(folder, path));
      else found.push(path);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found.sort();
}
