import { linuxLibrary } from "./libc.ts";
import { numbersInProc, readProcFile } from "./proc_file.ts";
import { runCommand } from "./run_command.ts";

/** A process as the system lists it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** The process group. */
  readonly group: number;
  /** The moment it started, as the system writes it: with the id it tells a process from a later one. */
  readonly started: string;
  /** It has ended, and its parent has not asked for its status yet. */
  readonly ended: boolean;
  /** The command line as far as it is known, for people. */
  readonly command: string;
}

/**
 * Every process that can be seen: of /proc on Linux, elsewhere as `ps` lists them (untested on macOS); none on Windows.
 */
export async function readProcesses(): Promise<ProcessEntry[]> {
  if (linuxLibrary()) {
    return numbersInProc("/proc").flatMap((pid) => readProcess(pid) ?? []);
  }
  if (Deno.build.os === "windows") return [];
  const env = { PATH: "/bin:/usr/bin", LC_ALL: "C" };
  const { code, stdout } = await runCommand("ps", PS_ARGS, { env, deadline: 5_000 });
  return code === 0 ? parsePs(new TextDecoder().decode(stdout)) : [];
}

/** One process of Linux; undefined if there is none. */
export function readProcess(pid: number): ProcessEntry | undefined {
  const stat = readProcFile(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : parseStat(stat);
}

/** The whole command line of a process, for people; what the table says where it cannot be read. */
export function commandOf({ pid, command }: ProcessEntry): string {
  return readProcFile(`/proc/${pid}/cmdline`)?.replaceAll("\0", " ").trim() || command;
}

/** Reads a line of `/proc/<pid>/stat`; undefined if it is none. Pure. Source: proc_pid_stat(5). */
export function parseStat(stat: string): ProcessEntry | undefined {
  // The name, in parentheses, may hold anything, parentheses too.
  const [open, close] = [stat.indexOf("("), stat.lastIndexOf(")")];
  if (open < 0 || close < open) return undefined;
  const fields = stat.slice(close + 2).trim().split(" ");
  const started = fields[19];
  if (started === undefined) return undefined;
  return {
    pid: Number.parseInt(stat),
    parent: Number(fields[1]),
    group: Number(fields[2]),
    started,
    ended: ENDED.test(fields[0] ?? ""),
    command: stat.slice(open + 1, close),
  };
}

/** Both the ps of macOS and that of Linux know these. Source: ps(1). */
const PS_ARGS = ["-A", "-o", "pid=,ppid=,pgid=,state=,lstart=,command="];

/** Reads what `ps` prints with these columns. Lines of another form are passed over. Pure. */
export function parsePs(text: string): ProcessEntry[] {
  return text.split("\n").flatMap((line) => {
    const [, pid, parent, group, state, started, command = ""] = PS_LINE.exec(line) ?? [];
    if (state === undefined || started === undefined) return [];
    return [{
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      started: started.replace(/\s+/g, " "),
      ended: ENDED.test(state),
      command: command.trim(),
    }];
  });
}

/** Three numbers, the state, `Sun Nov  2 09:15:08 2026`, and the rest of the line. */
const PS_LINE =
  /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S{3}\s+\S{3}\s+\d+\s+\d+:\d+:\d+\s+\d{4})(?:\s+(.*))?$/;

const ENDED = /^[ZX]/;
