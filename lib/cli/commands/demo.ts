import * as path from "node:path";
import { dispatchCommand } from "./dispatch.ts";
import { CHECK_COMMAND, GREETING_BEFORE, SCENE_VARIABLE } from "./stand_in.ts";
import type { CliContext } from "../context.ts";
import { runCommand } from "../../process/run_command.ts";
import { refusal } from "../../base/errors.ts";
import { EXIT, type ExitCode } from "../../base/exit_codes.ts";

interface DemoFlags {
  /** Codex to use instead of the stand-in; true to look for it on PATH. */
  readonly codex?: string | true;
  readonly keep?: true;
}

interface Act {
  readonly title: string;
  readonly scene: string;
  readonly packet: (workdir: string) => string;
  readonly expected: ExitCode;
  readonly after: readonly string[];
}

/**
 * Dispatches a worker, a verifier and a worker that oversteps its scope in a temporary repository, to a scripted
 * stand-in for Codex. With `--codex` the first two go to the user's own. Ends with 0 if every verdict was the right one.
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
    for (const [index, act] of (own ? ACTS.slice(0, 2) : ACTS).entries()) {
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
  act: Act,
  { number, folder, repository, codex, context, say }: Stage,
): Promise<boolean> {
  const file = path.join(folder, `${number}-${act.scene}.md`);
  const packet = act.packet(repository);
  await Deno.writeTextFile(file, packet);
  say(`── ${number}. ${act.title} ${"─".repeat(Math.max(0, 66 - act.title.length))}\n`);
  say(indent(packet.trimEnd()));
  say(`\n$ codex-dispatch --task ${path.basename(file)}`);
  let output = "";
  const environment = {
    ...context.environment,
    [SCENE_VARIABLE]: act.scene,
    // Nothing of the demo is left on the machine.
    XDG_STATE_HOME: path.join(folder, "state"),
  };
  const exit = await dispatchCommand(
    file,
    { force: true, ...(typeof codex === "string" ? { codex } : {}) },
    { ...context, environment, stdout: (text) => output += text },
  );
  const runDir = output.trim();
  say(indent(await showRun(runDir)));
  for (const line of act.after) say(line);
  say("");
  if (act.expected === EXIT.accepted) await commit(repository, act.title, context);
  return exit === act.expected;
}

/** The names of the artifacts, and the part of policy.json that decides. */
async function showRun(runDir: string): Promise<string> {
  const names = [...Deno.readDirSync(runDir)].map((entry) => entry.name).sort();
  const policy = JSON.parse(await Deno.readTextFile(path.join(runDir, "policy.json")));
  const { policy_violation, scope_ok, exit_code, violations, changes } = policy;
  const decisive = JSON.stringify({ policy_violation, scope_ok, exit_code, violations, changes }, null, 2);
  return `artifacts: ${names.join("  ")}\n\npolicy.json: ${decisive}`;
}

function indent(text: string): string {
  return text.split("\n").map((line) => line === "" ? "" : `    ${line}`).join("\n");
}

const ACTS: readonly Act[] = [
  {
    title: "A worker mends a script inside its scope",
    scene: "worker",
    packet: (workdir) =>
      packetText(workdir, {
        mode: "worker",
        objective: "src/greet.sh greets the world when it is given no name.",
        scope: "src/",
        nonGoals: "Do not change the test.",
        deliverable: "The changed script and the output of the test.",
      }),
    expected: EXIT.accepted,
    after: [
      "Accepted: what changed lies in the scope, and Codex's answer is valid. The change is committed.",
    ],
  },
  {
    title: "A verifier proves it without writing",
    scene: "verifier",
    packet: (workdir) =>
      packetText(workdir, {
        mode: "verifier",
        objective: "Verify that src/greet.sh greets the world when it is given no name.",
        scope: "none",
        nonGoals: "Do not change any file.",
        deliverable: "Whether the claim holds, with the line of output that decides.",
      }),
    expected: EXIT.accepted,
    after: ["Accepted: nothing changed, and the verdict rests on a command that was seen to run."],
  },
  {
    title: "A worker oversteps its scope, and says it did not",
    scene: "overstep",
    packet: (workdir) =>
      packetText(workdir, {
        mode: "worker",
        objective: "src/greet.sh says good morning.",
        scope: "src/",
        nonGoals: "Do not touch the documentation.",
        deliverable: "The changed script.",
      }),
    expected: EXIT.violation,
    after: [
      "Caught: docs/usage.md changed outside of the scope, whatever the answer claims. Exit status 3: do not accept.",
    ],
  },
];

