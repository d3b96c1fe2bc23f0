import assert from "node:assert/strict";
import { join } from "node:path";
import { sweepScratch } from "../../../lib/pipeline/sweep_scratch.ts";
import { openScratch, scratchFolder } from "../../../lib/records/live_runs.ts";
import { makeRepository } from "../../helpers/repository.ts";
import { checkOut } from "./tree/checking_out.ts";

const [ALIVE, DEAD] = ["a", "d"].map((letter) => `20261122-101112131-pipeline-check-${letter.repeat(8)}`);

Deno.test("what a pipeline left whose process is gone is swept, checkouts and all, and nothing else", async () => {
  assert.ok(ALIVE !== undefined && DEAD !== undefined);
  await using repository = await makeRepository();
  const state = join(repository.home, "state");
  await using running = await openScratch(state, ALIVE);
  const [dead, run] = [scratchFolder(state, DEAD), scratchFolder(state, "a-run")];
  for (const folder of [dead, run]) {
    await Deno.mkdir(folder);
    await Deno.writeTextFile(join(folder, "owner"), `${Deno.pid}\nlong ago\n`);
  }
  await using mine = await checkOut(repository, { parent: running.folder });
  const left = await checkOut(repository, { parent: dead });
  await Deno.mkdir(join(left.root, "shut"), { mode: 0o500 });
  assert.deepEqual(await sweepScratch(state, repository.env), []);
  assert.ok(await Deno.lstat(mine.root));
  assert.ok(await Deno.lstat(run));
  await assert.rejects(Deno.lstat(dead), Deno.errors.NotFound);
  assert.deepEqual(await sweepScratch(join(state, "none"), repository.env), []);
});
