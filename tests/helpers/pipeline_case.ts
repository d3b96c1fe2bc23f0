import assert from "node:assert/strict";
import { join } from "node:path";
import { withTools } from "./lean_path.ts";
import { type ProgramOutcome, runProgram, type StartedProgram, startProgram } from "./program.ts";
import { makeRepository, type TestRepository } from "./repository.ts";
import { answerWith, commandEvents } from "./scripted_codex.ts";
import { PRINTS_START, printsLines, STAND_IN_HEAD, writesAnswer } from "./stand_in_text.ts";
import { type PipelineState, PipelineStateSchema } from "../../lib/pipeline/state.ts";
import type { Summary } from "../../lib/pipeline/summary.ts";
import { shellQuoted } from "../../lib/base/shell_quoted.ts";

/** What a stand-in for Codex does when it is started in a role. */
export interface RoleScript {
  /** Shell commands that run in WORKDIR; `$PROMPT` is a file with the prompt. */
  readonly action?: string;
  /** Keys of the answer that differ from one that is done and passes; null for none. */
  readonly answer?: Readonly<Record<string, unknown>> | null;
  /** Input tokens that it says it used; null to say nothing of usage. */
  readonly tokens?: number | null;
  readonly events?: readonly unknown[];
  readonly exit?: number;
}

/** By role: what it does the first time, the second time and so on; the last is what it goes on doing. */
export type RoleScripts = Readonly<
  Partial<Record<"worker" | "verifier" | "reviewer" | "synthesizer", readonly RoleScript[]>>
>;

export interface PipelineCase extends AsyncDisposable {
  readonly repository: TestRepository;
  /** The stand-in. */
  readonly codex: string;
  /** Runs `codex-dispatch pipeline …` with the stand-in. */
  readonly pipeline: (...args: readonly string[]) => Promise<ProgramOutcome>;
  /** The same, for a test that does something to it while it runs. */
  readonly start: (...args: readonly string[]) => Promise<StartedProgram>;
  /** The prompts that a role was given, the first first. */
  readonly prompts: (role: keyof RoleScripts) => Promise<string[]>;
}

export interface PipelineOutcome extends ProgramOutcome {
  readonly summary: Summary;
  readonly state: PipelineState;
  /** Status by stage. */
  readonly statuses: Readonly<Record<string, string>>;
}

/**
 * A repository, and a stand-in for Codex that plays its part by the role that its prompt names.
 *
 * @param tools what the commands of its pipelines call beyond the usual
 */
export async function makePipelineCase(
  scripts: RoleScripts,
  files?: Readonly<Record<string, string>>,
  tools: readonly string[] = [],
): Promise<PipelineCase> {
  const bare = await makeRepository(files);
  const repository = {
    ...bare,
    env: await withTools(bare.env, join(bare.home, "tools"), [...COMMAND_TOOLS, ...tools]),
  };
  const folder = join(repository.home, "roles");
  await Deno.mkdir(folder);
  for (const [role, list] of Object.entries(scripts)) {
    for (const [index, script] of list.entries()) {
      await Deno.writeTextFile(join(folder, `${role}.${index + 1}.sh`), roleText(script));
    }
    await Deno.writeTextFile(join(folder, `${role}.most`), String(list.length));
  }
  const codex = join(repository.home, "codex-by-role");
  await Deno.writeTextFile(codex, standInText(folder), { mode: 0o755 });
  const options = { env: repository.env, cwd: repository.root };
  const whole = (args: readonly string[]): string[] => [
    "pipeline",
    ...args,
    ...CODEX_COMMANDS.includes(args[0] ?? "") ? ["--codex", codex, "--force"] : [],
  ];
  return {
    repository,
    codex,
    pipeline: (...args) => runProgram(whole(args), options),
    start: (...args) => startProgram(whole(args), options),
    prompts: async (role) => {
      const prompts: string[] = [];
      for (let at = 1;; at++) {
        const text = await Deno.readTextFile(join(folder, `${role}.prompt.${at}`)).catch(() => undefined);
        if (text === undefined) return prompts;
        prompts.push(text);
      }
    },
    [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose](),
  };
}

