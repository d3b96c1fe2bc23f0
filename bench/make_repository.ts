import * as path from "node:path";
import { runTimed } from "./run_timed.ts";

export interface RepositoryPlan {
  /** Tracked files, in folders of a hundred. */
  readonly files: number;
  /** As the commands that are measured will have it. */
  readonly env: Readonly<Record<string, string>>;
}

/** Makes a git repository with a clean work tree: one commit, files of a few hundred bytes. */
export async function makeRepository(root: string, { files, env }: RepositoryPlan): Promise<void> {
  // Files as new as the index would be read anew by each git status, as git could not tell whether they have changed.
  const anHourAgo = new Date(Date.now() - 3_600_000);
  for (let number = 0; number < files; number++) {
    const folder = path.join(root, "src", `part${Math.floor(number / 100)}`);
    if (number % 100 === 0) await Deno.mkdir(folder, { recursive: true });
    const file = path.join(folder, `file${number}.ts`);
    Deno.writeTextFileSync(file, sourceText(number));
    Deno.utimeSync(file, anHourAgo, anHourAgo);
  }
  const git = (...args: string[]): Promise<number> => runTimed(["git", ...args], { cwd: root, env });
  await git("init", "--quiet");
  await git("add", "--all");
  const author = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid"];
  // So many new objects would have git collect garbage in the background, in the midst of what is measured.
  await git(...author, "-c", "gc.auto=0", "commit", "--quiet", "-m", "Files to look at");
}

/** Between 250 and 500 bytes, no two alike. */
function sourceText(number: number): string {
  const line = `export const value${number} = ${number};\n`;
  return line + `// ${"what stands here does not matter ".repeat(7 + number % 7)}\n`;
}
