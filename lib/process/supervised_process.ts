import type { Containment } from "./contain.ts";
import type { ContainedCommand, ContainedEnd, ContainedProcess } from "./contained_process.ts";
import { KILL_MOST, ProcessTree, type Survivor } from "./process_tree.ts";
import { signalGroup, TERM_GRACE } from "./signal_group.ts";
import { prepareReports, readReport, type SupervisionReport } from "./supervision_report.ts";

/** How much longer than ending all of it takes at most a supervisor may take to say so. Milliseconds. */
const SUPERVISOR_MARGIN = 2_000;

/** Starts a program below a supervisor: this program once more, to which whatever is orphaned falls. */
export function startSupervised(
  command: ContainedCommand,
  { program, args, scratch = "" }: Containment,
): ContainedProcess {
  const report = prepareReports(scratch);
  const child = new Deno.Command(program, {
    args: [...args, report, String(Deno.pid), command.program, ...command.args],
    cwd: command.cwd,
    env: { ...command.env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = (): void => {
    // The second one has it kill at once. What it watches over may have stopped it.
    signalGroup(child.pid, "SIGTERM");
    signalGroup(child.pid, "SIGCONT");
    timer ??= setTimeout(
      () => signalGroup(child.pid, "SIGKILL"),
      TERM_GRACE + KILL_MOST + SUPERVISOR_MARGIN,
    );
  };
  const ended = child.status.then(async (status) => {
    clearTimeout(timer);
    return await endOf(readReport(report), { status, pid: child.pid });
  });
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, end, ended };
}

async function endOf(
  report: SupervisionReport | undefined,
  supervisor: { readonly status: Deno.CommandStatus; readonly pid: number },
): Promise<ContainedEnd> {
  const { signal } = supervisor.status;
  if (report?.kind === "failed") throw new Error(report.why);
  if (report?.kind === "ended" && signal === null) {
    return { code: report.code, signal: report.signal, survivors: report.survivors };
  }
  // It takes SIGTERM itself as soon as it can start anything.
  if (signal === "SIGTERM") return { code: null, signal, survivors: [] };
  return { code: null, signal, survivors: await endOrphans(report, supervisor) };
}

/** Ends what can still be found of what a supervisor left behind. It may not be all: so it stands among the survivors. */
async function endOrphans(
  report: SupervisionReport | undefined,
  { pid, status }: { readonly pid: number; readonly status: Deno.CommandStatus },
): Promise<Survivor[]> {
  const found = report?.kind === "started" ? await new ProcessTree(report.pid).end() : [];
  const how = status.signal === null ? `with status ${status.code}` : `by ${status.signal}`;
  return [...found, {
    pid,
    command:
      `codex-dispatch supervise, which was ended ${how} before what it watched over: some of that may run on`,
  }];
}
