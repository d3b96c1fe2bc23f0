// Longer than usual: every way in which a run with the real Codex can end, and the quota, share the helpers below.
import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  type ModelServer,
  type ModelStep,
  scriptedModel,
  startModelServer,
} from "../helpers/model_server.ts";
import { type ProgramOutcome, runProgram, startProgram } from "../helpers/program.ts";
import { realCodex } from "../helpers/real_codex.ts";
import { makeRepository, type PacketFields, type TestRepository } from "../helpers/repository.ts";
import type { Answer } from "../../lib/codex/answer.ts";
import { type Policy, PolicySchema } from "../../lib/records/policy.ts";
import { type Result, ResultSchema } from "../../lib/records/result.ts";

Deno.test("a worker that runs commands and patches a file in its scope is accepted", async () => {
  await using repository = await makeRepository();
  await using server = await startModelServer([
    { kind: "command", cmd: "cat src/one.txt" },
    { kind: "command", cmd: "exit 7" },
    addFile("src/two.txt", "two"),
    answered({ changed_files: ["src/two.txt"], summary: "Added the second file." }),
  ]);
  const packet: PacketFields = { objective: "Add the second file.", more: 'CONTEXT: `ü`, "quoted"' };
  const run = await dispatch({ repository, server, packet });

  assert.equal(run.code, 0, run.stderr);
  const { result, policy } = run;
  assert.equal(result.status, "accepted");
  assert.deepEqual(policy.violations, []);
  assert.deepEqual(policy.changes, [{ path: "src/two.txt", change: "added", in_scope: true }]);
  assert.equal(await Deno.readTextFile(join(repository.root, "src/two.txt")), "two\n");
  assert.equal(result.codex_version, "0.169.0");
  assert.equal(result.codex_exit_code, 0);
  assert.deepEqual(result.usage, {
    input_tokens: 400,
    cached_input_tokens: 40,
    cache_write_input_tokens: 0,
    output_tokens: 80,
    reasoning_output_tokens: 20,
  });
  assert.deepEqual(result.commands.map((seen) => seen.exit_code), [0, 7]);
  assert.match(result.commands[0]?.command ?? "", /cat src\/one\.txt/);
  assert.deepEqual(
    result.answer,
    answer({ changed_files: ["src/two.txt"], summary: "Added the second file." }),
  );
  const events = (await run.read("events.jsonl")).trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(result.thread_id, events[0].thread_id);
  assert.equal(events.at(-1).type, "turn.completed");
  assert.equal(await run.read("task.md"), run.packet);
  assertPromptArrived(server, await run.read("prompt.md"), run.packet);
});

Deno.test("events.jsonl is byte for byte what Codex printed", async () => {
  await using repository = await makeRepository();
  await using server = await startModelServer([
    { kind: "command", cmd: `printf 'a\\377b\\n"ü"\\t'; seq 20000` },
    answered({ verdict: "none" }),
  ]);
  const copy = join(repository.home, "copy.jsonl");
  const recorder = await writeScript(
    join(repository.home, "codex recorder"),
    `set -o pipefail
[ "$1" = exec ] || exec '${await realCodex()}' "$@"
'${await realCodex()}' "$@" | tee '${copy}'`,
  );
  const run = await dispatch({ repository, server, codex: recorder });

  assert.equal(run.code, 0, run.stderr);
  const events = await run.read("events.jsonl");
  assert.ok(events.length > 80_000, `${events.length} characters`);
  assert.equal(events, await Deno.readTextFile(copy));
});

Deno.test("a verifier that writes nothing is accepted with its verdict", async () => {
  await using repository = await makeRepository();
  await using server = await startModelServer([
    { kind: "command", cmd: "git status --short && cat src/one.txt" },
    answered({ verdict: "pass", evidence: ["src/one.txt holds one"] }),
  ]);
  const run = await dispatch({ repository, server, packet: { mode: "verifier" } });

  assert.equal(run.code, 0, run.stderr);
  assert.equal(run.result.answer?.verdict, "pass");
  assert.deepEqual(run.policy.changes, []);
  assert.equal(await repository.git("status", "--porcelain"), "");
});

for (
  const { verdict, code, status } of [
    { verdict: "pass", code: 0, status: "accepted" },
    { verdict: "fail", code: 4, status: "failed" },
  ] as const
) {
  Deno.test(`--require-verdict pass ends with status ${code} where the verdict is ${verdict}`, async () => {
    await using repository = await makeRepository();
    await using server = await startModelServer([answered({ verdict })]);
    const flags = ["--require-verdict", "pass"];
    const run = await dispatch({ repository, server, packet: { mode: "verifier" }, flags });

    assert.equal(run.code, code, run.stderr);
    assert.equal(run.result.exit_code, code);
    assert.equal(run.result.status, status);
    assert.equal(run.result.answer?.verdict, verdict);
    assert.equal(run.policy.policy_violation, false);
  });
}

