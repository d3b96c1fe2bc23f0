import type { CommandLine, CommandPlace } from "./run_timed.ts";

/** How often a process is looked at: its peak of before is told as long as it lives. Milliseconds. */
const LOOK_EVERY = 5;
/** No command of a benchmark takes longer. Milliseconds. */
const DEADLINE = 10 * 60_000;

/**
 * Runs a command to its end, without input, and returns the most memory that its own process had resident, in MiB. What it
 * starts is not counted. Linux alone: of /proc.
 *
 * @throws Error if it ended otherwise than expected
 */
export async function runPeak([program, ...args]: CommandLine, place: CommandPlace): Promise<number> {
  const child = new Deno.Command(program, {
    args,
    cwd: place.cwd,
    env: { ...place.env },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(DEADLINE),
  }).spawn();
  let peak = 0;
  const look = (): void => {
    peak = Math.max(peak, peakOf(child.pid));
  };
  const looking = setInterval(look, LOOK_EVERY);
  const { code } = await child.status;
  clearInterval(looking);
  const { expected = 0 } = place;
  if (code !== expected) {
    throw new Error(`"${program} ${args.join(" ")}" ended with ${code}, not ${expected}.`);
  }
  if (peak === 0) throw new Error(`/proc told nothing of the memory of "${program}".`);
  return peak;
}

function peakOf(pid: number): number {
  try {
    const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`)) ?? [];
    return Number(kib ?? 0) / 1024;
  } catch {
    return 0;
  }
}
