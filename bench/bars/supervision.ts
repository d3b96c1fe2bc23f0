import * as path from "node:path";
import { type Bar, type Bench, ratioRow, type Row } from "../bar.ts";
import { compare } from "../compare.ts";
import { gitFloor } from "../git_floor.ts";
import { makeRepository } from "../make_repository.ts";
import { prepareDispatch } from "../prepare_dispatch.ts";
import { runTimed } from "../run_timed.ts";
import { writeCodex } from "../write_codex.ts";

/** Bar 5: what a dispatch adds to a Codex that takes a second. */
export const supervision: Bar = {
  number: 5,
  rounds: 10,
  measure,
};

async function* measure(bench: Bench): AsyncGenerator<Row> {
  const { env, folder, rounds } = bench;
  const repository = path.join(folder, "repository");
  await makeRepository(repository, { files: 10_000, env });
  const file = path.join(folder, "codex");
  await writeCodex(file, { work: "sleep 1.0" });
  const { dispatch, codex } = await prepareDispatch(bench, { repository, codex: file });
  const place = { cwd: repository, env };
  const comparison = await compare(
    () => runTimed(dispatch, place),
    gitFloor(codex, place),
    { rounds },
  );
  yield ratioRow("dispatch, codex of 1.0 s, 10,000 files ÷ 2 × git status + codex", comparison, {
    unit: "ms",
    bar: 1.25,
  });
}
