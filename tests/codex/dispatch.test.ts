// Longer than usual: every way in which a run with the real Codex can end, and the quota, share the helpers below.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { madeAnswer } from "../helpers/made_run.ts";
import { USE_MACHINE_PATH } from "../helpers/lean_path.ts";
import {
  addFile,
  type ModelServer,
  type ModelStep,
  scriptedModel,
  startModelServer,
} from "../helpers/model_server.ts";
import {
  findProcesses,
  killProcesses,
  type ProgramOptions,
  type ProgramOutcome,
  runProgram,
  startProgram,
} from "../helpers/program.ts";
import { realCodex } from "../helpers/real_codex.ts";
import { makeRepository, type PacketFields, type TestRepository } from "../helpers/repository.ts";
import type { Answer } from "../../lib/codex/answer.ts";
import { type Policy, PolicySchema } from "../../lib/records/policy.ts";
import { type Result, ResultSchema } from "../../lib/records/result.ts";

Deno.test("a worker that runs commands and patches a file in its scope is accepted", async () => {
  const words = { changed_files: ["src/two.txt"], summary: "Added the second file." };
  await using repository = await makeRepository();
  await using server = await startModelServer([
    { kind: "command", cmd: "cat src/one.txt" },
    { kind: "command", cmd: "exit 7" },
    addFile("src/two.txt", "two"),
    answered(words),
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
  assert.deepEqual(result.answer, answer(words));
  const events = (await run.read("events.jsonl")).trimEnd().split("\n");
  assert.equal(result.thread_id, JSON.parse(events[0] ?? "").thread_id);
  assert.equal(JSON.parse(events.at(-1) ?? "").type, "turn.completed");
  assert.equal(await run.read("task.md"), run.packet);
  assertPromptArrived(server, await run.read("prompt.md"), run.packet);
});

Deno.test("events.jsonl is byte for byte what Codex printed, a JSON document a line", async () => {
  await using repository = await makeRepository();
  await using server = await startModelServer([
    { kind: "command", cmd: `printf 'a\\377b\\t'; yes '"ü€😀"' | head -n 20000` },
    answered({}),
  ]);
  const copy = join(repository.home, "copy.jsonl");
  const codex = join(repository.home, "codex");
  const real = `'${await realCodex()}' "$@"`;
  const script = `[ "$1" = exec ] || exec ${real}\nset -o pipefail\n${real} | tee '${copy}'\n`;
  await Deno.writeTextFile(codex, `#!/bin/bash\n${USE_MACHINE_PATH}\n${script}`, { mode: 0o755 });
  const run = await dispatch({ repository, server, codex });

  assert.equal(run.code, 0, run.stderr);
  const events = await Deno.readFile(join(run.policy.run_dir, "events.jsonl"));
  assert.ok(Buffer.from(events).equals(await Deno.readFile(copy)));
  const lines = new TextDecoder().decode(events).trimEnd().split("\n");
  assert.ok(lines.some((line) => line.length > 50_000 && JSON.parse(line).item.exit_code === 0));
});

// verdict | --require-verdict | exit status
for (
  const { verdict, required, code, status } of [
    { verdict: "pass", required: undefined, code: 0, status: "accepted" },
    { verdict: "pass", required: "pass", code: 0, status: "accepted" },
    { verdict: "fail", required: "pass", code: 4, status: "failed" },
  ] as const
) {
  const asked = required === undefined ? "without" : "with";
  Deno.test(`a verdict of ${verdict} ends with status ${code} ${asked} --require-verdict pass`, async () => {
    await using repository = await makeRepository();
    await using server = await startModelServer([
      { kind: "command", cmd: "git status --short && cat src/one.txt" },
      answered({ verdict, evidence: ["src/one.txt holds one"] }),
    ]);
    const flags = required === undefined ? [] : ["--require-verdict", required];
    const run = await dispatch({ repository, server, packet: { mode: "verifier" }, flags });

    assert.equal(run.code, code, run.stderr);
    assert.equal(run.result.exit_code, code);
    assert.equal(run.result.status, status);
    assert.equal(run.result.answer?.verdict, verdict);
    assert.deepEqual(kinds(run), []);
    assert.deepEqual(run.policy.changes, []);
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
  assert.deepEqual(kinds(run), ["out-of-scope"]);
  assert.equal(run.policy.violations[0]?.path, "README.md");
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
  assert.deepEqual(kinds(run), ["answer-invalid"]);
});

Deno.test("a turn that fails ends with status 5 and the server's message", async () => {
  await using repository = await makeRepository();
  await using server = await startModelServer([{ kind: "failed", message: "The scripted model refuses." }]);
  const run = await dispatch({ repository, server });

  assert.equal(run.code, 5, run.stderr);
  assert.equal(run.result.codex_exit_code, 1);
  assert.equal(run.result.usage, null);
  assert.deepEqual(kinds(run), ["codex-failed"]);
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
  assert.deepEqual(kinds(run), ["watchdog"]);
  assert.deepEqual(await findProcesses(repository.env), []);
});

Deno.test("a model that thinks for longer than the heartbeat is no silence, and what it says is not kept", async () => {
  await using repository = await makeRepository();
  const pieces = JSON.stringify(answer({ verdict: "pass", summary: "thought about" })).match(/.{1,20}/g) ??
    [];
  await using server = await startModelServer([{ kind: "slowly", pieces, pauseMs: 8_000 / pieces.length }]);
  const packet: PacketFields = { mode: "reviewer" };
  const run = await dispatch({ repository, server, packet, flags: ["--heartbeat-sec", "4"] });

  assert.equal(run.code, 0, run.stderr);
  assert.equal(run.result.answer?.summary, "thought about");
  assert.ok(run.result.duration_ms > 4_000);
  assert.doesNotMatch(await run.read("stderr.txt"), /SSE event|app-server event|thought/);
});

Deno.test("a RUST_LOG of the caller's is his: what it logs is kept, and his commands see it", async () => {
  await using repository = await makeRepository();
  await using server = await startModelServer([
    { kind: "command", cmd: 'echo "log=$RUST_LOG."' },
    answered({ verdict: "pass" }),
  ]);
  const packet: PacketFields = { mode: "reviewer" };
  const mine = await dispatch({
    repository,
    server,
    packet,
    env: { RUST_LOG: "error,codex_api::sse=trace" },
  });

  assert.equal(mine.code, 0, mine.stderr);
  assert.match(await mine.read("stderr.txt"), /TRACE codex_api::sse::\S+ SSE event: /);
  assert.match(await mine.read("events.jsonl"), /log=error,codex_api::sse=trace\./);
});

Deno.test("a packet of 900,000 characters arrives whole at the model", async () => {
  await using repository = await makeRepository();
  await using server = await startModelServer([answered({ verdict: "pass" })]);
  const lines = Array.from({ length: 18_000 }, (_, index) => `${index + 100_000} ${"ü ".repeat(21)}!\n`);
  const packet: PacketFields = { mode: "reviewer", more: `CONTEXT:\n${lines.join("")}` };
  const run = await dispatch({ repository, server, packet });

  assert.equal(run.code, 0, run.stderr);
  assert.ok(run.packet.length > 900_000);
  assertPromptArrived(server, await run.read("prompt.md"), run.packet);
});

Deno.test("Ctrl-C while a command runs ends with status 130, and the artifacts say so", async () => {
  await using repository = await makeRepository();
  // Not a child of the shell, which would outlive Codex.
  const cmd = 'echo begun > "$HOME/begun"; exec sleep 300';
  await using server = await startModelServer([{ kind: "command", cmd }]);
  const { args, options, packet } = await prepare({ repository, server, flags: ["--force"] });
  await using _rest = { [Symbol.asyncDispose]: () => killProcesses(repository.env) };
  await using program = await startProgram(args, options);
  await until("the command runs and events.jsonl tells so", async () => {
    const run = Deno.readDirSync(runsOf(repository)).toArray()[0]?.name ?? "";
    const events = await Deno.readTextFile(join(runsOf(repository), run, "events.jsonl"));
    await Deno.stat(join(repository.home, "begun"));
    return /"item\.started".*sleep 300/.test(events);
  });
  program.child.kill("SIGINT");
  const run = await finished(await program.outcome, packet);

  assert.equal(run.code, 130, run.stderr);
  assert.equal(run.result.status, "interrupted");
  assert.equal(run.result.exit_code, 130);
  assert.equal(run.result.accepted, false);
  assert.deepEqual(kinds(run), ["interrupted"]);
  assert.equal(run.policy.scope_ok, true);
  assert.deepEqual(await findProcesses(repository.env), []);
});

// Codex reads seconds of 32 bits.
const resetsAt = Date.UTC(2038, 0, 1);

Deno.test("quota prints what the backend tells Codex, and below the gate a dispatch starts", async () => {
  await using repository = await makeRepository();
  await using server = await startModelServer([answered({})]);
  await using backend = await startBackend(server, { fiveHours: 42, week: 7 });
  const { args, codex, options } = await prepare({ repository, server, flags: backend.flags });
  const printed = await runProgram(["quota", ...codex, ...backend.flags], options);
  const started = await runProgram(args, options);

  assert.equal(printed.code, 0, printed.stderr);
  assert.match(printed.stdout, /^5 hours: 42 % used; it resets in .*, at 2038-01-01T00:00:00\.000Z$/m);
  assert.match(printed.stdout, /^7 days: 7 % used; /m);
  assert.equal(started.code, 0, started.stderr);
  assert.doesNotMatch(started.stderr, /warning/);
});

for (
  const { used, fiveHours, week, says } of [
    { used: "90 % of the five hours are", fiveHours: 90, week: 7, says: /90 % .*5 hours/ },
    { used: "the whole week is", fiveHours: 1, week: 100, says: /7 days is used up/ },
  ]
) {
  Deno.test(`a dispatch is refused where ${used} used, and --force starts it all the same`, async () => {
    await using repository = await makeRepository();
    await using server = await startModelServer([answered({})]);
    await using backend = await startBackend(server, { fiveHours, week });
    const { args, options } = await prepare({ repository, server, flags: backend.flags });
    const refused = await runProgram(args, options);

    assert.equal(refused.code, 2, refused.stderr);
    assert.match(refused.stderr, says);
    assert.match(refused.stderr, /it resets in .*, at 2038-01-01T00:00:00\.000Z/);
    assert.equal(refused.stdout, "");
    assert.equal(server.requests.length, 0);
    await assert.rejects(Deno.lstat(runsOf(repository)), Deno.errors.NotFound);

    const forced = await runProgram([...args, "--force"], options);
    assert.equal(forced.code, 0, forced.stderr);
    assert.equal(server.requests.length, 1);
  });
}

interface Scene {
  readonly repository: TestRepository;
  readonly server: ModelServer;
  readonly packet?: PacketFields;
  readonly flags?: readonly string[];
  /** On top of the environment of the repository. */
  readonly env?: Readonly<Record<string, string>>;
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

/** Dispatches a packet from a file outside of the repository, whatever the quota says. */
async function dispatch(scene: Scene): Promise<Run> {
  const { args, options, packet } = await prepare(scene);
  return await finished(await runProgram([...args, "--force"], options), packet);
}

interface Prepared {
  readonly args: readonly string[];
  /** Those of them that say which Codex is asked, and how it is set. */
  readonly codex: readonly string[];
  readonly options: ProgramOptions;
  readonly packet: string;
}

async function prepare(scene: Scene): Promise<Prepared> {
  const { repository, server, flags = [] } = scene;
  const file = join(repository.home, "task.md");
  const packet = repository.packet(scene.packet);
  await Deno.writeTextFile(file, packet);
  const config = server.codexConfig().flatMap((value) => ["--codex-config", value]);
  const codex = ["--codex", scene.codex ?? await realCodex(), ...config];
  return {
    args: ["--task", file, "--model", scriptedModel, ...codex, ...flags],
    codex,
    options: { env: { ...repository.env, ...server.env(), ...scene.env }, cwd: repository.root },
    packet,
  };
}

async function finished(outcome: ProgramOutcome, packet: string): Promise<Run> {
  const folder = /^(\/.*)\n$/.exec(outcome.stdout)?.[1];
  assert.ok(folder, `standard output is no run directory: "${outcome.stdout}"\n${outcome.stderr}`);
  const read = (name: string): Promise<string> => Deno.readTextFile(join(folder, name));
  const policy = PolicySchema.parse(JSON.parse(await read("policy.json")));
  const result = ResultSchema.parse(JSON.parse(await read("result.json")));
  assert.equal(policy.run_dir, folder);
  return { ...outcome, packet, policy, result, read };
}

function kinds({ policy }: Run): string[] {
  return policy.violations.map(({ kind }) => kind);
}

function runsOf({ root }: TestRepository): string {
  return join(root, ".codex-dispatch/runs");
}

function answer(changes: Partial<Answer>): Answer {
  const verification_run = [{ command: "git status --short", exit_code: 0, outcome: "as expected" }];
  return madeAnswer({ summary: "Done.", verification_run, ...changes });
}

function answered(changes: Partial<Answer>): ModelStep {
  return { kind: "answer", text: JSON.stringify(answer(changes)) };
}

function assertPromptArrived(server: ModelServer, prompt: string, packet: string): void {
  assert.ok(prompt.includes(packet.trimEnd()), "prompt.md does not hold the packet");
  // Compared as JSON, and without assert's own difference of two long texts.
  const sent = JSON.stringify(server.requests[0]);
  assert.ok(sent.includes(JSON.stringify(prompt).slice(1, -1)), "the model was not sent prompt.md");
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!await holds().catch(() => false)) {
    assert.ok(performance.now() < deadline, `It did not come about that ${what}.`);
    await delay(20);
  }
}

interface Backend extends AsyncDisposable {
  /** What points Codex at it. */
  readonly flags: readonly string[];
}

/** A backend that knows how much one account has used, with a login to it in the `CODEX_HOME` of the model server. */
async function startBackend(
  model: ModelServer,
  used: { readonly fiveHours: number; readonly week: number },
): Promise<Backend> {
  const token = idToken();
  const window = (percent: number, hours: number): unknown => ({
    used_percent: percent,
    limit_window_seconds: hours * 3_600,
    reset_after_seconds: 3_600,
    reset_at: resetsAt / 1_000,
  });
  const rateLimit = {
    allowed: true,
    limit_reached: false,
    primary_window: window(used.fiveHours, 5),
    secondary_window: window(used.week, 7 * 24),
  };
  const backend = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url, headers }) => {
    const known = headers.get("authorization") === `Bearer ${token}` &&
      headers.get("chatgpt-account-id") === "account";
    return known && url.endsWith("/backend-api/wham/usage")
      ? Response.json({ plan_type: "plus", rate_limit: rateLimit })
      : new Response("Nothing here.", { status: 404 });
  });
  const login = {
    tokens: { id_token: token, access_token: token, refresh_token: "refresh", account_id: "account" },
    last_refresh: new Date().toISOString(),
  };
  await Deno.writeTextFile(join(model.env()["CODEX_HOME"] ?? "", "auth.json"), JSON.stringify(login));
  return {
    flags: ["--codex-config", `chatgpt_base_url="http://127.0.0.1:${backend.addr.port}/backend-api/"`],
    [Symbol.asyncDispose]: () => backend.shutdown(),
  };
}

function idToken(): string {
  const part = (value: unknown): string => btoa(JSON.stringify(value)).replace(/=+$/, "");
  const account = { chatgpt_plan_type: "plus", chatgpt_account_id: "account", chatgpt_user_id: "user" };
  const claims = { email: "a@example.org", exp: resetsAt / 1_000, "https://api.openai.com/auth": account };
  return [part({ alg: "none", typ: "JWT" }), part(claims), "signature"].join(".");
}
