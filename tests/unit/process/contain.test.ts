import assert from "node:assert/strict";
import { containment, signalBehind } from "../../../lib/process/contain.ts";
import { runWatched } from "../../../lib/process/run_watched.ts";

const ENV = { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin" };

/** The ways in which a process gets out of its parent's sight. Each writes its marker again and again while it lives. */
const ESCAPES: readonly (readonly [string, string])[] = [
  ["a plain child", `(beat) &`],
  ["a session of its own", `setsid sh -c "$BEAT" &`],
  ["a session and a double fork", `(setsid sh -c "$BEAT" & ) &`],
  ["the same with an empty environment", `(setsid env -i sh -c "$BEAT" & ) &`],
  [
    "one that ignores every signal it can",
    `(trap '' TERM HUP INT; setsid sh -c "trap '' TERM HUP INT; $BEAT" & ) &`,
  ],
];

for (const [what, escape] of ESCAPES) {
  Deno.test(`of ${what} nothing lives on after the run, whether it ends by itself or by a limit`, async () => {
    const contained = await containment(ENV);
    const folder = await Deno.makeTempDir();
    try {
      for (const [end, hard] of [["exit 0", 20_000], ["sleep 60", 400]] as const) {
        const marker = `${folder}/${hard}`;
        const script = `BEAT='while :; do echo x >>${marker}; sleep 0.02; done'; beat() { eval "$BEAT"; }\n` +
          `${escape}\nwhile [ ! -s ${marker} ]; do sleep 0.01; done\n${end}`;
        await runWatched("/bin/sh", ["-c", script], {
          cwd: "/",
          env: ENV,
          stdin: "",
          limits: { hard, heartbeat: null, command: null },
          containment: contained,
          onStdout: () => {},
          onStderr: () => {},
          interrupt: new AbortController().signal,
        });
        const size = (await Deno.stat(marker)).size;
        await new Promise((resolve) => setTimeout(resolve, 150));
        const survived = (await Deno.stat(marker)).size > size;
        // Without a namespace only the process group is ended: then the run says "tree", and some get away.
        assert.ok(
          !survived || (contained.supervision === "tree" && what !== "a plain child"),
          `${what}, ${end}: it lives on`,
        );
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("the status of a contained program is its own, and a signal that ended it is told as one", async () => {
  const contained = await containment(ENV);
  const run = (script: string): ReturnType<typeof runWatched> =>
    runWatched("/bin/sh", ["-c", script], {
      cwd: "/",
      env: ENV,
      stdin: "",
      limits: { hard: 20_000, heartbeat: null, command: null },
      containment: contained,
      onStdout: () => {},
      onStderr: () => {},
      interrupt: new AbortController().signal,
    });
  assert.equal((await run("exit 7")).code, 7);
  const killed = await run("kill -KILL $$");
  assert.deepEqual([killed.code, killed.signal], [null, "SIGKILL"]);
  assert.equal((await run('[ "$(id -u)" = ' + Deno.uid() + " ]")).code, 0);
});

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

Deno.test("where there is no unshare, a run is left to its process group", async () => {
  assert.deepEqual(await containment({ PATH: "/nowhere" }), { supervision: "tree", program: "", args: [] });
});
