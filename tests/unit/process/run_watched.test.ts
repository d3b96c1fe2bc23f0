import assert from "node:assert/strict";
import { runWatched, type WatchedEnd, type WatchedOptions } from "../../../lib/process/run_watched.ts";

const ENV = { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin" };

interface Outcome extends WatchedEnd {
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

async function run(script: string, options: Partial<WatchedOptions> = {}): Promise<Outcome> {
  const decoder = { out: new TextDecoder(), err: new TextDecoder() };
  let [stdout, stderr] = ["", ""];
  const started = performance.now();
  const end = await runWatched("/bin/sh", ["-c", script], {
    cwd: "/",
    env: ENV,
    stdin: "",
    limits: { hard: 20_000, heartbeat: null, command: null },
    containment: { supervision: "tree", program: "", args: [] },
    onStdout: (chunk) => stdout += decoder.out.decode(chunk, { stream: true }),
    onStderr: (chunk) => stderr += decoder.err.decode(chunk, { stream: true }),
    interrupt: new AbortController().signal,
    hurry: new AbortController().signal,
    ...options,
  });
  return { ...end, stdout, stderr, ms: performance.now() - started };
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

/** Whether a process that was killed is gone; the kernel takes a moment for it. */
async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; isAlive(pid) && tries < 250; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return !isAlive(pid);
}

Deno.test("both streams, the exit status and the prompt come through", async () => {
  const end = await run("cat; echo oops >&2; exit 7", { stdin: "the prompt\n" });
  assert.deepEqual([end.cause.kind, end.code, end.stdout, end.stderr], [
    "exited",
    7,
    "the prompt\n",
    "oops\n",
  ]);
});

Deno.test("once the prompt was taken that is told", async () => {
  let told = 0;
  const end = await run("cat >/dev/null", { stdin: "x".repeat(1_000_000), onFed: () => void told++ });
  assert.deepEqual([end.code, told], [0, 1]);
});

Deno.test("a prompt of a megabyte arrives whole and its end is seen", async () => {
  assert.equal((await run("wc -c", { stdin: "x".repeat(1_000_000) })).stdout.trim(), "1000000");
});

Deno.test("a process that never reads its prompt is no fault", async () => {
  const end = await run("exit 0", { stdin: "x".repeat(1_000_000) });
  assert.equal(end.code, 0);
});

Deno.test("at a limit the process and its group end, also where they ignore SIGTERM", async () => {
  const end = await run("trap '' TERM; sleep 60 & echo $!; wait", {
    limits: { hard: 300, heartbeat: null, command: null },
  });
  assert.equal(end.cause.kind, "watchdog");
  assert.equal(end.code, null);
  assert.ok(await isGone(Number(end.stdout)));
  assert.ok(end.ms < 5_000, `it took ${end.ms} ms`);
});

Deno.test("after a normal end nothing of the group lives on", async () => {
  const end = await run("sleep 60 >/dev/null 2>&1 & echo $!");
  assert.equal(end.code, 0);
  assert.ok(await isGone(Number(end.stdout)));
});

Deno.test("a stray child that holds the pipes open does not keep the run open", async () => {
  const ready = await Deno.makeTempFile();
  // Nobody looks at the tree before it has got away.
  const end = await run(
    `setsid sh -c 'rm ${ready}; exec sleep 60' & echo $!; while [ -e ${ready} ]; do sleep 0.01; done`,
  );
  Deno.kill(Number(end.stdout), "SIGKILL");
  assert.equal(end.code, 0);
  assert.ok(end.ms < 10_000, `it took ${end.ms} ms`);
});

Deno.test("a stray child that holds the prompt's pipe open, unread, does not keep the run open", async () => {
  const ready = await Deno.makeTempFile();
  const end = await run(
    `exec 3<&0; setsid sh -c 'rm ${ready}; exec sleep 60' <&3 & echo $!; exec 3<&-
     while [ -e ${ready} ]; do sleep 0.01; done`,
    { stdin: "x".repeat(1_000_000) },
  );
  Deno.kill(Number(end.stdout), "SIGKILL");
  assert.equal(end.code, 0);
  assert.ok(end.ms < 10_000, `it took ${end.ms} ms`);
});

Deno.test("what was written just before the end is read whole", async () => {
  const end = await run("head -c 3000000 /dev/zero | tr '\\0' a");
  assert.equal(end.stdout.length, 3_000_000);
});

Deno.test("an interrupt ends the process, and the first cause is the one that is told", async () => {
  const interrupt = new AbortController();
  setTimeout(() => interrupt.abort("SIGINT"), 100);
  const end = await run("trap '' TERM; sleep 60", { interrupt: interrupt.signal });
  assert.deepEqual(end.cause, { kind: "interrupted", signal: "SIGINT" });
});

Deno.test("an interrupt from before the start ends the process at once", async () => {
  const interrupt = new AbortController();
  interrupt.abort("SIGTERM");
  const end = await run("sleep 60", { interrupt: interrupt.signal });
  assert.deepEqual(end.cause, { kind: "interrupted", signal: "SIGTERM" });
});

Deno.test("a process ended by a signal of somebody else has no status, and the signal is told", async () => {
  const end = await run("kill -KILL $$");
  assert.deepEqual([end.cause.kind, end.code, end.signal], ["exited", null, "SIGKILL"]);
});