interface PacketTexts {
  readonly mode: string;
  readonly objective: string;
  readonly scope: string;
  readonly nonGoals: string;
  readonly deliverable: string;
}

function packetText(workdir: string, { mode, objective, scope, nonGoals, deliverable }: PacketTexts): string {
  return `MODE: ${mode}
WORKDIR: ${workdir}
OBJECTIVE: ${objective}

WRITE SCOPE:
- ${scope}

NON-GOALS:
- ${nonGoals}

VERIFICATION:
- ${CHECK_COMMAND}

DELIVERABLE:
- ${deliverable}
`;
}

async function makeRepository(repository: string, context: CliContext): Promise<void> {
  const files = {
    "src/greet.sh": GREETING_BEFORE,
    "tests/greet_test.sh": `set -e
[ "$(sh src/greet.sh you | cut -d, -f2)" = " you" ]
[ "$(sh src/greet.sh | cut -d, -f2)" = " world" ]
echo "ok: both greetings are right"
`,
    "docs/usage.md": "# Usage\n\n    sh src/greet.sh [NAME]\n",
  };
  for (const [file, text] of Object.entries(files)) {
    await Deno.mkdir(path.dirname(path.join(repository, file)), { recursive: true });
    await Deno.writeTextFile(path.join(repository, file), text);
  }
  await git(repository, ["init", "--quiet"], context);
  await commit(repository, "A greeter", context);
}

async function commit(repository: string, message: string, context: CliContext): Promise<void> {
  await git(repository, ["add", "--all"], context);
  const author = [
    "-c",
    "user.name=demo",
    "-c",
    "user.email=demo@example.invalid",
    "-c",
    "commit.gpgSign=false",
  ];
  await git(
    repository,
    [...author, "commit", "--quiet", "--allow-empty", "--no-verify", "-m", message],
    context,
  );
}

async function git(cwd: string, args: readonly string[], context: CliContext): Promise<void> {
  const kept = Object.entries(context.environment).filter(([name]) => !name.startsWith("GIT_"));
  try {
    const { code, stderr } = await runCommand("git", args, {
      cwd,
      env: Object.fromEntries(kept),
      deadline: 30_000,
    });
    if (code !== 0) {
      throw refusal("git-failed", `git ${args[0]} failed in the demo: ${new TextDecoder().decode(stderr)}`);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw refusal("git-missing", "git was not found on PATH. Install git 2.30 or newer.", { cause: error });
  }
}

/** A program that starts codex-dispatch itself as the stand-in. On Windows a .cmd file, untested there. */
async function writeStandIn(folder: string, context: CliContext): Promise<string> {
  if (Deno.build.os === "windows") {
    const file = path.join(folder, "codex.cmd");
    await Deno.writeTextFile(file, `@${context.self.map((part) => `"${part}"`).join(" ")} stand-in %*\r\n`);
    return file;
  }
  const file = path.join(folder, "codex-stand-in");
  const quoted = context.self.map((part) => `'${part.replaceAll("'", `'\\''`)}'`).join(" ");
  await Deno.writeTextFile(file, `#!/bin/sh\nexec ${quoted} stand-in "$@"\n`, { mode: 0o755 });
  return file;
}
