import assert from "node:assert/strict";
import { containmentOf } from "../../helpers/containments.ts";
import {
  endProcessesNaming,
  type Escape,
  ESCAPES,
  escapeScript,
  processesNaming,
} from "../../helpers/escapes.ts";
import { denoVariables } from "../../helpers/program.ts";
import { containment, signalBehind, type Supervision } from "../../../lib/process/contain.ts";
import { runWatched, type WatchedEnd, type WatchedOptions } from "../../../lib/process/run_watched.ts";

/** The kill table: what a program starts, and how its run ends. Afterwards nothing of it lives. */
const KILL_TABLE: readonly { supervision: Supervision; escapes: readonly Escape[] }[] = [
  { supervision: "namespace", escapes: ESCAPES },
  { supervision: "subreaper", escapes: ESCAPES },
  // Nothing holds it together: what left both its parent and its group is out of sight.
  { supervision: "tree", escapes: ESCAPES.filter(({ inSight }) => inSight) },
];

for (const { supervision, escapes } of KILL_TABLE) {
  for (const escape of escapes) {
    Deno.test(`${supervision}: ${escape.what} is ended at the limit`, async () => {
      await using scene = await makeScene();
      const end = await scene.run(supervision, {
        script: `${escapeScript([escape], scene.folder)}\n: >'${scene.folder}/all'\nsleep 60`,
        // The deadline comes once it runs: starting it may take its time.
        interruptAt: `${scene.folder}/all`,
      });
      assert.deepEqual(await processesNaming(scene.folder), []);
      assert.deepEqual([end.cause.kind, end.survivors], ["interrupted", []]);
    });
  }
}

for (const { supervision, escapes } of KILL_TABLE.slice(0, 2)) {
  Deno.test(`${supervision}: nothing of what was started is left after a normal end`, async () => {
    await using scene = await makeScene();
    const end = await scene.run(supervision, { script: escapeScript(escapes, scene.folder) });
    assert.deepEqual(await processesNaming(scene.folder), []);
    assert.deepEqual([end.cause.kind, end.code, end.survivors], ["exited", 0, []]);
  });
}

Deno.test("tree: after a normal end nothing is left of the group, nor of what was seen to belong to it", async () => {
  await using scene = await makeScene();
  const seen = ESCAPES.filter(({ inSight }) => inSight);
  const end = await scene.run("tree", {
    // Longer than the time between two looks.
    script: `${escapeScript(seen, scene.folder)}\nsleep 2.5`,
  });
  assert.deepEqual(await processesNaming(scene.folder), []);
  assert.deepEqual([end.code, end.survivors], [0, []]);
});

for (const supervision of ["namespace", "subreaper", "tree"] as const) {
  Deno.test(`${supervision}: the status of a program is its own, and a signal that ended it is told as one`, async () => {
    await using scene = await makeScene();
    assert.equal((await scene.run(supervision, { script: "exit 7" })).code, 7);
    const killed = await scene.run(supervision, { script: "kill -KILL $$" });
    assert.deepEqual([killed.code, killed.signal], [null, "SIGKILL"]);
    assert.equal((await scene.run(supervision, { script: `[ "$(id -u)" = ${Deno.uid()} ]` })).code, 0);
  });

  Deno.test(`${supervision}: streams go through whole, and the end of the input is seen`, async () => {
    await using scene = await makeScene();
    let bytes = 0;
    const end = await scene.run(supervision, { script: "wc -c >&2; head -c 3000000 /dev/zero" }, {
      stdin: "x".repeat(1_000_000),
      onStdout: (chunk) => bytes += chunk.length,
    });
    assert.deepEqual([end.code, bytes, end.stderr.trim()], [0, 3_000_000, "1000000"]);
  });

  Deno.test(`${supervision}: a program that is not there is told, in words or by its status`, async () => {
    await using scene = await makeScene();
    const end = await scene.start(supervision, "/no/such/program").catch((error: Error) => error);
    if (end instanceof Error) assert.match(end.message, /no\/such\/program/);
    else assert.equal(end.code, 127);
  });

  Deno.test(`${supervision}: who ignores SIGTERM is ended after a grace, and a second call waits for none`, async () => {
    await using scene = await makeScene();
    const end = await scene.run(supervision, {
      script: `trap '' TERM; : >'${scene.folder}/all'; while :; do sleep 1; done`,
      interruptAt: `${scene.folder}/all`,
      hurry: true,
    });
    assert.deepEqual([end.cause.kind, end.code, end.signal], ["interrupted", null, "SIGKILL"]);
  });
}

