import assert from "node:assert/strict";
import { unlessAborted } from "../../../lib/base/unless_aborted.ts";

Deno.test("work that nobody aborts comes to what it comes to", async () => {
  const { signal } = new AbortController();
  assert.equal(await unlessAborted(() => Promise.resolve(7), signal), 7);
  await assert.rejects(unlessAborted(() => Promise.reject(new Error("no")), signal), /no/);
});

Deno.test("work is not begun after the signal, and left where it comes meanwhile", async () => {
  const controller = new AbortController();
  const hanging = unlessAborted(() => new Promise<number>(() => {}), controller.signal);
  controller.abort();
  assert.equal(await hanging, undefined);
  let begun = false;
  const begin = (): Promise<void> => {
    begun = true;
    return Promise.resolve();
  };
  assert.equal(await unlessAborted(begin, controller.signal), undefined);
  assert.equal(begun, false);
});

Deno.test("a failure that follows from the signal is none", async () => {
  const controller = new AbortController();
  const failing = unlessAborted(
    () =>
      new Promise((_, reject) =>
        controller.signal.addEventListener("abort", () => reject(new Error("ended")))
      ),
    controller.signal,
  );
  controller.abort();
  assert.equal(await failing, undefined);
});