Deno.test("a worker that writes outside of its scope ends with status 3, and policy.json names the path", async () => {
  await using repository = await makeRepository();
  await using server = await startModelServer([
    addFile("src/two.txt", "two"),
    { kind: "command", cmd: "echo more >> README.md" },
    answered({ changed_files: ["src/two.txt"] }),
  ]);
  const run = await dispatch({ repository, server });

  assert.equal(run.code, 3, run.stderr);
  assert.equal(run.result.status, "violation");
  assert.equal(run.result.answer?.result, "done");
  assert.equal(run.policy.scope_ok, false);
  assert.deepEqual(run.policy.violations.map(({ kind, path }) => [kind, path]), [[
    "out-of-scope",
    "README.md",
  ]]);
  assert.deepEqual(run.policy.out_of_scope_changes, ["README.md"]);
  assert.match(run.stderr, /README\.md/);
});

Deno.test("an answer that is no JSON ends with status 5", async () => {
  await using repository = await makeRepository();
  await using server = await startModelServer([{ kind: "answer", text: "All done, as you wished." }]);
  const run = await dispatch({ repository, server });

  assert.equal(run.code, 5, run.stderr);
  assert.equal(run.result.status, "failed");
  assert.equal(run.result.answer, null);
  assert.equal(run.result.codex_exit_code, 0);
  assert.deepEqual(run.policy.violations.map(({ kind }) => kind), ["answer-invalid"]);
});

Deno.test("a turn that fails ends with status 5 and the server's message", async () => {
  await using repository = await makeRepository();
  await using server = await startModelServer([{ kind: "failed", message: "The scripted model refuses." }]);
  const run = await dispatch({ repository, server });

  assert.equal(run.code, 5, run.stderr);
  assert.equal(run.result.codex_exit_code, 1);
  assert.equal(run.result.usage, null);
  assert.deepEqual(run.policy.violations.map(({ kind }) => kind), ["codex-failed"]);
  assert.match(run.policy.violations[0]?.detail ?? "", /The scripted model refuses\./);
});

Deno.test("a model that stalls is ended at the heartbeat, and no process of the run survives", async () => {
  await using repository = await makeRepository();
  await using server = await startModelServer([{ kind: "hang" }]);
  const run = await dispatch({ repository, server, flags: ["--heartbeat-sec", "2"] });

  assert.equal(run.code, 5, run.stderr);
  assert.equal(run.result.status, "failed");
  assert.equal(run.policy.watchdog_killed, true);
  assert.match(run.policy.watchdog_reason ?? "", /heartbeat/);
  assert.equal(run.policy.codex_exit_code, null);
  assert.equal(run.policy.scope_ok, true);
  assert.deepEqual(run.policy.violations.map(({ kind }) => kind), ["watchdog"]);
  assert.deepEqual(await processesOf(repository), []);
});

Deno.test("a packet of 900,000 characters arrives whole at the model", async () => {
  await using repository = await makeRepository();
  await using server = await startModelServer([answered({ verdict: "pass" })]);
  const lines = Array.from(
    { length: 18_000 },
    (_, index) => `${index}`.padStart(6, "0") + " ü".repeat(21) + "!",
  );
  const packet: PacketFields = { mode: "reviewer", more: `CONTEXT:\n${lines.join("\n")}\n` };
  const run = await dispatch({ repository, server, packet });

  assert.equal(run.code, 0, run.stderr);
  assert.ok(run.packet.length > 900_000);
  assertPromptArrived(server, await run.read("prompt.md"), run.packet);
});

Deno.test("Ctrl-C while a command runs ends with status 130, and the artifacts say so", async () => {
  await using repository = await makeRepository();
  await using server = await startModelServer([{
    kind: "command",
    cmd: 'echo $$ > "$HOME/started"; sleep 300',
  }]);
  const { args, env } = await prepare({ repository, server });
  await using _rest = { [Symbol.asyncDispose]: () => killAll(repository) };
  await using program = await startProgram(args, { env, cwd: repository.root });
  const runs = join(repository.root, ".codex-dispatch/runs");
  await until("the command has started", async () => {
    const folder = Deno.readDirSync(runs).next().value?.name ?? "";
    const events = await Deno.readTextFile(join(runs, folder, "events.jsonl"));
    return /"item\.started".*sleep 300/.test(events) &&
      (await Deno.stat(join(repository.home, "started"))).size > 0;
  });
  Deno.kill(program.pid, "SIGINT");
  const run = await finished(await program.outcome, "");

  assert.equal(run.code, 130, run.stderr);
  assert.equal(run.result.status, "interrupted");
  assert.equal(run.result.exit_code, 130);
  assert.equal(run.result.accepted, false);
  assert.deepEqual(run.policy.violations.map(({ kind }) => kind), ["interrupted"]);
  assert.equal(run.policy.scope_ok, true);
  assert.deepEqual(await processesOf(repository), []);
});

