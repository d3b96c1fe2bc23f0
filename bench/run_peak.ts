import type { CommandLine, CommandPlace } from "./run_timed.ts";

/** How often a process is looked at: its peak of before is told as long as it lives. Milliseconds. */
const LOOK_EVERY = 1;
/** No command of a benchmark takes longer. Milliseconds. */
const DEADLINE = 10 * 60_000;

/**
 * Runs a command to its end, without input, and returns the most memory that its own process had resident, in MiB. What it
 * starts is not counted. Linux alone: of /proc.
 *
 * @throws Error if it ended otherwise than expected
 */
export async function runPeak(command: CommandLine, place: CommandPlace): Promise<number> {
  let peak = 0;
  await runLookingOn([{ command, place }], ([pid = 0]) => {
    peak = Math.max(peak, figureIn(`/proc/${pid}/status`, /^VmHWM:\s+(\d+) kB$/m));
  });
  if (peak === 0) throw new Error(`/proc told nothing of the memory of "${command[0]}".`);
  return peak;
}

export interface PlacedCommand {
  readonly command: CommandLine;
  readonly place: CommandPlace;
}

/**
 * Runs commands all at once, and returns the most memory that their own processes had together, in MiB: what several of them
 * have mapped, such as one program, counts once.
 */
export async function runTogether(commands: readonly PlacedCommand[]): Promise<number> {
  let peak = 0;
  await runLookingOn(commands, (pids) => {
    const now = pids.reduce(
      (sum, pid) => sum + figureIn(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+) kB$/m),
      0,
    );
    peak = Math.max(peak, now);
  });
  return peak;
}

async function runLookingOn(
  commands: readonly PlacedCommand[],
  look: (pids: readonly number[]) => void,
): Promise<void> {
  const children = commands.map(({ command: [program, ...args], place }) =>
    new Deno.Command(program, {
      args,
      cwd: place.cwd,
      env: { ...place.env },
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
      signal: AbortSignal.timeout(DEADLINE),
    }).spawn()
  );
  const looking = setInterval(() => look(children.map(({ pid }) => pid)), LOOK_EVERY);
  const statuses = await Promise.all(children.map(({ status }) => status));
  clearInterval(looking);
  for (const [index, { code }] of statuses.entries()) {
    const { command, place: { expected = 0 } } = commands[index] ?? { command: [], place: { expected: 0 } };
    if (code !== expected) throw new Error(`"${command.join(" ")}" ended with ${code}, not ${expected}.`);
  }
}

/** A figure in KiB of a file of /proc, in MiB; 0 if the process is gone. */
function figureIn(file: string, pattern: RegExp): number {
  try {
    return Number(pattern.exec(Deno.readTextFileSync(file))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