/** Runs a pipeline file, and reads what came of it. */
export async function runPipelineFile(
  { repository, pipeline }: PipelineCase,
  text: string,
  ...args: readonly string[]
): Promise<PipelineOutcome> {
  const file = join(repository.home, "pipeline.yaml");
  await Deno.writeTextFile(file, text);
  return await readOutcome(
    await pipeline("run", file, "--input", `workdir=${repository.root}`, "--json", ...args),
  );
}

/** What a pipeline that was run with `--json` left. */
export async function readOutcome(outcome: ProgramOutcome): Promise<PipelineOutcome> {
  assert.match(outcome.stdout, /^\{/, `no document: ${outcome.stdout}\n${outcome.stderr}`);
  const summary: Summary = JSON.parse(outcome.stdout);
  assert.ok(summary.pipeline_dir, `no summary: ${outcome.stdout}\n${outcome.stderr}`);
  const text = await Deno.readTextFile(join(summary.pipeline_dir, "state.json"));
  const state = PipelineStateSchema.parse(JSON.parse(text));
  return {
    ...outcome,
    summary,
    state,
    statuses: Object.fromEntries(state.stages.map(({ id, status }) => [id, status])),
  };
}

/**
 * A pipeline file with the tree that it works in as its input.
 *
 * @param stages as they stand in the file
 * @param more what else stands before them: further inputs, then other keys
 */
export function pipelineText(stages: string, more = ""): string {
  return `version: 1
name: case
inputs:
  workdir: { type: path, required: true }
${more}stages:
${stages}`;
}

/** A stage of such a file, whose worker is to write src/two.txt. */
export function implementStage(scope = "src/"): string {
  return `  - id: implement
    mode: worker
    objective: Write src/two.txt.
    write_scope: [${scope}]
`;
}

/** A worker that does so. */
export const WRITES_TWO = {
  action: "echo two >src/two.txt",
  answer: { changed_files: ["src/two.txt"] },
} as const satisfies RoleScript;

/** An answer of a verifier or reviewer that has nothing against it. */
export const PASS: RoleScript = {
  answer: { verdict: "pass", evidence: ["it printed: ok"] },
  events: commandEvents("true", 0),
};

/** What commands of pipelines in tests call. */
const COMMAND_TOOLS = [
  "cat",
  "cp",
  "echo",
  "grep",
  "ls",
  "mkdir",
  "mv",
  "printf",
  "rm",
  "sed",
  "sh",
  "sleep",
  "touch",
  "wc",
];

const CODEX_COMMANDS = ["run", "resume"];

function roleText({ action = ":", answer = {}, events = [], tokens = 10, exit = 0 }: RoleScript): string {
  const usage = tokens === null ? {} : { usage: { input_tokens: tokens, output_tokens: 0 } };
  return [
    PRINTS_START,
    `(\n${action}\n)\n`,
    printsLines(...events),
    writesAnswer(answer && answerWith(answer)),
    printsLines({ type: "turn.completed", ...usage }),
    `exit ${exit}\n`,
  ].join("");
}

/** Which time it is that a role is started is counted by folders: to make one is to count. */
function standInText(folder: string): string {
  return `${STAND_IN_HEAD}FOLDER=${shellQuoted(folder)}
TEXT=$(cat; echo x)
ROLE=$(printf '%s' "$TEXT" | sed -n '1s/^You are the \\([a-z]*\\) .*/\\1/p')
AT=1
until mkdir "$FOLDER/$ROLE.count.$AT" 2>/dev/null; do AT=$((AT + 1)); done
PROMPT=$FOLDER/$ROLE.prompt.$AT
printf '%s' "\${TEXT%x}" >"$PROMPT"
MOST=$(cat "$FOLDER/$ROLE.most")
[ "$AT" -le "$MOST" ] || AT=$MOST
export ANSWER PROMPT
. "$FOLDER/$ROLE.$AT.sh"
`;
}
