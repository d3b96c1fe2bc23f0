import assert from "node:assert/strict";
import { join } from "node:path";
import { appears } from "../helpers/detaching.ts";
import {
  implementStage,
  makePipelineCase,
  PASS,
  type PipelineCase,
  pipelineText,
} from "../helpers/pipeline_case.ts";
import { assertNothingLives, type StartedProgram } from "../helpers/program.ts";
import { PolicySchema } from "../../lib/records/policy.ts";
import { ResultSchema } from "../../lib/records/result.ts";
import { type PipelineState, PipelineStateSchema } from "../../lib/pipeline/state.ts";

/** How many pipelines are killed, and how many side by side. `CODEX_DISPATCH_PIPELINE_KILLS` asks for more. */
const KILLS = Number(Deno.env.get("CODEX_DISPATCH_PIPELINE_KILLS") ?? 4);
const SIDE_BY_SIDE = 2;

const PIPELINE = pipelineText(
  implementStage() + `  - id: checks
    run:
      - grep -q two src/two.txt
      - test "$(wc -l <src/log.txt)" -eq 2
    on_fail: { return_to: implement, at_most: 2 }
  - id: verify
    mode: verifier
    include: [implement.result, implement.diff]
    objective: Prove that src/two.txt was written.
  - id: review
    mode: reviewer
    include: [implement.diff, verify.result]
    objective: Review the diff.
    on_fail: { return_to: implement, at_most: 2 }
`,
);

const FILES = { "README.md": "A repository.\n", "src/log.txt": "first\n", "src/gone.txt": "gone\n" };

/** Each of its steps would show if it were done twice, or by halves. It leaves something behind that would live on. */
const WORKER = `touch "$PROMPT.begun"; setsid sleep 300 &
echo once >>src/log.txt; sleep 0.05; mv src/gone.txt src/moved.txt; mkdir src/deep; sleep 0.05
ln -s ../two.txt src/deep/link; echo two >src/two.txt; chmod +x src/two.txt; sleep 0.05`;

const SCRIPTS = {
  worker: [{ action: WORKER, answer: { changed_files: ["src/two.txt"] } }],
  verifier: [PASS],
  reviewer: [PASS],
};

const ORIGINAL = { "gone.txt": "gone\n", "log.txt": "first\n" };

Deno.test(`killed at ${KILLS} moments and resumed until they end, pipelines come to what they come to undisturbed`, async () => {
  // The first one takes longer.
  await undisturbedRun();
  const undisturbed = await undisturbedRun();
  const counts = { early: 0, worker: 0, later: 0, ended: 0, again: 0 };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, async (_, part) => {
    for (let index = part; index < KILLS; index += SIDE_BY_SIDE) {
      let share = (index + Math.random()) / KILLS;
      // One that ended before was no kill: the machine is less busy than it was.
      while (!await killAndResume(share, { index, undisturbed, counts })) share *= 0.8;
    }
  }));
  console.log(
    `killed before there was a state: ${counts.early}, with the worker under way: ${counts.worker}, later: ${counts.later}, ` +
      `while it was resumed: ${counts.again}; ended before they were killed: ${counts.ended}`,
  );
  assert.ok(counts.worker > 0, "none was killed with its worker under way");
});

type Counts = Record<"early" | "worker" | "later" | "again" | "ended", number>;

interface Undisturbed {
  /** Milliseconds. */
  readonly time: number;
  readonly result: unknown;
}

async function undisturbedRun(): Promise<Undisturbed> {
  await using given = await makePipelineCase(SCRIPTS, FILES);
  await using running = await begun(given);
  const started = performance.now();
  const ended = await running.outcome;
  const time = performance.now() - started;
  assert.equal(ended.code, 0, ended.stderr);
  return { time, result: await resultOf(given) };
}

