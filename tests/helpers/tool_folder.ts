import { delimiter, join } from "node:path";

/** A folder for PATH that has the tools of this machine which are named, as links; those that are not here it does without. */
export async function makeToolFolder(folder: string, names: readonly string[]): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const name of names) {
    const found = name === "python3" ? await findPython() : findTool(name);
    if (found !== undefined) await Deno.symlink(found, join(folder, name));
  }
}

/** The path of a program, as PATH leads to it. */
export function findTool(name: string): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "/usr/bin:/bin").split(delimiter);
  return folders.map((folder) => join(folder, name)).find((file) => {
    try {
      const { isFile, mode } = Deno.statSync(file);
      return isFile && (mode === null || (mode & 0o111) !== 0);
    } catch {
      return false;
    }
  });
}

/** Python itself: what PATH leads to may be a script that finds it, and that needs more of PATH than a test leaves. */
export async function findPython(): Promise<string> {
  const { stdout } = await new Deno.Command("python3", { args: ["-c", "import sys; print(sys.executable)"] })
    .output();
  return new TextDecoder().decode(stdout).trim();
}