Deno.test("a supervisor that is killed before its time is told among the survivors", async () => {
  await using scene = await makeScene();
  const end = await scene.run("subreaper", {
    script: `${escapeScript(PLAIN, scene.folder)}\nkill -KILL $PPID; sleep 60`,
  });
  assert.equal(end.survivors.length, 1);
  assert.match(end.survivors[0]?.command ?? "", /supervise, which was ended by SIGKILL/);
  assert.deepEqual(await processesNaming(scene.folder), []);
});

const PLAIN = ESCAPES.slice(0, 1);

Deno.test("statuses of a shell are signals above 128 alone", () => {
  assert.deepEqual([0, 1, 127, 128, 129, 137, 143, 255].map(signalBehind), [
    undefined,
    undefined,
    undefined,
    undefined,
    "SIGHUP",
    "SIGKILL",
    "SIGTERM",
    undefined,
  ]);
});

Deno.test("without unshare a supervisor is taken, and without a supervisor the tree has to do", async () => {
  const environment = { PATH: "/nowhere" };
  assert.deepEqual(await containment({ environment, self: ["/codex-dispatch", "x"], scratch: "/scratch" }), {
    supervision: "subreaper",
    program: "/codex-dispatch",
    args: ["x", "supervise"],
    scratch: "/scratch",
  });
  assert.equal((await containment({ environment, self: [], scratch: "/scratch" })).supervision, "tree");
});

interface SceneRun {
  readonly script: string;
  /** The run is interrupted as soon as this file is there. */
  readonly interruptAt?: string;
  /** And a second time right after the first. */
  readonly hurry?: boolean;
}

interface Scene extends AsyncDisposable {
  /** Processes that name it in their command line are ended with the scene. */
  readonly folder: string;
  run(
    supervision: Supervision,
    plan: SceneRun,
    options?: Partial<WatchedOptions>,
  ): Promise<WatchedEnd & { stderr: string }>;
  start(supervision: Supervision, program: string): Promise<WatchedEnd>;
}

async function makeScene(): Promise<Scene> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const scene = async (supervision: Supervision): Promise<WatchedOptions> => ({
    cwd: "/",
    env: { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", ...await denoVariables() },
    stdin: "",
    limits: { hard: 60_000, heartbeat: null, command: null },
    containment: await containmentOf(supervision, folder),
    onStdout: () => {},
    onStderr: () => {},
    interrupt: new AbortController().signal,
    hurry: new AbortController().signal,
  });
  return {
    folder,
    run: async (supervision, { script, interruptAt, hurry }, options = {}) => {
      const [interrupting, hurrying] = [new AbortController(), new AbortController()];
      let stderr = "";
      const running = runWatched("/bin/sh", ["-c", script], {
        ...await scene(supervision),
        onStderr: (chunk) => stderr += new TextDecoder().decode(chunk),
        interrupt: interrupting.signal,
        hurry: hurrying.signal,
        ...options,
      });
      if (interruptAt !== undefined) {
        while (!await Deno.stat(interruptAt).then(() => true, () => false)) {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        interrupting.abort("SIGTERM");
        if (hurry) hurrying.abort();
      }
      return { ...await running, stderr };
    },
    start: async (supervision, program) => await runWatched(program, [], await scene(supervision)),
    async [Symbol.asyncDispose](): Promise<void> {
      await endProcessesNaming(folder);
      await Deno.remove(folder, { recursive: true });
    },
  };
}
