import * as path from "node:path";
import { type Check, fail, type Finding, ok, warn } from "./finding.ts";
import { showSize } from "../amounts.ts";
import { containment, type Supervision } from "../../process/contain.ts";
import { readProcFile } from "../../process/proc_file.ts";
import { runCommand } from "../../process/run_command.ts";
import { toolPath } from "../../process/tool_path.ts";
import { locateWorkTree } from "../../evidence/locate_work_tree.ts";
import { openStateFolder } from "../../records/folders.ts";
import { showDuration } from "../../base/durations.ts";

interface Machine {
  readonly environment: Readonly<Record<string, string>>;
  /** WORKDIR, or where one is looked for. */
  readonly folder: string;
  readonly self: readonly string[];
  readonly now: () => Date;
  /** PATH as the caller has it. */
  readonly searchPath: string;
}

/** What the machine and the place offer to a dispatch. */
export function machineChecks(machine: Machine): Check[] {
  const { folder, environment } = machine;
  const state = async (): Promise<string> => {
    const place = await locateWorkTree(folder, environment).catch(() => undefined);
    return await openStateFolder(place?.kind === "found" ? place.root : undefined, environment);
  };
  return [
    { name: "supervision", run: async () => await supervision(machine, await state()) },
    { name: "sandbox", run: () => Promise.resolve(sandbox(Deno.uid())) },
    { name: "WORKDIR", run: () => workTree(machine) },
    { name: "disk of WORKDIR", run: () => disk(folder, environment) },
    { name: "state folder", run: async () => await writable(await state()) },
    { name: "disk of state", run: async () => await disk(await state(), environment) },
    { name: "clock", run: async () => await clock(machine, await state()) },
    { name: "PATH", run: () => searchPath(machine.searchPath) },
  ];
}

