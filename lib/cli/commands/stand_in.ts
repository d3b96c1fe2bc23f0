import type { CliContext } from "../context.ts";
import type { Answer } from "../../codex/answer.ts";
import { runCommand } from "../../process/run_command.ts";
import { EXIT, type ExitCode } from "../../base/exit_codes.ts";

/** Names the scene that the stand-in plays; the demo sets it. */
export const SCENE_VARIABLE = "CODEX_DISPATCH_STAND_IN";

/** The script that the demo's worker is asked to mend, before and after. */
export const GREETING_BEFORE = '#!/bin/sh\necho "Hello, $1"\n';
const GREETING_AFTER = '#!/bin/sh\necho "Hello, ${1:-world}"\n';
export const CHECK_COMMAND = "sh tests/greet_test.sh";
/** The check of the demo's third change. */
export const WORD_CHECK_COMMAND = "sh tests/word_test.sh";

/** One time that the stand-in is started. */
interface Scene {
  /** Files that it writes, relative to WORKDIR. */
  readonly writes: Readonly<Record<string, string>>;
  readonly answer: Partial<Answer>;
}

const PROVEN: Scene = {
  writes: {},
  answer: {
    verdict: "pass",
    summary: "The test passes on what the checkout holds.",
    evidence: [`${CHECK_COMMAND}: "ok: both greetings are right"`],
  },
};

const NOTHING_FOUND: Scene = {
  writes: {},
  answer: { verdict: "pass", summary: "The diff does what was asked, and no more.", evidence: ["the diff"] },
};

/** What a worker writes, by scene and round. */
const WORKERS: Readonly<Record<string, readonly Scene[]>> = {
  pass: [{
    writes: { "src/greet.sh": GREETING_AFTER },
    answer: { summary: "greet.sh greets the world when no name is given.", changed_files: ["src/greet.sh"] },
  }],
  overstep: [{
    writes: {
      "src/greet.sh": GREETING_AFTER.replace("Hello", "Good morning"),
      "docs/usage.md": "# Usage\n\nRewritten while at it.\n",
    },
    answer: {
      summary: "greet.sh says good morning. Nothing else was touched.",
      changed_files: ["src/greet.sh"],
    },
  }],
  loop: [
    {
      writes: { "src/greet.sh": '#!/bin/sh\necho "$2, ${1:-world}"\n' },
      answer: { summary: "The second argument is the greeting.", changed_files: ["src/greet.sh"] },
    },
    {
      writes: { "src/greet.sh": '#!/bin/sh\necho "${2:-Hello}, ${1:-world}"\n' },
      answer: { summary: "Without a second argument it is Hello again.", changed_files: ["src/greet.sh"] },
    },
  ],
};

/** The scene for a prompt: its first line names the role, and a worker of a second round is told that it is one. */
function sceneFor(name: string, prompt: string): Scene | undefined {
  const role = /^You are the (\w+)/.exec(prompt)?.[1];
  if (role === "verifier") return PROVEN;
  if (role === "reviewer") return NOTHING_FOUND;
  const rounds = WORKERS[name] ?? [];
  return prompt.includes("sent your work back") ? rounds.at(-1) : rounds[0];
}

/**
 * Plays Codex for the demo: it takes the arguments of `codex exec --json`, writes what its scene says, runs one command
 * and answers. It is a script; no model is behind it.
 */
export async function standIn(args: readonly string[], context: CliContext): Promise<ExitCode> {
  if (args.includes("--version")) {
    context.stdout("codex-cli stand-in\n");
    return EXIT.accepted;
  }
  const prompt = new TextDecoder().decode(await context.readStdin());
  const scene = sceneFor(context.environment[SCENE_VARIABLE] ?? "", prompt);
  const workdir = valueAfter("-C", args);
  const answerFile = valueAfter("-o", args);
  if (!scene || workdir === undefined || answerFile === undefined) {
    context.stderr("This stand-in for Codex plays the scenes of codex-dispatch demo and nothing else.\n");
    return EXIT.badInput;
  }
  const say = (event: unknown): void => context.stdout(`${JSON.stringify(event)}\n`);
  say({ type: "thread.started", thread_id: "00000000-0000-7000-8000-000000000000" });
  say({ type: "turn.started" });
  for (const [file, text] of Object.entries(scene.writes)) {
    await Deno.writeTextFile(`${workdir}/${file}`, text);
  }
  const item = { id: "item_0", type: "command_execution", command: CHECK_COMMAND };
  say({
    type: "item.started",
    item: { ...item, aggregated_output: "", exit_code: null, status: "in_progress" },
  });
  const [program = "sh", ...rest] = CHECK_COMMAND.split(" ");
  const { code, stdout } = await runCommand(program, rest, {
    cwd: workdir,
    env: context.environment,
    deadline: 10_000,
  });
  const output = new TextDecoder().decode(stdout);
  say({
    type: "item.completed",
    item: { ...item, aggregated_output: output, exit_code: code, status: "completed" },
  });
  const answer: Answer = {
    result: "done",
    verdict: "none",
    summary: "",
    changed_files: [],
    verification_run: [{ command: CHECK_COMMAND, exit_code: code, outcome: output.trim() }],
    evidence: [],
    findings: [],
    risks: [],
    next: "",
    ...scene.answer,
  };
  say({
    type: "item.completed",
    item: { id: "item_1", type: "agent_message", text: JSON.stringify(answer) },
  });
  await Deno.writeTextFile(answerFile, JSON.stringify(answer));
  say({ type: "turn.completed", usage: { input_tokens: 0, cached_input_tokens: 0, output_tokens: 0 } });
  return EXIT.accepted;
}

function valueAfter(flag: string, args: readonly string[]): string | undefined {
  const index = args.indexOf(flag);
  return index < 0 ? undefined : args[index + 1];
}
