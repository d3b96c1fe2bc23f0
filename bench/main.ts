/** Measures codex-dispatch against its bars and prints ratios. See README.md. */
import * as path from "node:path";
import { parseArgs } from "node:util";
import type { Bar, Bench } from "./bar.ts";
import { ending } from "./bars/ending.ts";
import { dispatchMemory, streamMemory } from "./bars/memory.ts";
import { oldRuns } from "./bars/old_runs.ts";
import { reviewers } from "./bars/reviewers.ts";
import { startUp } from "./bars/start_up.ts";
import { streaming } from "./bars/streaming.ts";
import { supervision } from "./bars/supervision.ts";
import { dirtyTrees, ignoredTrees, trackedTrees } from "./bars/trees.ts";
import { compilePrograms } from "./compile_programs.ts";
import { type BarRow, renderTable } from "./render_table.ts";

const BARS: readonly Bar[] = [
  startUp,
  trackedTrees,
  ignoredTrees,
  dirtyTrees,
  supervision,
  streaming,
  streamMemory,
  ending,
  oldRuns,
  dispatchMemory,
  reviewers,
];

interface BenchOptions {
  readonly bars: readonly Bar[];
  readonly rounds: number | undefined;
  readonly binary: string | undefined;
}

async function bench({ bars, rounds, binary }: BenchOptions): Promise<void> {
  using folder = await temporaryFolder();
  const programs = await compilePrograms(folder.path, binary);
  const home = path.join(folder.path, "home");
  await Deno.mkdir(home);
  const env = { PATH: Deno.env.get("PATH") ?? "", HOME: home, LC_ALL: "C" };
  console.log(`${machine()}\ncodex-dispatch: ${programs.origin}\n`);

  const rows: BarRow[] = [];
  for (const bar of bars) {
    const place = path.join(folder.path, `bar${bar.number}`);
    await Deno.mkdir(place);
    const setting: Bench = { programs, env, folder: place, rounds: rounds ?? bar.rounds };
    console.error(`bar ${bar.number}: ${setting.rounds} rounds`);
    try {
      for await (const row of bar.measure(setting)) rows.push({ bar: bar.number, row });
    } catch (error) {
      // What was measured before is worth its wait.
      const why = error instanceof Error ? error.message : String(error);
      rows.push({ bar: bar.number, row: { kind: "left-out", what: "the rest", why } });
    }
    await Deno.remove(place, { recursive: true });
  }
  console.log(renderTable(rows));
}

/** What the figures depend on. A load near the number of cores says that they are noise. */
function machine(): string {
  const load = Deno.loadavg()[0]?.toFixed(2) ?? "unknown";
  return `${navigator.hardwareConcurrency} cores, ${Deno.build.target}, Deno ${Deno.version.deno}, load ${load}`;
}

/** A folder that is removed at the end, and at Ctrl-C too: bar 6 has gigabytes in it. */
async function temporaryFolder(): Promise<Disposable & { readonly path: string }> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "codex-dispatch-bench-" }));
  const remove = (): void => Deno.removeSync(folder, { recursive: true });
  const interrupted = (): void => {
    remove();
    Deno.exit(130);
  };
  Deno.addSignalListener("SIGINT", interrupted);
  return {
    path: folder,
    [Symbol.dispose]: () => {
      Deno.removeSignalListener("SIGINT", interrupted);
      remove();
    },
  };
}

/** @throws Error with everything that is wrong with the arguments */
function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: "string" }, rounds: { type: "string" }, binary: { type: "string" } },
  });
  const problems: string[] = [];
  const known = BARS.map((bar) => `${bar.number}`);
  const wanted = values.only?.split(",").map((number) => number.trim()) ?? known;
  const unknown = wanted.filter((number) => !known.includes(number));
  if (unknown.length > 0) {
    problems.push(
      `--only is "${values.only}". It takes numbers of bars that are measured: ${known.join(",")}.`,
    );
  }
  if (values.rounds !== undefined && !/^[1-9]\d{0,5}$/.test(values.rounds)) {
    problems.push(`--rounds is "${values.rounds}". It takes a whole number from 1.`);
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return {
    bars: BARS.filter((bar) => wanted.includes(`${bar.number}`)),
    rounds: values.rounds === undefined ? undefined : Number(values.rounds),
    binary: values.binary === undefined ? undefined : path.resolve(values.binary),
  };
}

if (import.meta.main) {
  try {
    await bench(readOptions(Deno.args));
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : error}`);
    Deno.exitCode = 1;
  }
}
