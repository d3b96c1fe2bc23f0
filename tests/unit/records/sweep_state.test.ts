import assert from "node:assert/strict";
import { join } from "node:path";
import { openScratch } from "../../../lib/records/live_runs.ts";
import { knownRuns, sweepRunsFolder, sweepState } from "../../../lib/records/sweep_state.ts";

const [LIVE, DEAD, OWN] = ["1", "2", "3"].map((digit) => `20261122-12000000${digit}-worker-x-0123abcd`) as [
  string,
  string,
  string,
];

interface World {
  readonly base: string;
  readonly state: string;
  /** What a run leaves that was killed: its folder, and nobody who holds it. */
  readonly leave: (runId: string) => Promise<void>;
}

async function withState(test: (world: World) => Promise<void>): Promise<void> {
  const base = await Deno.realPath(await Deno.makeTempDir());
  const state = join(base, "state");
  await Deno.mkdir(state);
  try {
    await test({
      base,
      state,
      leave: async (runId) => {
        const folder = join(state, "live", runId);
        await Deno.mkdir(join(folder, "pycache"), { recursive: true });
        // The process lives, and began at another moment.
        await Deno.writeTextFile(join(folder, "owner"), `${Deno.pid}\n1\n`);
        await Deno.writeTextFile(join(folder, "run"), join(base, "runs", runId));
        await Deno.writeTextFile(join(folder, "events.jsonl"), "{}\n");
      },
    });
  } finally {
    await Deno.remove(base, { recursive: true });
  }
}

const names = (folder: string): string[] => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("runs that go on are told from those that were killed", () =>
  withState(async ({ state, leave }) => {
    assert.deepEqual(await knownRuns(state), { live: new Set(), dead: new Set() });
    await using _live = await openScratch(state, LIVE);
    await leave(DEAD);
    assert.deepEqual(await knownRuns(state), { live: new Set([LIVE]), dead: new Set([DEAD]) });
  }));

Deno.test("what a killed run left is swept away; while others go on, it is kept that it was one", () =>
  withState(async ({ state, leave }) => {
    await leave(DEAD);
    await using own = await openScratch(state, OWN);
    {
      await using live = await openScratch(state, LIVE);
      await sweepState(state, OWN);
      assert.deepEqual(names(join(state, "live")), [LIVE, DEAD, OWN]);
      assert.deepEqual(names(join(state, "live", DEAD)), ["owner", "run"]);
      assert.deepEqual([names(live.folder), names(own.folder)], [["owner"], ["owner"]]);
    }
    await sweepState(state, OWN);
    assert.deepEqual(names(join(state, "live")), [OWN]);
  }));

Deno.test("a scratch folder or a ticket that is being made is left alone until it is old", () =>
  withState(async ({ state }) => {
    const place = `${"0".repeat(12)}-alone-${"0".repeat(16)}-00000000`;
    const made = [
      join(state, "live", ".new-00000000"),
      join(state, "locks", ".new-00000000"),
      join(state, "locks", place),
    ];
    for (const folder of ["live", "locks"]) await Deno.mkdir(join(state, folder));
    await Deno.mkdir(made[0] ?? "");
    for (const file of made.slice(1)) await Deno.writeTextFile(file, "");
    await Deno.writeTextFile(join(state, "locks", "something else"), "");
    await sweepState(state, OWN);
    assert.deepEqual([names(join(state, "live")).length, names(join(state, "locks")).length], [1, 3]);
    const old = new Date(Date.now() - 2 * 3_600_000);
    for (const file of [...made, join(state, "locks", "something else")]) await Deno.utime(file, old, old);
    await sweepState(state, OWN);
    assert.deepEqual([names(join(state, "live")), names(join(state, "locks"))], [[], ["something else"]]);
  }));

Deno.test("a link in place of the scratch folders leads no sweep elsewhere", () =>
  withState(async ({ base, state }) => {
    await Deno.mkdir(join(base, "elsewhere", DEAD), { recursive: true });
    await Deno.symlink(join(base, "elsewhere"), join(state, "live"));
    await sweepState(state, OWN);
    assert.deepEqual(names(join(base, "elsewhere")), [DEAD]);
  }));

Deno.test("of run directories that a kill left half made, the one that is needed is put in its place", () =>
  withState(async ({ base, state, leave }) => {
    const runs = join(base, "runs");
    await using _live = await openScratch(state, LIVE);
    await leave(DEAD);
    await leave(OWN);
    for (const name of [`.new-${LIVE}`, `.new-${DEAD}`, `.old-${DEAD}`, `.new-${OWN}`, ".new-strange"]) {
      await Deno.mkdir(join(runs, name), { recursive: true });
    }
    await sweepRunsFolder(runs, state);
    assert.deepEqual(names(runs), [`.new-${LIVE}`, ".new-strange", DEAD]);
  }));
