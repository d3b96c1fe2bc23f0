import assert from "node:assert/strict";
import { join } from "node:path";
import { detach } from "../helpers/detaching.ts";
import { type Dispatched, dispatchScripted } from "../helpers/dispatching.ts";
import { type ProgramOutcome, runProgram } from "../helpers/program.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";

const INSIDE = { CLAUDECODE: "1", CLAUDE_CODE_SESSION_ID: "session-1" };
const OVERSTEPS = { action: "echo x >other" };

/** The hook, with Claude Code's JSON; other keys where they are given. */
function stop(
  repository: TestRepository,
  keys: Readonly<Record<string, unknown>> = {},
): Promise<ProgramOutcome> {
  const input = {
    session_id: "session-1",
    transcript_path: join(repository.home, "transcript.jsonl"),
    cwd: repository.root,
    permission_mode: "default",
    hook_event_name: "Stop",
    stop_hook_active: false,
    ...keys,
  };
  return hook(repository, JSON.stringify(input));
}

function hook(repository: TestRepository, stdin: string): Promise<ProgramOutcome> {
  return runProgram(["hook", "stop"], { env: repository.env, cwd: repository.home, stdin });
}

function dispatch(
  repository: TestRepository,
  env: Readonly<Record<string, string>>,
  script = {},
): Promise<Dispatched> {
  const scope = ["src/", ":/mine"];
  return dispatchScripted(repository, repository.packet({ scope }), { env, script });
}

const FREE: ProgramOutcome = { code: 0, stdout: "", stderr: "" };

Deno.test("a session ends when its last run is accepted, or settled; not before", async () => {
  await using repository = await makeRepository();
  assert.deepEqual(await stop(repository), FREE);
  await dispatch(repository, INSIDE);
  assert.deepEqual(await stop(repository), FREE);
  const violated = await dispatch(repository, INSIDE, OVERSTEPS);
  const refused = await stop(repository);
  assert.deepEqual([refused.code, refused.stdout], [2, ""]);
  assert.ok(
    refused.stderr.includes(`"${violated.runDir}" is not accepted (violation, exit 3: out-of-scope)`),
  );
  assert.deepEqual(await stop(repository, { session_id: "session-2" }), FREE);
  const settled = await runProgram(["runs", "reject", violated.runDir, "--reason", "It oversteps."], {
    env: repository.env,
    cwd: repository.home,
  });
  assert.equal(settled.code, 0);
  assert.deepEqual(await stop(repository), FREE);
});

Deno.test("a stop that a hook has held up already passes", async () => {
  await using repository = await makeRepository();
  await dispatch(repository, INSIDE, OVERSTEPS);
  assert.equal((await stop(repository)).code, 2);
  assert.deepEqual(await stop(repository, { stop_hook_active: true }), FREE);
});

Deno.test("a run that goes on holds the session, from wherever in the file system", async () => {
  await using repository = await makeRepository();
  await using run = await detach({ ...repository, env: { ...repository.env, ...INSIDE } });
  await run.begun();
  const { code, stderr } = await stop(repository, { cwd: "/" });
  assert.equal(code, 2);
  assert.match(stderr, /goes on\. Wait for its verdict.*runs wait ".*" --timeout-sec 100\n$/);
  await run.letGo();
  assert.equal((await run.runs("wait", "last")).code, 0);
  assert.deepEqual(await stop(repository), FREE);
});

/** | who dispatched | environment | whether it is the session's run, by its beginning | */
const WITHOUT_ID = [
  ["Claude Code that names no session, since the session began", { CLAUDECODE: "1" }, -3600, 2],
  ["Claude Code that names no session, before the session began", { CLAUDECODE: "1" }, 3600, 0],
  ["somebody on a terminal", {}, -3600, 0],
  ["another session", { CLAUDECODE: "1", CLAUDE_CODE_SESSION_ID: "session-2" }, -3600, 0],
  ["Codex itself, by one of its commands", { ...INSIDE, CODEX_THREAD_ID: "thread-1" }, -3600, 0],
] as const;

for (const [who, env, began, code] of WITHOUT_ID) {
  Deno.test(`a run that was dispatched by ${who} ${code === 0 ? "holds no session" : "holds the session"}`, async () => {
    await using repository = await makeRepository();
    const timestamp = new Date(Date.now() + began * 1000).toISOString();
    await Deno.writeTextFile(
      join(repository.home, "transcript.jsonl"),
      `{"type":"summary","leafUuid":"x"}\n${JSON.stringify({ type: "user", timestamp })}\n`,
    );
    await dispatch(repository, env, OVERSTEPS);
    assert.equal((await stop(repository)).code, code);
  });
}

/** | what the hook is given | standard input | */
const ODD: readonly (readonly [string, (repository: TestRepository) => string])[] = [
  ["nothing", () => ""],
  ["no JSON", () => "{"],
  ["null", () => "null"],
  ["a list", () => "[]"],
  ["no session", (each) => JSON.stringify({ cwd: each.root, stop_hook_active: false })],
  ["a session that is no text", (each) => JSON.stringify({ session_id: 1, cwd: each.root })],
  ["no folder", () => JSON.stringify({ session_id: "session-1" })],
  [
    "a word for stop_hook_active",
    (each) => JSON.stringify({ session_id: "session-1", cwd: each.root, stop_hook_active: "yes" }),
  ],
];

for (const [what, stdin] of ODD) {
  Deno.test(`with ${what} on standard input the hook lets the session end`, async () => {
    await using repository = await makeRepository();
    await dispatch(repository, INSIDE, OVERSTEPS);
    assert.deepEqual(await hook(repository, stdin(repository)), FREE);
  });
}

Deno.test("a run that was pruned, and a state folder that cannot be used, hold nobody", async () => {
  await using repository = await makeRepository();
  const { runDir } = await dispatch(repository, INSIDE, OVERSTEPS);
  const broken = {
    ...repository,
    env: { ...repository.env, XDG_STATE_HOME: "/dev/null", TMPDIR: "/dev/null" },
  };
  assert.deepEqual(await stop(broken), FREE);
  await Deno.remove(runDir, { recursive: true });
  assert.deepEqual(await stop(repository), FREE);
});