/** Whether it was killed before it ended by itself. */
async function killAndResume(
  share: number,
  { index, undisturbed, counts }: {
    readonly index: number;
    readonly undisturbed: Undisturbed;
    readonly counts: Counts;
  },
): Promise<boolean> {
  await using given = await makePipelineCase(SCRIPTS, FILES);
  const patches = new Map<string, unknown>();
  let running = await begun(given);
  // Each third one is killed while its worker works; the others anywhere, from the start to a little beyond the end.
  const isInWorker = index % 3 === 0;
  if (isInWorker) await appears(join(given.repository.home, "roles", "worker.prompt.1.begun"));
  let after = isInWorker ? 250 * share : 1.05 * undisturbed.time * share;
  let kills = 0;
  for (;; kills++) {
    const isKilled = await killedAfter(running, after);
    await assertNothingLives(given.repository.env);
    readAllJson(given);
    const state = keptState(given);
    if (!isKilled || state?.status === "passed" && existsInFolder(given, "summary.md")) {
      if (kills === 0) counts.ended++;
      break;
    }
    if (state === undefined) {
      counts.early++;
      const resumed = await given.pipeline("resume", "last");
      assert.equal(resumed.code, 1, resumed.stderr);
      assert.match(resumed.stderr, /before its first stage|(holds .*|are no )pipelines/);
      assert.equal(await given.repository.git("status", "--porcelain"), "");
      running = await begun(given);
    } else {
      const worker = state.stages.find(({ id }) => id === "implement");
      if (kills > 0) counts.again++;
      else if (worker?.status === "running") counts.worker++;
      else counts.later++;
      const left = JSON.stringify(contentOf(join(given.repository.root, "src")));
      if (worker?.status === "running" && left !== JSON.stringify(ORIGINAL)) {
        const earlier = state.attempts.filter(({ status }) => status === "interrupted").length;
        patches.set(earlier === 0 ? "interrupted.patch" : `interrupted-${earlier + 1}.patch`, left);
      }
      running = await given.start("resume", "last", "--json");
    }
    // It is killed again and again, less and less often.
    after = Math.random() < 0.6 - 0.2 * kills ? undisturbed.time * Math.random() : Infinity;
  }
  assertRunsAreWhole(given);
  const ended = await running.outcome;
  const said = `moment ${index}: ${ended.stdout}${ended.stderr}`;
  assert.deepEqual(await resultOf(given), undisturbed.result, said);
  await assertPatches(given, patches);
  return kills > 0;
}

/** Starts the pipeline. */
async function begun({ repository, start }: PipelineCase): Promise<StartedProgram> {
  const file = join(repository.home, "pipeline.yaml");
  await Deno.writeTextFile(file, PIPELINE);
  return await start("run", file, "--input", `workdir=${repository.root}`, "--json");
}

/** Kills it after some milliseconds; false if it ended before. */
async function killedAfter({ child, outcome }: StartedProgram, ms: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const moment = new Promise<void>((resolve) => {
    if (ms !== Infinity) timer = setTimeout(resolve, ms);
  });
  await Promise.race([moment, outcome]);
  clearTimeout(timer);
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
  return (await child.status).signal === "SIGKILL";
}

