import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  answerItem,
  commandItem,
  type ModelServer,
  type ModelStep,
  scriptedModel,
  startModelServer,
} from "../helpers/model_server.ts";
import { realCodex } from "../helpers/real_codex.ts";

Deno.test("codex runs a scripted command and writes the scripted answer to its output file", async () => {
  const run = await runCodex([
    { kind: "command", cmd: "printf from-the-command" },
    { kind: "answer", text: "All done." },
  ]);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(run.events.map(outline), [
    "thread.started",
    "turn.started",
    "item.started command_execution",
    "item.completed command_execution",
    "item.completed agent_message",
    "turn.completed",
  ]);
  const command = run.events[3]?.item;
  assert.equal(command?.["exit_code"], 0);
  assert.equal(command["status"], "completed");
  assert.equal(command["aggregated_output"], "from-the-command");
  assert.equal(run.answer, "All done.");
  assert.match(JSON.stringify(run.requests[0]), /the prompt on stdin/);
  assert.match(JSON.stringify(run.requests[1]), /function_call_output.*from-the-command/);
  assert.deepEqual(run.events[5]?.usage, {
    input_tokens: 200,
    cached_input_tokens: 20,
    cache_write_input_tokens: 0,
    output_tokens: 40,
    reasoning_output_tokens: 10,
  });
});

Deno.test("a scripted patch creates a file and is reported as a file change", async () => {
  const run = await runCodex([
    { kind: "patch", patch: "*** Begin Patch\n*** Add File: made.txt\n+made by a patch\n*** End Patch\n" },
    { kind: "answer", text: "Patched." },
  ]);
  assert.equal(run.code, 0, run.stderr);
  assert.equal(run.files.get("made.txt"), "made by a patch\n");
  const change = run.events.find((event) => outline(event) === "item.completed file_change");
  assert.equal(change?.item?.["status"], "completed");
});

Deno.test("several items go out in one response", async () => {
  const run = await runCodex([
    { kind: "items", items: [commandItem("touch one"), commandItem("touch two"), answerItem("On my way.")] },
    { kind: "answer", text: "Two files." },
  ]);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual([...run.files.keys()].sort(), ["one", "two"]);
  assert.equal(run.answer, "Two files.");
});

Deno.test("a failed response ends the turn with exit status 1", async () => {
  const run = await runCodex([{ kind: "failed", message: "scripted failure" }]);
  assert.equal(run.code, 1, run.stderr);
  assert.deepEqual(run.events.slice(-2), [
    { type: "error", message: "scripted failure" },
    { type: "turn.failed", error: { message: "scripted failure" } },
  ]);
  assert.equal(run.answer, "");
});

Deno.test("a stream that breaks off is asked again once, and the run goes on", async () => {
  const run = await runCodex([{ kind: "close" }, { kind: "answer", text: "Second try." }]);
  assert.equal(run.code, 0, run.stderr);
  assert.match(String(run.events[2]?.message), /^Reconnecting\.\.\. 1\/1 /);
  assert.equal(run.answer, "Second try.");
  assert.equal(run.requests.length, 2);
});

Deno.test("a server error twice in a row ends the run with exit status 1", async () => {
  const run = await runCodex([{ kind: "status", status: 503 }, {
    kind: "status",
    status: 503,
    body: "down",
  }]);
  assert.equal(run.code, 1, run.stderr);
  assert.equal(run.events.at(-1)?.type, "turn.failed");
  assert.equal(run.requests.length, 2);
});

Deno.test("a request past the end of the script fails the run and says so", async () => {
  const run = await runCodex([{ kind: "command", cmd: "true" }]);
  assert.equal(run.code, 1, run.stderr);
  assert.match(JSON.stringify(run.events.at(-1)), /turn\.failed.*Request 2 came after the end of the script/);
});

Deno.test("a path that codex does not need gets status 404 and is not counted", async () => {
  await using server = await startModelServer([]);
  const response = await fetch(`http://127.0.0.1:${server.port}/v1/models`);
  assert.equal(response.status, 404);
  assert.match(await response.text(), /GET \/v1\/models/);
  assert.equal(server.requests.length, 0);
});

Deno.test("disposing breaks off a stream that hangs and an answer that is delayed, and removes CODEX_HOME", async () => {
  const hang: ModelStep = { kind: "hang" };
  const open: Promise<string>[] = [];
  let home = "";
  let start = NaN;
  {
    await using server = await startModelServer([hang, { kind: "delay", ms: 60_000, then: hang }]);
    home = codexHome(server);
    assert.ok((await Deno.stat(home)).isDirectory);
    open.push((await ask(server)).text().catch(() => "broken off"));
    open.push(ask(server).then((response) => response.text(), () => "broken off"));
    for (let tries = 0; server.requests.length < 2; tries++) {
      assert.ok(tries < 1_000, "The second request did not arrive.");
      await delay(5);
    }
    start = performance.now();
  }
  await Promise.all(open);
  assert.ok(performance.now() - start < 5_000);
  await assert.rejects(Deno.stat(home), Deno.errors.NotFound);
});

interface CodexEvent {
  readonly type: string;
  readonly message?: string;
  readonly item?: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly usage?: Readonly<Record<string, number>>;
}

interface CodexRun {
  readonly code: number;
  readonly events: readonly CodexEvent[];
  readonly stderr: string;
  readonly answer: string;
  readonly files: ReadonlyMap<string, string>;
  readonly requests: readonly unknown[];
}

async function runCodex(steps: readonly ModelStep[]): Promise<CodexRun> {
  await using server = await startModelServer(steps);
  const root = await Deno.makeTempDir({ prefix: "model-server-test-" });
  try {
    const [tree, answer] = [join(root, "tree"), join(root, "answer")];
    await Deno.mkdir(tree);
    const child = new Deno.Command(await realCodex(), {
      args: [
        ...["exec", "-C", tree, "--json", "--dangerously-bypass-approvals-and-sandbox", "-m", scriptedModel],
        ...server.codexConfig().flatMap((value) => ["-c", value]),
        ...["-o", answer, "-"],
      ],
      env: server.env(),
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(30_000),
    }).spawn();
    const prompt = new Blob(["the prompt on stdin"]).stream().pipeTo(child.stdin);
    const [{ code, stdout, stderr }] = await Promise.all([child.output(), prompt]);
    return {
      code,
      events: new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line)),
      stderr: new TextDecoder().decode(stderr),
      answer: await Deno.readTextFile(answer),
      files: await contents(tree),
      requests: server.requests,
    };
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function contents(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const { name } of Deno.readDir(folder)) {
    files.set(name, await Deno.readTextFile(join(folder, name)));
  }
  return files;
}

function outline(event: CodexEvent): string {
  return event.item === undefined ? event.type : `${event.type} ${event.item.type}`;
}

function codexHome(server: ModelServer): string {
  return server.env()["CODEX_HOME"] ?? assert.fail("env() names no CODEX_HOME");
}

function ask(server: ModelServer): Promise<Response> {
  return fetch(`http://127.0.0.1:${server.port}/v1/responses`, { method: "POST", body: "{}" });
}
