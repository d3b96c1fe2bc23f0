/// <reference lib="deno.worker" />
import { StateStore } from "../../../lib/pipeline/state_store.ts";

/** A thread that writes for a pipeline as fast as it can: it stands for another process. */
self.onmessage = async ({ data: { id, ...place } }): Promise<void> => {
  const store = new StateStore(id, place);
  await store.write("state.json", JSON.stringify(place));
  for (let time = 0; time < 400; time++) {
    await store.write("written.json", String(time));
    if (time === 0) self.postMessage("begun");
  }
  self.postMessage("done");
};
