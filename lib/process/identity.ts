import { readProcFile } from "./proc_file.ts";
import { runCommand } from "./run_command.ts";

/**
 * What tells a process from a later one of the same id: the moment it started. Undefined if there is none. On Linux
 * read from /proc, elsewhere asked of `ps`; on Windows not known (untested there).
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (Deno.build.os === "linux") {
    const stat = readProcFile(`/proc/${pid}/stat`);
    if (stat === undefined) return undefined;
    // The name, in parentheses, may hold anything; the start time is the 20th field behind it. Source: proc(5).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  }
  if (Deno.build.os === "windows") return undefined;
  const env = { PATH: "/bin:/usr/bin", LC_ALL: "C" };
  const { code, stdout } = await runCommand("ps", ["-o", "lstart=", "-p", String(pid)], {
    env,
    deadline: 5_000,
  });
  return code === 0 ? new TextDecoder().decode(stdout).trim() || undefined : undefined;
}
