import * as path from "node:path";
import { writeWhole } from "./write_file.ts";
import { messageOf, refusal } from "../base/errors.ts";
import { isInside } from "../base/is_inside.ts";
import { regularText } from "../base/regular_text.ts";

export const RECORDS_FOLDER = ".codex-dispatch";

/** What the ignore file of the records says. */
export const IGNORE_ALL = "*\n";

/** The folder that holds the runs of a WORKDIR. */
export function runsFolder(workdir: string): string {
  return path.join(workdir, RECORDS_FOLDER, "runs");
}

/**
 * Makes the folder of the runs, with the ignore file that keeps it out of git, and returns its real path. A link that
 * stands in the way was planted: it is refused, not followed.
 *
 * @throws DispatchError (exit 2) if it cannot be made or written to
 */
export async function openRunsFolder(workdir: string, outputDir: string | undefined): Promise<string> {
  const runs = outputDir ?? runsFolder(workdir);
  try {
    if (outputDir === undefined) {
      const records = path.dirname(runs);
      await makeRealFolder(records, 0o755);
      await makeRealFolder(runs, 0o700);
      await ignoreRecords(workdir);
    } else {
      requireOutsideGit(path.resolve(runs));
      await Deno.mkdir(runs, { recursive: true, mode: 0o700 });
    }
    const real = await Deno.realPath(runs);
    requireOutsideGit(real);
    return real;
  } catch (error) {
    const message = `The folder for the run's artifacts, "${runs}", cannot be used: ${messageOf(error)}`;
    throw refusal("output-dir", message, { cause: error });
  }
}

/** Writes the ignore file of the records, where there are any: a forged one would show them to git. */
export async function ignoreRecords(workdir: string): Promise<void> {
  const records = path.join(workdir, RECORDS_FOLDER);
  const file = path.join(records, ".gitignore");
  const isFolder = await Deno.lstat(records).then((info) => info.isDirectory, () => false);
  if (!isFolder || regularText(file) === IGNORE_ALL) return;
  const stands = await Deno.lstat(file).catch(() => undefined);
  if (stands?.isDirectory) await Deno.remove(file, { recursive: true });
  writeWhole(file, IGNORE_ALL);
}

/**
 * A folder of our own outside of the repository, for what must not lie where a worker writes: the answer, the record
 * of the events while they come. `$XDG_STATE_HOME/codex-dispatch`, or the system's temporary folder.
 */
export async function openStateFolder(
  repository: string | undefined,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const home = environment["HOME"] ?? environment["USERPROFILE"];
  const state = environment["XDG_STATE_HOME"] ??
    (home === undefined ? undefined : path.join(home, ".local", "state"));
  const candidates = [
    ...(state !== undefined && path.isAbsolute(state) ? [path.join(state, "codex-dispatch")] : []),
    path.join(
      environment["TMPDIR"] ?? environment["TEMP"] ?? "/tmp",
      `codex-dispatch-${Deno.uid() ?? "user"}`,
    ),
  ];
  const failures: string[] = [];
  for (const candidate of candidates) {
    try {
      if (repository !== undefined && isInside(path.resolve(candidate), repository)) {
        throw new Error("it lies inside the repository");
      }
      await Deno.mkdir(candidate, { recursive: true, mode: 0o700 });
      await requireOwn(candidate);
      return await Deno.realPath(candidate);
    } catch (error) {
      failures.push(`"${candidate}": ${messageOf(error)}`);
    }
  }
  const message = `No folder outside of the repository can be written to. Set XDG_STATE_HOME. Tried ${
    failures.join("; ")
  }`;
  throw refusal("state-dir", message);
}

/** Where the tickets of those who want a work tree lie. */
export function locksFolder(state: string): string {
  return path.join(state, "locks");
}

/** What is written to a repository during a run is a violation of that run, whoever wrote it. */
function requireOutsideGit(folder: string): void {
  if (folder.split(path.sep).includes(".git")) throw new Error("it lies in .git, which is git's own");
}

async function makeRealFolder(folder: string, mode: number): Promise<void> {
  try {
    await Deno.mkdir(folder, { mode });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  const info = await Deno.lstat(folder);
  if (info.isSymlink) throw new Error(`"${folder}" is a symbolic link. Remove it.`);
  if (!info.isDirectory) throw new Error(`"${folder}" is no folder. Remove it.`);
}

/** The temporary folder is shared: what another user made there under our name is not ours. */
async function requireOwn(folder: string): Promise<void> {
  const info = await Deno.lstat(folder);
  const mine = Deno.uid();
  if (info.isSymlink) throw new Error("it is a symbolic link");
  if (mine !== null && info.uid !== null && info.uid !== mine) throw new Error("it belongs to another user");
}
