import * as path from "node:path";
import { type Bar, type Bench, ratioRow, type Row } from "../bar.ts";
import { compare } from "../compare.ts";
import { makeRepository } from "../make_repository.ts";
import { runTimed } from "../run_timed.ts";

/** Bar 1: what a start costs, beside a program that does nothing. */
export const startUp: Bar = {
  number: 1,
  rounds: 40,
  measure,
};

async function* measure({ programs, env, folder, rounds }: Bench): AsyncGenerator<Row> {
  if ("missing" in programs.empty) {
    yield {
      kind: "left-out",
      what: "start",
      why: `no program can be compiled here: ${programs.empty.missing}`,
    };
    return;
  }
  const { product, empty } = programs;
  const repository = path.join(folder, "repository");
  await makeRepository(repository, { files: 10, env });
  const refused = path.join(folder, "refused.md");
  await Deno.writeTextFile(refused, REFUSED);
  const refusedInPlace = path.join(folder, "refused_in_place.md");
  await Deno.writeTextFile(refusedInPlace, `WORKDIR: ${repository}\n${REFUSED}`);

  const cases = [
    { what: "--help", args: ["--help"], expected: 0 },
    { what: "refused packet, no WORKDIR", args: ["--task", refused], expected: 1 },
    { what: "refused packet, WORKDIR looked up", args: ["--task", refusedInPlace], expected: 1 },
  ];
  for (const { what, args, expected } of cases) {
    const comparison = await compare(
      () => runTimed([...product, ...args], { cwd: folder, env, expected }),
      () => runTimed(empty, { cwd: folder, env }),
      { rounds },
    );
    yield ratioRow(`${what} ÷ empty program`, comparison, { unit: "ms", bar: 1.25 });
  }
}

/** A mode that is none, an empty field, and four fields that are missing. */
const REFUSED = `MODE: builder
OBJECTIVE:

WRITE SCOPE:
- src/
`;