const resetsAt = Date.UTC(2100, 0, 1);

Deno.test("quota prints the windows that Codex reads off its backend", async () => {
  await using repository = await makeRepository();
  await using server = await startModelServer([]);
  await using backend = await startBackend(server, { fiveHours: 42, week: 7 });
  const args = ["quota", "--codex", await realCodex(), ...repeated("--codex-config", backend.codexConfig)];
  const options = { env: { ...repository.env, ...server.env() }, cwd: repository.root };
  const { code, stdout, stderr } = await runProgram(args, options);

  assert.equal(code, 0, stderr);
  assert.match(stdout, /^5 hours: 42 % used; it resets in .*, at 2100-01-01T00:00:00\.000Z$/m);
  assert.match(stdout, /^7 days: 7 % used; /m);
});

for (
  const { share, fiveHours, week, says } of [
    { share: "90 % of the five hours", fiveHours: 90, week: 7, says: /90 % .*5 hours/ },
    { share: "all of the week", fiveHours: 1, week: 100, says: /7 days is used up/ },
  ]
) {
  Deno.test(`a dispatch is refused where ${share} is used, and --force starts it all the same`, async () => {
    await using repository = await makeRepository();
    await using server = await startModelServer([answered({})]);
    await using backend = await startBackend(server, { fiveHours, week });
    const { args, env } = await prepare({
      repository,
      server,
      flags: repeated("--codex-config", backend.codexConfig),
    });
    const options = { env, cwd: repository.root };
    const refused = await runProgram(args.filter((arg) => arg !== "--force"), options);

    assert.equal(refused.code, 2, refused.stderr);
    assert.match(refused.stderr, says);
    assert.match(refused.stderr, /it resets in .*, at 2100-01-01T00:00:00\.000Z/);
    assert.equal(refused.stdout, "");
    assert.equal(server.requests.length, 0);
    assert.deepEqual([...Deno.readDirSync(join(repository.root, ".codex-dispatch/runs"))], []);

    const forced = await runProgram(args, options);
    assert.equal(forced.code, 0, forced.stderr);
    assert.equal(server.requests.length, 1);
  });
}

Deno.test("a dispatch starts where the quota is below the gate", async () => {
  await using repository = await makeRepository();
  await using server = await startModelServer([answered({})]);
  await using backend = await startBackend(server, { fiveHours: 42, week: 7 });
  const { args, env } = await prepare({
    repository,
    server,
    flags: repeated("--codex-config", backend.codexConfig),
  });
  const unforced = args.filter((arg) => arg !== "--force");
  const { code, stderr } = await runProgram(unforced, { env, cwd: repository.root });

  assert.equal(code, 0, stderr);
  assert.ok(backend.asked() > 0);
  assert.doesNotMatch(stderr, /warning/);
});

interface Scene {
  readonly repository: TestRepository;
  readonly server: ModelServer;
  readonly packet?: PacketFields;
  readonly flags?: readonly string[];
  /** In place of the real Codex. */
  readonly codex?: string;
}

interface Run extends ProgramOutcome {
  readonly packet: string;
  readonly policy: Policy;
  readonly result: Result;
  /** The text of an artifact. */
  readonly read: (name: string) => Promise<string>;
}

async function dispatch(scene: Scene): Promise<Run> {
  const { args, env, packet } = await prepare(scene);
  return await finished(await runProgram(args, { env, cwd: scene.repository.root }), packet);
}

async function prepare(
  { repository, server, packet = {}, flags = [], codex }: Scene,
): Promise<{ args: string[]; env: Record<string, string>; packet: string }> {
  const file = join(repository.home, "task.md");
  const text = repository.packet(packet);
  await Deno.writeTextFile(file, text);
  return {
    args: [
      ...["--task", file, "--codex", codex ?? await realCodex(), "--model", scriptedModel, "--force"],
      ...repeated("--codex-config", server.codexConfig()),
      ...flags,
    ],
    env: { ...repository.env, ...server.env() },
    packet: text,
  };
}

async function finished(outcome: ProgramOutcome, packet: string): Promise<Run> {
  const folder = /^(\/.*)\n$/.exec(outcome.stdout)?.[1];
  assert.ok(folder, `standard output is no run directory: "${outcome.stdout}"\n${outcome.stderr}`);
  const read = (name: string): Promise<string> => Deno.readTextFile(join(folder, name));
  return {
    ...outcome,
    packet,
    policy: PolicySchema.parse(JSON.parse(await read("policy.json"))),
    result: ResultSchema.parse(JSON.parse(await read("result.json"))),
    read,
  };
}