async function supervision({ environment, self }: Machine, state: string): ReturnType<Check["run"]> {
  const scratch = await Deno.makeTempDir({ dir: state, prefix: "doctor-" });
  try {
    const contained = await containment({ environment, self, scratch });
    const restricted = readProcFile("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")?.trim() === "1";
    return supervisionFinding(contained.supervision, { os: Deno.build.os, restricted });
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** Pure. Exported for its table. */
export function supervisionFinding(
  supervision: Supervision,
  { os, restricted }: { readonly os: string; readonly restricted: boolean },
): Omit<Finding, "name"> {
  if (supervision === "namespace") {
    return ok("a process namespace for every run: nothing that Codex starts outlives it");
  }
  const remedy = os !== "linux"
    ? "Linux alone has process namespaces; a container or a virtual machine offers them here."
    : restricted
    ? "AppArmor forbids user namespaces: sysctl kernel.apparmor_restrict_unprivileged_userns=0, or a profile that allows them."
    : "Install util-linux (unshare, setpriv); in a container, allow user namespaces.";
  return supervision === "subreaper"
    ? warn("no process namespace; a supervisor collects every process that Codex starts", remedy)
    : warn("Codex's process group alone: a process that left it may outlive a run", remedy);
}

/** Pure. Exported for its table. */
export function sandbox(uid: number | null): Omit<Finding, "name"> {
  const found = "Codex runs without its own sandbox: what it may write is checked, not prevented";
  return uid === 0
    ? warn(`${found}; and it runs as root`, "Run as an ordinary user, or in a container made for it.")
    : ok(`${found}; it runs as you`);
}

async function workTree({ folder, environment }: Machine): ReturnType<Check["run"]> {
  const place = await locateWorkTree(folder, environment);
  if (place.kind === "found") return ok(`"${place.workdir}" in the git work tree "${place.root}"`);
  const remedy = place.kind === "refused-by-git"
    ? place.detail
    : `A packet needs a WORKDIR in a work tree. Go to one, name one with --workdir, or make one: git init "${folder}"`;
  return warn(`"${folder}" is in no git work tree`, remedy);
}

async function writable(state: string): ReturnType<Check["run"]> {
  const file = await Deno.makeTempFile({ dir: state, prefix: "doctor-" });
  await Deno.remove(file);
  return ok(state);
}

/** Below the first a run may not keep its record; below the second it may not for long. Bytes. */
const [TOO_LITTLE, LITTLE] = [50e6, 1e9];

async function disk(
  folder: string,
  environment: Readonly<Record<string, string>>,
): ReturnType<Check["run"]> {
  const { code, stdout } = await runCommand("df", ["-P", "-k", folder], {
    env: { ...environment, PATH: toolPath(environment), LC_ALL: "C" },
    deadline: 10_000,
  });
  const free = code === 0 ? freeBytes(new TextDecoder().decode(stdout)) : undefined;
  return diskFinding(folder, free);
}

/** Of what `df -P -k` prints. Source: df in POSIX. Pure. */
export function freeBytes(text: string): number | undefined {
  const [, kilobytes] = /\s(\d+)\s+\d+%\s/.exec(text.split("\n")[1] ?? "") ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** Pure. Exported for its table. */
export function diskFinding(folder: string, free: number | undefined): Omit<Finding, "name"> {
  const remedy = "Make room: codex-dispatch runs prune --max-size 500MB takes old runs away.";
  if (free === undefined) return warn(`df does not say what is free in "${folder}"`, "Look at it by hand.");
  if (free < TOO_LITTLE) return fail(`${showSize(free)} free in "${folder}"`, remedy);
  return free < LITTLE
    ? warn(`${showSize(free)} free in "${folder}"`, remedy)
    : ok(`${showSize(free)} free in "${folder}"`);
}

async function clock({ now }: Machine, state: string): ReturnType<Check["run"]> {
  const file = await Deno.makeTempFile({ dir: state, prefix: "doctor-" });
  try {
    const { mtime } = await Deno.lstat(file);
    return clockFinding(now(), mtime === null ? 0 : mtime.getTime() - now().getTime());
  } finally {
    await Deno.remove(file);
  }
}

/** Files are a second off at most: some file systems know no finer time. Milliseconds. */
const MOST_SKEW = 2_000;

/** `skew`: how far a fresh file's time is ahead of the clock, in milliseconds. Pure. Exported for its table. */
export function clockFinding(now: Date, skew: number): Omit<Finding, "name"> {
  if (Math.abs(skew) > MOST_SKEW) {
    return warn(
      `a fresh file's time is ${showDuration(Math.abs(skew))} ${skew > 0 ? "ahead of" : "behind"} the clock`,
      "The file system is another machine's: set both clocks by one source.",
    );
  }
  if (now.getTime() < BUILT_AFTER) {
    return warn(`the clock says ${now.toISOString()}`, "Set it: run ids and ages go by it.");
  }
  return ok(`${now.toISOString()}; files get the same time`);
}

const BUILT_AFTER = Date.UTC(2025, 0, 1);

async function searchPath(text: string): ReturnType<Check["run"]> {
  const folders = text.split(path.delimiter);
  const relative = folders.filter((folder) => !path.isAbsolute(folder));
  if (relative.length > 0) {
    const names = relative.map((folder) => `"${folder}"`).join(", ");
    return warn(
      `${names} on PATH ${
        relative.length === 1 ? "means" : "mean"
      } the current folder; codex-dispatch leaves that out`,
      "Take it off PATH: elsewhere, a program that was planted in a work tree would run.",
    );
  }
  const open: string[] = [];
  for (const folder of folders) {
    const info = await Deno.stat(folder).catch(() => undefined);
    if (info?.isDirectory && ((info.mode ?? 0) & 0o1002) === 0o0002) open.push(folder);
  }
  return open.length === 0 ? ok(`${folders.length} folders, none of them open to everybody`) : warn(
    `everybody may write to ${open.map((each) => `"${each}"`).join(", ")}`,
    "Take the right away: chmod o-w",
  );
}
