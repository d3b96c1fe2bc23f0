import assert from "node:assert/strict";
import { join } from "node:path";
import { newPipelineId, StateStore } from "../../../lib/pipeline/state_store.ts";
import { isOfPipeline } from "../../../lib/records/pipeline_folders.ts";

Deno.test("what a pipeline writes in the tree is its own at whatever moment another process asks, and nothing else is", async () => {
  const root = await Deno.realPath(await Deno.makeTempDir());
  const place = { workdir: join(root, "work"), state: join(root, "state") };
  for (const folder of Object.values(place)) await Deno.mkdir(folder);
  const id = newPipelineId("made", new Date(0));
  const writer = new Worker(new URL("./pipeline_writer.ts", import.meta.url), { type: "module" });
  try {
    const { folder } = new StateStore(id, place);
    const file = join(folder, "written.json");
    const said = (): Promise<unknown> => new Promise((resolve) => writer.onmessage = resolve);
    const begun = said();
    writer.postMessage({ id, ...place });
    await begun;
    let isDone = false;
    const done = said().then(() => isDone = true);
    for (let asked = 0; !isDone; asked++) {
      assert.ok(isOfPipeline(file, place.state), `asked ${asked} times before`);
      if (asked % 100 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    await done;
    await Deno.writeTextFile(file, "forged");
    assert.equal(isOfPipeline(file, place.state), false);
    assert.equal(isOfPipeline(join(folder, "other.json"), place.state), false);
  } finally {
    writer.terminate();
    await Deno.remove(root, { recursive: true });
  }
});
