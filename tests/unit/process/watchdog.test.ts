import assert from "node:assert/strict";
import { type Clock, type Limits, Watchdog } from "../../../lib/process/watchdog.ts";

const NONE: Limits = { hard: null, heartbeat: null, command: null };

/** Time that goes forward when it is told to, and wakes whoever is due on the way. */
class FakeClock implements Clock {
  #now = 0;
  readonly #calls = new Set<{ readonly at: number; readonly call: () => void }>();

  readonly now = (): number => this.#now;

  readonly after = (ms: number, call: () => void): () => void => {
    const due = { at: this.#now + ms, call };
    this.#calls.add(due);
    return () => this.#calls.delete(due);
  };

  advanceTo(time: number): void {
    while (true) {
      const [next] = [...this.#calls].filter(({ at }) => at <= time).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#now = next.at;
      this.#calls.delete(next);
      next.call();
    }
    this.#now = time;
  }

  get waiting(): number {
    return this.#calls.size;
  }
}

type Act = (watchdog: Watchdog) => void;
const sign: Act = (watchdog) => watchdog.signOfLife();
const starts = (id: string, command: string): Act => (watchdog) => watchdog.commandStarted(id, command);
const ends = (id: string): Act => (watchdog) => watchdog.commandEnded(id);
const reconnects: Act = (watchdog) => watchdog.reconnecting("Reconnecting... 2/5 (no\nroute)");
const turnEnds: Act = (watchdog) => watchdog.turnEnded();
const stops: Act = (watchdog) => watchdog.stop();

const DAY = 86_400_000;

/** | limits in ms | what happens at which moment | when it expires | the reason | */
const EXPIRIES:
  readonly (readonly [Partial<Limits>, readonly (readonly [number, Act])[], number | null, string])[] = [
    [{ hard: 1_000 }, [], 1_000, "hard limit of 1 s reached; Codex had said nothing yet"],
    [{ hard: 1_000 }, [[999, sign]], 1_000, "hard limit of 1 s reached; no command was running"],
    [{ heartbeat: 500 }, [], 500, "no sign of life for 0.5 s (heartbeat); Codex had said nothing yet"],
    [
      { heartbeat: 500 },
      [[499, sign], [600, sign]],
      1_100,
      "no sign of life for 0.5 s (heartbeat); no command was running",
    ],
    [
      { heartbeat: 500 },
      [[100, sign], [200, reconnects], [400, reconnects], [599, reconnects]],
      600,
      "no sign of life for 0.5 s (heartbeat); Codex was trying to reach its server: Reconnecting... 2/5 (no route)",
    ],
    [
      { heartbeat: 500 },
      [[200, reconnects], [300, sign]],
      800,
      "no sign of life for 0.5 s (heartbeat); no command was running",
    ],
    [
      { hard: 2_000, heartbeat: 500 },
      [[100, starts("1", "make")]],
      2_000,
      'hard limit of 2 s reached; Codex was running "make" (for 2 s)',
    ],
    [{ heartbeat: 500 }, [[100, starts("1", "make")]], null, ""],
    [
      { heartbeat: 500 },
      [[100, starts("1", "make")], [9_000, ends("1")]],
      9_500,
      "no sign of life for 0.5 s (heartbeat); no command was running",
    ],
    [
      { heartbeat: 500, command: 900 },
      [[100, starts("1", "npm   test\n")]],
      1_000,
      'the command "npm test" ran for 0.9 s, its limit',
    ],
    [
      { heartbeat: 500, command: 900 },
      [[100, starts("1", "a")], [700, starts("2", "b")], [800, ends("1")]],
      1_600,
      'the command "b" ran for 0.9 s, its limit',
    ],
    [
      { command: 900 },
      [[100, starts("1", "a")], [900, sign]],
      1_000,
      'the command "a" ran for 0.9 s, its limit',
    ],
    [
      { hard: 1_000, command: 900 },
      [[100, starts("1", "a")]],
      1_000,
      'hard limit of 1 s reached; Codex was running "a" (for 1 s)',
    ],
    [
      { heartbeat: 500 },
      [[100, starts("1", "npm run dev")], [200, turnEnds]],
      700,
      "no sign of life for 0.5 s (heartbeat); Codex's turn had ended, but it did not exit",
    ],
    [{ hard: 60 * DAY }, [[1, sign]], 60 * DAY, "hard limit of 5184000 s reached; no command was running"],
    [{ hard: 1_000 }, [[500, stops]], null, ""],
    [{}, [[500, sign]], null, ""],
  ];

for (const [limits, acts, expected, reason] of EXPIRIES) {
  const what = acts.map(([at, act]) => `${act.name || "command"} at ${at}`).join(", ") || "silence";
  Deno.test(`${JSON.stringify(limits)}, ${what}: ${expected === null ? "goes on" : `ends at ${expected}`}`, () => {
    const clock = new FakeClock();
    let ended: { at: number; reason: string } | undefined;
    let times = 0;
    const watchdog = new Watchdog({ ...NONE, ...limits }, (why) => {
      ended = { at: clock.now(), reason: why };
      times++;
    }, clock);
    for (const [at, act] of acts) {
      clock.advanceTo(at);
      act(watchdog);
    }
    if (expected !== null) {
      clock.advanceTo(expected - 1);
      assert.equal(ended, undefined);
    }
    clock.advanceTo(100 * DAY);
    assert.deepEqual(ended, expected === null ? undefined : { at: expected, reason });
    assert.equal(times, expected === null ? 0 : 1);
    watchdog.stop();
    assert.equal(clock.waiting, 0);
  });
}

Deno.test("a million signs of life set no timer", () => {
  const clock = new FakeClock();
  const watchdog = new Watchdog({ ...NONE, hard: 1_000, heartbeat: 500 }, () => {}, clock);
  for (let i = 0; i < 1_000_000; i++) watchdog.signOfLife();
  assert.equal(clock.waiting, 1);
});

Deno.test("a stream of commands that never end is not kept", () => {
  const clock = new FakeClock();
  const ended: string[] = [];
  const watchdog = new Watchdog({ ...NONE, command: 10 }, (reason) => ended.push(reason), clock);
  for (let i = 0; i < 100_000; i++) watchdog.commandStarted(`${i}`, "x".repeat(1_000));
  clock.advanceTo(10);
  assert.equal(ended.length, 1);
});

Deno.test("by the real clock a limit is kept, and not before its time", async () => {
  const started = performance.now();
  const reason = await new Promise((resolve) => new Watchdog({ ...NONE, hard: 60 }, resolve));
  assert.match(String(reason), /^hard limit of 0\.06 s/);
  assert.ok(performance.now() - started >= 60);
});
