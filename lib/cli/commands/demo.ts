import * as path from "node:path";
import { pipelineRun } from "./pipeline/run.ts";
import { CHECK_COMMAND, SCENE_VARIABLE, WORD_CHECK_COMMAND } from "./stand_in.ts";
import type { CliContext } from "../context.ts";
import { commit, makeRepository, throwAway, writeStandIn } from "../demo_repository.ts";
import { toolPath } from "../../process/tool_path.ts";
import { showDuration } from "../../base/durations.ts";
import { EXIT, type ExitCode } from "../../base/exit_codes.ts";
import type { Summary } from "../../pipeline/summary.ts";

interface DemoFlags {
  /** Codex to use instead of the stand-in; true to look for it on PATH. */
  readonly codex?: string | true;
  readonly keep?: true;
}

interface Act {
  readonly title: string;
  readonly scene: string;
  readonly objective: string;
  readonly checks: readonly string[];
  readonly expected: ExitCode;
  readonly after: string;
}

const ACTS: readonly Act[] = [
  {
    title: "A change that nobody has to take on trust",
    scene: "pass",
    objective: "src/greet.sh greets the world when it is given no name.",
    checks: [CHECK_COMMAND],
    expected: EXIT.accepted,
    after: "Passed: the scope was kept, the check ran without any agent, the verifier proved it in a\n" +
      "checkout of its own, and the reviewer found nothing. The change is committed.",
  },
  {
    title: "A worker that oversteps its scope, and says it did not",
    scene: "overstep",
    objective: "src/greet.sh says good morning.",
    checks: [CHECK_COMMAND],
    expected: EXIT.gate,
    after: "Caught: docs/usage.md changed outside of the scope, whatever the answer claims. Nothing after\n" +
      "it was started. The change is thrown away.",
  },
  {
    title: "A check that fails, and a second round that mends it",
    scene: "loop",
    objective: "src/greet.sh takes the greeting as its second argument.",
    checks: [CHECK_COMMAND, WORD_CHECK_COMMAND],
    expected: EXIT.accepted,
    after: "Converged: the check's output went back to the worker, and its second round passed every gate.",
  },
];

/**
 * Takes three changes through the built-in pipeline cross-check in a temporary repository, with a scripted stand-in for Codex: one
 * passes, one is caught, one is sent back and mended. With `--codex` the first goes to the user's own. Ends with 0 if every
 * verdict was the right one.
 */
export async function demoCommand(flags: DemoFlags, context: CliContext): Promise<ExitCode> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "codex-dispatch-demo-" }));
  const say = (text: string): void => context.stdout(`${text}\n`);
  try {
    const repository = path.join(folder, "greeter");
    await makeRepository(repository, context);
    const own = flags.codex !== undefined;
    const codex = own ? flags.codex : await writeStandIn(folder, context);
    say("codex-dispatch demo");
    say(
      own
        ? "Codex is your own: this costs tokens."
        : "Codex is played by a scripted stand-in that is built in. No model is asked.",
    );
    say(`The repository is ${repository}\n`);
    const results: boolean[] = [];
    for (const [index, act] of (own ? ACTS.slice(0, 1) : ACTS).entries()) {
      results.push(await playAct(act, { number: index + 1, folder, repository, codex, context, say }));
    }
    const right = results.every(Boolean);
    say(right ? "Every verdict was the one to be expected." : "A verdict was not the one to be expected.");
    if (flags.keep) say(`Everything is left in ${folder}`);
    return right ? EXIT.accepted : EXIT.gate;
  } finally {
    if (!flags.keep) await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}

interface Stage {
  readonly number: number;
  readonly folder: string;
  readonly repository: string;
  readonly codex: string | true | undefined;
  readonly context: CliContext;
  readonly say: (text: string) => void;
}

async function playAct(
  { title, scene, objective, checks, expected, after }: Act,
  { number, folder, repository, codex, context, say }: Stage,
): Promise<boolean> {
  say(`── ${number}. ${title} ${"─".repeat(Math.max(0, 66 - title.length))}\n`);
  const input = [
    `workdir=${repository}`,
    `objective=${objective}`,
    "scope=src/",
    ...checks.map((check) => `checks=${check}`),
  ];
  say(
    `$ codex-dispatch pipeline run cross-check \\\n${
      input.map((each) => `    --input ${each.includes(" ") ? `"${each}"` : each}`).join(" \\\n")
    }`,
  );
  let output = "";
  const environment = {
    ...context.environment,
    // What checks its project are shell scripts.
    PATH: toolPath(context.environment),
    [SCENE_VARIABLE]: scene,
    // Nothing of the demo is left on the machine.
    XDG_STATE_HOME: path.join(folder, "state"),
  };
  const flags = { input, force: true, ...(typeof codex === "string" ? { codex } : {}) };
  const exit = await pipelineRun("cross-check", flags, {
    ...context,
    cwd: repository,
    environment,
    stdout: (text) => output += text,
  });
  say(`\n${await showSummary(output.trim())}\n\n${after}\n`);
  if (expected === EXIT.accepted) await commit(repository, title, context);
  else await throwAway(repository, context);
  return exit === expected;
}

/** The stages of summary.json, a line each. */
async function showSummary(folder: string): Promise<string> {
  const { stages }: Summary = JSON.parse(await Deno.readTextFile(path.join(folder, "summary.json")));
  return stages.map(({ id, status, verdict, round, duration_ms: ms }) => {
    const facts = [
      ...(round > 1 ? [`round ${round}`] : []),
      ...(verdict === null || verdict === "none" ? [] : [`verdict ${verdict}`]),
      ...(status === "skipped" ? [] : [showDuration(ms)]),
    ];
    return `    ${id.padEnd(10)} ${status.padEnd(9)} ${facts.join(", ")}`.trimEnd();
  }).join("\n");
}
