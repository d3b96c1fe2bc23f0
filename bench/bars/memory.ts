import * as path from "node:path";
import { type Bar, type Bench, ratioRow, type Row } from "../bar.ts";
import { compare, type Measure } from "../compare.ts";
import { makeRepository } from "../make_repository.ts";
import { prepareDispatch } from "../prepare_dispatch.ts";
import { type PlacedCommand, runPeak, runTogether } from "../run_peak.ts";
import { writeCodex } from "../write_codex.ts";

/** Bar 7: what large lines, and a large standard error, add to the memory of a dispatch. */
export const streamMemory: Bar = { number: 7, rounds: 5, measure: measureStreams };

/** Bar 10: the memory of a dispatch, and of eight at once. */
export const dispatchMemory: Bar = { number: 10, rounds: 7, measure: measureDispatches };

const UNIT = { unit: "MiB" };
const AT_ONCE = 8;

/** What the stand-in prints, in lines of sh. Its lines are events, as long as they are to be. */
const STREAMS = {
  plain: `yes '{"type":"item.completed","item":{"id":"item_0","type":"reasoning","text":"${
    "x".repeat(900)
  }"}}' |
  head -c 10000000`,
  longLines: `for i in 1 2 3 4; do
  printf '{"type":"item.completed","item":{"id":"item_%s","type":"reasoning","text":"' $i
  head -c 50000000 /dev/zero | tr '\\0' x
  echo '"}}'
done`,
  stderr: "head -c 200000000 /dev/zero | tr '\\0' e >&2",
  stderrLines: `yes 'a line of standard error that says nothing much' | head -c 200000000 >&2`,
} as const;

async function* measureStreams(bench: Bench): AsyncGenerator<Row> {
  if (Deno.build.os !== "linux") {
    yield { kind: "left-out", what: "memory", why: "it is read off /proc, which is Linux's." };
    return;
  }
  const repository = path.join(bench.folder, "repository");
  await makeRepository(repository, { files: 10, env: bench.env });
  const floor = await peakWith(bench, { repository, name: "plain", work: STREAMS.plain });
  for (
    const [name, what] of [
      ["longLines", "four lines of 50 MB"],
      ["stderr", "200 MB of standard error in one line"],
      ["stderrLines", "200 MB of standard error in lines"],
    ] as const
  ) {
    const ours = await peakWith(bench, { repository, name, work: STREAMS[name] });
    yield ratioRow(`peak memory, ${what} ÷ 10 MB of events`, await compare(ours, floor, bench), {
      ...UNIT,
      bar: 1.5,
    });
  }
}

async function* measureDispatches(bench: Bench): AsyncGenerator<Row> {
  const { programs, env, folder, rounds } = bench;
  if (Deno.build.os !== "linux" || "missing" in programs.empty) {
    const why = "missing" in programs.empty
      ? programs.empty.missing
      : "it is read off /proc, which is Linux's.";
    yield { kind: "left-out", what: "memory", why };
    return;
  }
  const { empty } = programs;
  const dispatches: PlacedCommand[] = [];
  for (let number = 0; number < AT_ONCE; number++) {
    const repository = path.join(folder, `repository-${number}`);
    await makeRepository(repository, { files: 1_000, env });
    // Long enough that all of them work at the same time.
    dispatches.push(await prepare(bench, { repository, name: `codex-${number}`, work: "sleep 1" }));
  }
  const alone = (number: number): Measure => async () => {
    const { command, place } = dispatches[number] ?? { command: empty, place: { cwd: folder, env } };
    const peak = await runPeak(command, place);
    await forget(place.cwd);
    return peak;
  };
  const comparison = await compare(alone(0), alone(AT_ONCE), { rounds });
  yield ratioRow("peak memory of a dispatch, 1,000 files ÷ empty program", comparison, { ...UNIT, bar: 1.5 });

  const together: Measure = async () => {
    const peak = await runTogether(dispatches);
    for (const { place } of dispatches) await forget(place.cwd);
    return peak;
  };
  const eightTimes: Measure = async () => AT_ONCE * await alone(0)();
  const what = `peak memory of ${AT_ONCE} dispatches at once ÷ ${AT_ONCE} times that of one`;
  yield ratioRow(what, await compare(together, eightTimes, { rounds }), { ...UNIT, bar: 1 });
}

/** The peak of codex-dispatch itself with a stand-in that does this. */
async function peakWith(bench: Bench, plan: StandIn): Promise<Measure> {
  const { command, place } = await prepare(bench, plan);
  return async () => {
    const peak = await runPeak(command, place);
    await forget(place.cwd);
    return peak;
  };
}

interface StandIn {
  readonly repository: string;
  readonly name: string;
  readonly work: string;
}

async function prepare(bench: Bench, { repository, name, work }: StandIn): Promise<PlacedCommand> {
  const folder = path.join(bench.folder, name);
  await Deno.mkdir(folder);
  const file = path.join(folder, "codex");
  await writeCodex(file, { work });
  const { dispatch } = await prepareDispatch({ ...bench, folder }, { repository, codex: file });
  return { command: dispatch, place: { cwd: repository, env: bench.env } };
}

/** What a run left would add up. */
async function forget(repository: string): Promise<void> {
  await Deno.remove(path.join(repository, ".codex-dispatch"), { recursive: true }).catch(() => {});
}
