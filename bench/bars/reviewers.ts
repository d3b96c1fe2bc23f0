import * as path from "node:path";
import { type Bar, type Bench, ratioRow, type Row } from "../bar.ts";
import { compare } from "../compare.ts";
import { makeRepository } from "../make_repository.ts";
import { type CommandLine, runTimed } from "../run_timed.ts";
import { writeCodex } from "../write_codex.ts";

/** Bar 11: three reviewers side by side take about as long as one. */
export const reviewers: Bar = {
  number: 11,
  rounds: 5,
  measure,
};

async function* measure(bench: Bench): AsyncGenerator<Row> {
  const { env, folder, rounds } = bench;
  const repository = path.join(folder, "repository");
  await makeRepository(repository, { files: 1_000, env });
  const codex = path.join(folder, "codex");
  await writeCodex(codex, { work: "sleep 1.0" });
  const [three, one] = await Promise.all(
    [3, 1].map((count) => preparePipeline(bench, { repository, codex, count })),
  );
  if (!three || !one) return;
  const place = { cwd: repository, env };
  const comparison = await compare(() => runTimed(three, place), () => runTimed(one, place), { rounds });
  yield ratioRow("three reviewers side by side, codex of 1.0 s ÷ one", comparison, { unit: "ms", bar: 1.3 });
}

/** A pipeline of so many reviewers that need nothing of each other. */
async function preparePipeline(
  { programs, folder }: Bench,
  { repository, codex, count }: {
    readonly repository: string;
    readonly codex: string;
    readonly count: number;
  },
): Promise<CommandLine> {
  const file = path.join(folder, `${count}.yaml`);
  const stages = Array.from({ length: count }, (_, at) =>
    `  - id: review${at}
    mode: reviewer
    needs: []
    objective: Nothing has to be found.
    gate: { verdict: any }
`);
  const head = "version: 1\nname: reviewers\ninputs:\n  workdir: { type: path, required: true }\nstages:\n";
  await Deno.writeTextFile(file, head + stages.join(""));
  const place = ["--input", `workdir=${repository}`, "--jobs", "3"];
  return [...programs.product, "pipeline", "run", file, ...place, "--codex", codex, "--force", "--quiet"];
}