/** What a pipeline came to, without what differs from run to run, and with all that must not be left behind. */
async function resultOf(given: PipelineCase): Promise<unknown> {
  const { repository } = given;
  const state = keptState(given);
  const summary = JSON.parse(Deno.readTextFileSync(join(folderOf(given) ?? "", "summary.json")));
  const last = async (role: "worker" | "verifier" | "reviewer"): Promise<string> =>
    ((await given.prompts(role)).at(-1) ?? "").replaceAll(repository.root, "ROOT")
      .replace(/\/\S+\/checkouts\/\w+\//g, "CHECKOUT/").replace(/\/tmp\/dispatch-repository-\w+/g, "BASE");
  return {
    status: state?.status,
    exit: state?.exit_code,
    returns: state?.returns,
    stages: state?.stages,
    passed: state?.attempts.filter(({ status }) => status !== "interrupted")
      .map(({ stage, round, status, reasons }) => ({ stage, round, status, reasons })),
    summary: { status: summary.status, accepted: summary.accepted, changes: summary.changes },
    isWholeState: existsInFolder(given, "state.json") && existsInFolder(given, "summary.md"),
    tree: contentOf(repository.root),
    git: await repository.git("status", "--porcelain"),
    worker: await last("worker"),
    verifier: await last("verifier"),
    reviewer: await last("reviewer"),
    left: leftOf(given),
  };
}

/** Every run has its verdict, and one whose process was killed is no accepted one. */
function assertRunsAreWhole({ repository }: PipelineCase): void {
  const runs = join(repository.root, ".codex-dispatch", "runs");
  for (const name of namesIn(runs).filter((each) => !each.startsWith("."))) {
    const read = (file: string): unknown => JSON.parse(Deno.readTextFileSync(join(runs, name, file)));
    const policy = PolicySchema.parse(read("policy.json"));
    const { status, accepted } = ResultSchema.parse(read("result.json"));
    assert.ok(["accepted", "interrupted"].includes(status), `${name} is ${status}`);
    assert.deepEqual([accepted, policy.exit_code === 0], Array(2).fill(status === "accepted"), name);
  }
}

/** What the patches hold, laid over what was there at first, is what was there when it was killed. */
async function assertPatches(given: PipelineCase, patches: ReadonlyMap<string, unknown>): Promise<void> {
  for (const [name, left] of patches) {
    const copy = join(given.repository.home, `copy-of-${name}`);
    await given.repository.git("clone", "-q", given.repository.root, copy);
    await given.repository.git("-C", copy, "apply", join(folderOf(given) ?? "", name));
    assert.equal(JSON.stringify(contentOf(join(copy, "src"))), left, name);
  }
  const names = [...Deno.readDirSync(folderOf(given) ?? "")].map(({ name }) => name);
  assert.deepEqual(names.filter((name) => name.endsWith(".patch")).sort(), [...patches.keys()].sort());
}

/** Files and links of a folder, by their names: permission to run, and what they hold. */
function contentOf(folder: string, prefix = ""): Record<string, string> {
  const content: Record<string, string> = {};
  const entries = [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name, isDirectory, isSymlink } of entries) {
    const file = join(folder, name);
    if (prefix === "" && (name === ".git" || name === ".codex-dispatch")) continue;
    if (isDirectory) Object.assign(content, contentOf(file, `${prefix}${name}/`));
    else if (isSymlink) content[prefix + name] = `link to ${Deno.readLinkSync(file)}`;
    else {
      const isProgram = ((Deno.lstatSync(file).mode ?? 0) & 0o100) !== 0;
      content[prefix + name] = `${isProgram ? "program " : ""}${Deno.readTextFileSync(file)}`;
    }
  }
  return content;
}

/** What lies where nothing should: checkouts, scratch folders, locks, half-written files. */
function leftOf(given: PipelineCase): string[] {
  const state = stateFolderOf(given);
  return [
    // A folder that was just being made bears no name yet, and is swept away when it is older.
    ...["locks", "live"].flatMap((folder) => namesIn(join(state, folder)))
      .filter((name) => !name.startsWith(".new-")),
    ...namesIn(join(state, "pipelines", idOf(given) ?? "")).filter((name) => /\.new|\.old|\.tmp/.test(name)),
    ...namesIn(folderOf(given) ?? "").filter((name) => name.startsWith(".")),
    ...namesIn(join(given.repository.root, ".codex-dispatch", "runs")).filter((name) => name.startsWith(".")),
  ];
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch {
    return [];
  }
}

/** The state that counts; undefined if there is none yet. */
function keptState(given: PipelineCase): PipelineState | undefined {
  const file = join(stateFolderOf(given), "pipelines", idOf(given) ?? "", "state.json");
  try {
    return PipelineStateSchema.parse(JSON.parse(Deno.readTextFileSync(file)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function existsInFolder(given: PipelineCase, name: string): boolean {
  return namesIn(folderOf(given) ?? "").includes(name);
}

function folderOf(given: PipelineCase): string | undefined {
  const id = idOf(given);
  return id && join(given.repository.root, ".codex-dispatch", "pipelines", id);
}

/** The last pipeline that was begun. */
function idOf(given: PipelineCase): string | undefined {
  return namesIn(join(given.repository.root, ".codex-dispatch", "pipelines")).sort().at(-1);
}

function stateFolderOf({ repository }: PipelineCase): string {
  return join(repository.env["XDG_STATE_HOME"] ?? "", "codex-dispatch");
}

/** Every document of ours can be read, whatever was being written. */
function readAllJson(given: PipelineCase): void {
  for (const root of [join(given.repository.root, ".codex-dispatch"), stateFolderOf(given)]) {
    for (const file of filesBelow(root).filter((each) => each.endsWith(".json"))) {
      const text = Deno.readTextFileSync(file);
      assert.doesNotThrow(() => JSON.parse(text), `${file} holds ${JSON.stringify(text)}`);
    }
  }
}

function filesBelow(folder: string): string[] {
  return namesIn(folder).flatMap((name) => {
    const file = join(folder, name);
    return Deno.lstatSync(file).isDirectory ? filesBelow(file) : [file];
  });
}
