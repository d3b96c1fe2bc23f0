import type { WorkTreeLookup } from "../packet/check_packet.ts";
import { oneLine } from "../base/text.ts";
import { Git } from "./git.ts";

/** It reads a few small files. Milliseconds. */
const DEADLINE = 30_000;

const SILENT =
  "it did not answer in time. Is there a pipe in the place of .git/config or of your own configuration? " +
  "Remove it.";

/**
 * What stands at a path: the innermost git work tree that holds it, or why there is none. git itself is asked.
 *
 * @throws DispatchError (exit 2) if there is no git
 */
export async function locateWorkTree(
  folder: string,
  environment: Readonly<Record<string, string>>,
  { deadline = DEADLINE } = {},
): Promise<WorkTreeLookup> {
  try {
    if (!(await Deno.stat(folder)).isDirectory) return { kind: "not-a-folder" };
  } catch {
    return { kind: "missing" };
  }
  const flags = ["--is-bare-repository", "--is-inside-git-dir", "--is-inside-work-tree"];
  const [result, workdir] = await Promise.all([
    new Git(folder, environment, { deadline }).run(["rev-parse", ...flags, "--show-cdup"]),
    Deno.realPath(folder),
  ]);
  if (result.timedOut) return { kind: "refused-by-git", detail: SILENT };
  const lines = new TextDecoder().decode(result.stdout).split("\n");
  if (lines[2] === "true" && result.code === 0) {
    return { kind: "found", workdir, root: await Deno.realPath(`${workdir}/${lines[3] ?? ""}`) };
  }
  if (lines[1] === "true" && lines[0] !== "true") return { kind: "in-git-folder" };
  if (lines[0] === "true") return { kind: "bare" };
  const said = oneLine(new TextDecoder().decode(result.stderr), 300);
  return /not a git repository/.test(said) || said === ""
    ? { kind: "no-work-tree" }
    : { kind: "refused-by-git", detail: said };
}
