import assert from "node:assert/strict";
import { withFolder } from "../../helpers/with_folder.ts";
import { isLive, openScratch, ownerOf, untilEnded } from "../../../lib/records/live_runs.ts";

const NEVER = new AbortController().signal;

Deno.test("a run is live while its very process is there", () =>
  withFolder(async (state) => {
    const { folder: scratch } = await openScratch(state, "run-1");
    assert.deepEqual([await isLive(state, "run-1"), await ownerOf(state, "run-1")], [true, Deno.pid]);
    for (const owner of [`${Deno.pid}\nanother moment\n`, `${Deno.pid}`, "", "{"]) {
      await Deno.writeTextFile(`${scratch}/owner`, owner);
      assert.deepEqual([await isLive(state, "run-1"), await ownerOf(state, "run-1")], [false, undefined]);
    }
    assert.equal(await isLive(state, "run-2"), false);
  }));

Deno.test("waiting for a run that has ended, or that never was, takes no time", () =>
  withFolder(async (state) => {
    assert.equal(await untilEnded(state, "run-1", NEVER), true);
    await openScratch(state, "run-2");
    await Deno.remove(`${state}/live/run-2`, { recursive: true });
    assert.equal(await untilEnded(state, "run-2", NEVER), true);
  }));

Deno.test("a wait ends with its run, and not with another one", () =>
  withFolder(async (state) => {
    await openScratch(state, "run-1");
    await openScratch(state, "run-2");
    let ended = false;
    const waiting = untilEnded(state, "run-1", NEVER).then((each) => ended = each);
    await Deno.remove(`${state}/live/run-2`, { recursive: true });
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(ended, false);
    await Deno.remove(`${state}/live/run-1`, { recursive: true });
    assert.equal(await waiting, true);
  }));

Deno.test("many waits, each for a run that ends at once, all end", () =>
  withFolder(async (state) => {
    const ids = Array.from({ length: 40 }, (_, index) => `run-${index}`);
    for (const id of ids) await openScratch(state, id);
    const waits = ids.map(async (id) => {
      const waiting = untilEnded(state, id, NEVER);
      await Deno.remove(`${state}/live/${id}`, { recursive: true });
      return await waiting;
    });
    assert.ok((await Promise.all(waits)).every((each) => each));
  }));

Deno.test("a wait that is stopped says that the run goes on", () =>
  withFolder(async (state) => {
    await openScratch(state, "run-1");
    const stop = new AbortController();
    const waiting = untilEnded(state, "run-1", stop.signal);
    stop.abort();
    assert.equal(await waiting, false);
    assert.equal(await untilEnded(state, "run-1", stop.signal), false);
  }));
