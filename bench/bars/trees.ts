import * as path from "node:path";
import { type Bar, type Bench, ratioRow, type Row } from "../bar.ts";
import { compare, type Measure } from "../compare.ts";
import { gitFloor, STATUS } from "../git_floor.ts";
import { makeRepository } from "../make_repository.ts";
import { prepareDispatch } from "../prepare_dispatch.ts";
import { runTimed } from "../run_timed.ts";
import { writeCodex } from "../write_codex.ts";

/** Bar 2: what a dispatch costs on large trees, with a Codex that exits at once. */
export const trackedTrees: Bar = {
  number: 2,
  rounds: 7,
  measure: (bench) => measureTrees(bench, { ignored: 0, bar: 2 }),
};

/** Bar 3: the same with many ignored files. */
export const ignoredTrees: Bar = {
  number: 3,
  rounds: 7,
  measure: (bench) => measureTrees(bench, { ignored: 20_000, bar: 2.5 }),
};

/** Bar 4: what dirty files add, in time and in git processes. */
export const dirtyTrees: Bar = { number: 4, rounds: 7, measure: measureDirt };

const SIZES = [1_000, 10_000, 50_000];
const DIRTY = [0, 100, 1_000];

async function* measureTrees(
  bench: Bench,
  { ignored, bar }: { ignored: number; bar: number },
): AsyncGenerator<Row> {
  for (const files of SIZES) {
    const tree = await prepareTree(bench, { files, ignored });
    for (const dirty of DIRTY.filter((count) => count <= files)) {
      await tree.soil(dirty);
      const comparison = await compare(tree.dispatch, tree.floor, { rounds: bench.rounds });
      const more = ignored === 0 ? "" : `, ${ignored} ignored`;
      const what = `dispatch, ${files} files, ${dirty} dirty${more} ÷ 2 × git status + codex`;
      yield ratioRow(what, comparison, { unit: "ms", bar });
    }
    await Deno.remove(tree.repository, { recursive: true });
  }
}

async function* measureDirt(bench: Bench): AsyncGenerator<Row> {
  const tree = await prepareTree(bench, { files: 50_000, ignored: 0 });
  const withDirt = (count: number): Measure => async () => {
    await tree.soil(count);
    return await tree.dispatch();
  };
  const comparison = await compare(withDirt(1_000), withDirt(0), { rounds: bench.rounds });
  yield ratioRow("dispatch, 50000 files, 1000 dirty ÷ 0 dirty", comparison, { unit: "ms", bar: 1.4 });
  const seen: number[] = [];
  for (const dirty of [0, 1_000]) {
    await tree.soil(dirty);
    seen.push(await tree.countGit());
  }
  const [none = NaN, many = NaN] = seen;
  yield {
    kind: "measured",
    what: "git processes of a dispatch, 1000 dirty; and 0 dirty",
    ours: String(many),
    floor: String(none),
    value: String(many),
    bar: "≤ 8",
    held: many <= 8,
  };
}

interface Tree {
  readonly repository: string;
  readonly dispatch: Measure;
  readonly floor: Measure;
  /** Makes so many tracked files dirty, and the others clean. */
  readonly soil: (dirty: number) => Promise<void>;
  /** How many git processes a dispatch starts. */
  readonly countGit: () => Promise<number>;
}

async function prepareTree(
  bench: Bench,
  { files, ignored }: { files: number; ignored: number },
): Promise<Tree> {
  const { env, folder } = bench;
  const repository = path.join(folder, `repository-${files}`);
  await makeRepository(repository, { files, env });
  writeIgnored(repository, ignored);
  const codex = path.join(folder, "codex");
  await writeCodex(codex, { work: ":" });
  const prepared = await prepareDispatch(bench, { repository, codex });
  const dispatch = [...prepared.dispatch, "--allow-dirty-overlap"] as const;
  const place = { cwd: repository, env };
  const counter = await writeGitCounter(folder, env);
  return {
    repository,
    dispatch: () => runTimed(dispatch, place),
    floor: gitFloor(prepared.codex, place),
    soil: async (dirty) => {
      await runTimed(["git", "checkout", "--quiet", "--", "."], place);
      for (let number = 0; number < dirty; number++) {
        const file = path.join(repository, "src", `part${Math.floor(number / 100)}`, `file${number}.ts`);
        Deno.writeTextFileSync(file, "// changed\n", { append: true });
      }
      await runTimed(STATUS, place);
    },
    countGit: async () => {
      await Deno.writeTextFile(counter.log, "");
      await runTimed(dispatch, {
        cwd: repository,
        env: { ...env, PATH: `${counter.folder}:${env["PATH"] ?? ""}` },
      });
      return (await Deno.readTextFile(counter.log)).split("\n").length - 1;
    },
  };
}

/** Installed packages, say: small files in many folders. */
function writeIgnored(repository: string, count: number): void {
  if (count === 0) return;
  Deno.writeTextFileSync(path.join(repository, ".git", "info", "exclude"), "packages/\n");
  for (let number = 0; number < count; number++) {
    const folder = path.join(repository, "packages", `package${Math.floor(number / 50)}`, "lib");
    if (number % 50 === 0) Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(
      path.join(folder, `module${number}.js`),
      `module.exports = ${number};\n`.repeat(20),
    );
  }
}

/** A git in front of git that writes a line into a log for each of its starts. */
async function writeGitCounter(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<{ folder: string; log: string }> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", "command -v git"],
    env: { ...env },
    clearEnv: true,
  }).output();
  const [bin, log] = [path.join(folder, "counting"), path.join(folder, "git.log")];
  await Deno.mkdir(bin, { recursive: true });
  const script = `#!/bin/sh\necho x >>'${log}'\nexec ${new TextDecoder().decode(stdout).trim()} "$@"\n`;
  await Deno.writeTextFile(path.join(bin, "git"), script, { mode: 0o755 });
  return { folder: bin, log };
}