function repeated(flag: string, values: readonly string[]): string[] {
  return values.flatMap((value) => [flag, value]);
}

function answer(changes: Partial<Answer>): Answer {
  return {
    result: "done",
    verdict: "none",
    summary: "Done.",
    changed_files: [],
    verification_run: [{ command: "git status --short", exit_code: 0, outcome: "as expected" }],
    evidence: [],
    findings: [],
    risks: [],
    next: "",
    ...changes,
  };
}

function answered(changes: Partial<Answer>): ModelStep {
  return { kind: "answer", text: JSON.stringify(answer(changes)) };
}

function addFile(path: string, line: string): ModelStep {
  return { kind: "patch", patch: `*** Begin Patch\n*** Add File: ${path}\n+${line}\n*** End Patch` };
}

function assertPromptArrived(server: ModelServer, prompt: string, packet: string): void {
  assert.ok(prompt.includes(packet.trimEnd()), "prompt.md does not hold the packet");
  // Compared as JSON, and without assert's own difference of two long texts.
  const sent = JSON.stringify(server.requests[0]);
  assert.ok(sent.includes(JSON.stringify(prompt).slice(1, -1)), "the model was not sent prompt.md");
}

async function writeScript(path: string, text: string): Promise<string> {
  await Deno.writeTextFile(path, `#!/bin/bash\n${text}\n`, { mode: 0o755 });
  return path;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!await holds().catch(() => false)) {
    assert.ok(performance.now() < deadline, `It did not come about that ${what}.`);
    await delay(20);
  }
}

/** Command lines of what runs in the environment of a repository, which everything that a run starts inherits. */
async function processesOf(repository: TestRepository): Promise<string[]> {
  return (await findProcesses(repository)).map(({ command }) => command);
}

async function killAll(repository: TestRepository): Promise<void> {
  for (const { pid } of await findProcesses(repository)) Deno.kill(pid, "SIGKILL");
}

async function findProcesses(repository: TestRepository): Promise<{ pid: number; command: string }[]> {
  const processes: { pid: number; command: string }[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const variables = (await Deno.readTextFile(`/proc/${name}/environ`)).split("\0");
      if (!variables.includes(`HOME=${repository.home}`)) continue;
      const command = (await Deno.readTextFile(`/proc/${name}/cmdline`)).replaceAll("\0", " ").trim();
      processes.push({ pid: Number(name), command });
    } catch {
      // It ended meanwhile, or belongs to another user.
    }
  }
  return processes;
}

interface Backend extends AsyncDisposable {
  /** How often the use was asked for. */
  readonly asked: () => number;
  readonly codexConfig: readonly string[];
}

/** A backend that knows the use of one account, and a login to it in the `CODEX_HOME` of the model server. */
async function startBackend(
  model: ModelServer,
  used: { readonly fiveHours: number; readonly week: number },
): Promise<Backend> {
  let asked = 0;
  const window = (percent: number, seconds: number): unknown => ({
    used_percent: percent,
    limit_window_seconds: seconds,
    reset_after_seconds: 3_600,
    reset_at: resetsAt / 1_000,
  });
  const backend = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url, headers }) => {
    if (!url.endsWith("/backend-api/wham/usage")) return new Response("Nothing here.", { status: 404 });
    asked++;
    assert.equal(headers.get("chatgpt-account-id"), "account");
    return Response.json({
      plan_type: "plus",
      rate_limit: {
        allowed: true,
        limit_reached: false,
        primary_window: window(used.fiveHours, 18_000),
        secondary_window: window(used.week, 604_800),
      },
    });
  });
  await Deno.writeTextFile(join(model.env()["CODEX_HOME"] ?? "", "auth.json"), JSON.stringify(login()));
  return {
    asked: () => asked,
    codexConfig: [`chatgpt_base_url="http://127.0.0.1:${backend.addr.port}/backend-api/"`],
    [Symbol.asyncDispose]: () => backend.shutdown(),
  };
}

function login(): unknown {
  const part = (value: unknown): string => btoa(JSON.stringify(value)).replace(/=+$/, "");
  const account = { chatgpt_plan_type: "plus", chatgpt_account_id: "account", chatgpt_user_id: "user" };
  const claims = { email: "a@example.org", exp: resetsAt / 1_000, "https://api.openai.com/auth": account };
  const token = [part({ alg: "none", typ: "JWT" }), part(claims), "signature"].join(".");
  return {
    tokens: { id_token: token, access_token: token, refresh_token: "refresh", account_id: "account" },
    last_refresh: new Date().toISOString(),
  };
}
