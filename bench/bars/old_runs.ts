import * as path from "node:path";
import { type Bar, type Bench, ratioRow, type Row } from "../bar.ts";
import { compare } from "../compare.ts";
import { STATUS } from "../git_floor.ts";
import { makeRepository } from "../make_repository.ts";
import { prepareDispatch } from "../prepare_dispatch.ts";
import { runTimed } from "../run_timed.ts";
import { writeCodex } from "../write_codex.ts";

/** Bar 9: what a thousand runs of before cost: git in the same tree, and the next run's artifacts. */
export const oldRuns: Bar = { number: 9, rounds: 15, measure };

const RUNS = 1_000;

async function* measure(bench: Bench): AsyncGenerator<Row> {
  const { env, folder, rounds } = bench;
  const [used, fresh] = [path.join(folder, "used"), path.join(folder, "fresh")];
  for (const repository of [used, fresh]) await makeRepository(repository, { files: 1_000, env });
  const codex = path.join(folder, "codex");
  await writeCodex(codex, { work: ":" });
  const { dispatch } = await prepareDispatch(bench, { repository: used, codex });
  await runTimed(dispatch, { cwd: used, env });
  const runs = path.join(used, ".codex-dispatch", "runs");
  const [first = ""] = [...Deno.readDirSync(runs)].map(({ name }) => name);
  for (let number = 1; number < RUNS; number++) copyRun(runs, first, number);
  const known = new Set([...Deno.readDirSync(runs)].map(({ name }) => name));
  await runTimed(dispatch, { cwd: used, env });
  const last = [...Deno.readDirSync(runs)].map(({ name }) => name).find((name) => !known.has(name)) ?? "";

  const comparison = await compare(
    () => runTimed(STATUS, { cwd: used, env }),
    () => runTimed(STATUS, { cwd: fresh, env }),
    { rounds },
  );
  yield ratioRow(`git status with ${RUNS} old runs ÷ with none`, comparison, { unit: "ms", bar: 1.15 });
  const bytes = await compare(
    () => Promise.resolve(bytesIn(path.join(runs, last))),
    () => Promise.resolve(bytesIn(path.join(runs, first))),
    { rounds: 1 },
  );
  yield ratioRow(`bytes of run ${RUNS + 1} ÷ of run 1`, bytes, { unit: "bytes", bar: 1.05 });
}

/** The same run under another id: dispatching a thousand times would take minutes. */
function copyRun(runs: string, id: string, number: number): void {
  const copy = path.join(runs, id.replace(/[0-9a-f]{8}$/, number.toString(16).padStart(8, "0")));
  Deno.mkdirSync(copy);
  for (const { name } of Deno.readDirSync(path.join(runs, id))) {
    Deno.copyFileSync(path.join(runs, id, name), path.join(copy, name));
  }
}

function bytesIn(folder: string): number {
  return [...Deno.readDirSync(folder)].reduce(
    (sum, { name }) => sum + Deno.statSync(path.join(folder, name)).size,
    0,
  );
}
