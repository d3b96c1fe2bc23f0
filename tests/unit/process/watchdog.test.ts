import assert from "node:assert/strict";
import { type Limits, Watchdog } from "../../../lib/process/watchdog.ts";

const NONE: Limits = { hard: null, heartbeat: null, command: null };

/** The reason for which a watchdog expires, and after how many milliseconds; undefined if it does not within `most`. */
async function expiry(
  limits: Limits,
  act: (watchdog: Watchdog) => void = () => {},
  most = 400,
): Promise<{ reason: string; after: number } | undefined> {
  const started = performance.now();
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const watchdog = new Watchdog(limits, resolve);
  const timer = setTimeout(() => resolve(undefined), most);
  act(watchdog);
  const reason = await promise;
  clearTimeout(timer);
  watchdog.stop();
  return reason === undefined ? undefined : { reason, after: performance.now() - started };
}

Deno.test("the hard limit ends a run at its moment and not before", async () => {
  const end = await expiry({ ...NONE, hard: 60 });
  assert.match(end?.reason ?? "", /^hard limit of 0\.06 s reached; no command was running$/);
  assert.ok((end?.after ?? 0) >= 60, `it expired after ${end?.after} ms`);
});

Deno.test("silence ends a run by the heartbeat", async () => {
  const end = await expiry({ ...NONE, heartbeat: 40 });
  assert.match(end?.reason ?? "", /^no sign of life for 0\.04 s \(heartbeat\)/);
});

Deno.test("a sign of life puts the heartbeat off, and the hard limit not", async () => {
  const signs: number[] = [];
  const end = await expiry({ ...NONE, hard: 200, heartbeat: 120 }, (watchdog) => {
    for (const at of [50, 100, 150]) {
      signs.push(setTimeout(() => watchdog.signOfLife(), at) as unknown as number);
    }
  });
  assert.match(end?.reason ?? "", /^hard limit/);
  for (const timer of signs) clearTimeout(timer);
});

Deno.test("while a command runs its own limit counts instead of the heartbeat", async () => {
  const quiet = await expiry(
    { ...NONE, heartbeat: 20 },
    (watchdog) => watchdog.commandStarted("1", "sleep 9"),
    120,
  );
  assert.equal(quiet, undefined);
  const end = await expiry(
    { hard: null, heartbeat: 20, command: 60 },
    (watchdog) => watchdog.commandStarted("1", "sleep 9"),
  );
  assert.equal(end?.reason, 'the command "sleep 9" ran for 0.06 s, its limit');
});

Deno.test("after the end of a command the heartbeat counts from there", async () => {
  const end = await expiry({ ...NONE, heartbeat: 40 }, (watchdog) => {
    watchdog.commandStarted("1", "make");
    watchdog.commandEnded("1");
  });
  assert.match(end?.reason ?? "", /heartbeat/);
});

Deno.test("the reason names what Codex was doing", async () => {
  const end = await expiry({ ...NONE, hard: 30 }, (watchdog) => watchdog.commandStarted("1", "npm   test\n"));
  assert.equal(end?.reason, 'hard limit of 0.03 s reached; Codex was running "npm test"');
});

Deno.test("without limits, and after stop, nothing expires", async () => {
  assert.equal(await expiry(NONE, () => {}, 60), undefined);
  assert.equal(await expiry({ ...NONE, hard: 20 }, (watchdog) => watchdog.stop(), 80), undefined);
});
