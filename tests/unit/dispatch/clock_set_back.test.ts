import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { appears } from "../../helpers/detaching.ts";
import { writePacket } from "../../helpers/dispatching.ts";
import { makeRepository, type PacketFields, type TestRepository } from "../../helpers/repository.ts";
import { type Script, scriptCodex } from "../../helpers/scripted_codex.ts";
import { main } from "../../../lib/cli/main.ts";

const HOUR = 3_600_000;
const NOON = Date.parse("2026-11-22T12:00:00Z");

/** Runs a command line in this process, at the moment that a clock shows. */
async function at(
  clock: number,
  repository: TestRepository,
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const said = { stdout: "", stderr: "" };
  const code = await main({
    args,
    environment: repository.env,
    cwd: repository.root,
    stdout: (text) => said.stdout += text,
    stderr: (text) => said.stderr += text,
    draw: () => {},
    readStdin: () => Promise.resolve(new Uint8Array()),
    columns: () => undefined,
    now: () => new Date(clock),
    onSignal: () => ({ [Symbol.dispose]: () => {} }),
    self: [],
  });
  return { code, ...said };
}

async function dispatchAt(
  clock: number,
  repository: TestRepository,
  { fields = {}, script = {} }: { readonly fields?: PacketFields; readonly script?: Script } = {},
): Promise<{ code: number; runId: string; stderr: string }> {
  const codex = await scriptCodex(repository, script);
  const packet = await writePacket(repository, repository.packet(fields), `${crypto.randomUUID()}.md`);
  const args = ["--task", packet, "--codex", codex, "--force", "--allow-dirty-overlap"];
  const { code, stdout, stderr } = await at(clock, repository, args);
  return { code, runId: basename(stdout.trim()), stderr };
}

Deno.test("while the clock is set back the ids of runs go on in their order, and the last run is the last", async () => {
  await using repository = await makeRepository();
  const script = { action: "echo x >>src/one.txt" };
  const ids: string[] = [];
  for (const clock of [NOON, NOON - HOUR, NOON - 30 * 24 * HOUR, NOON - HOUR]) {
    const { code, runId, stderr } = await dispatchAt(clock, repository, { script });
    assert.equal(code, 0, stderr);
    ids.push(runId);
    const list = await at(clock, repository, ["runs", "list", "--json"]);
    assert.equal(JSON.parse(list.stdout).runs[0].id, runId);
    const verified = await at(clock, repository, ["runs", "verify"]);
    assert.equal(verified.stdout, `${runId}: ok\n`);
  }
  assert.deepEqual([...ids].sort(), ids);
  assert.match(ids[1] ?? "", /^20261122-120000001-/);
  const [{ started_at: started }] =
    JSON.parse((await at(NOON, repository, ["runs", "list", "--json"])).stdout).runs;
  assert.equal(started, "2026-11-22T11:00:00.000Z");
  // Set right again, it is believed again.
  assert.match((await dispatchAt(NOON + HOUR, repository)).runId, /^20261122-130000000-/);
});

for (const [what, clock] of [["set back", NOON - HOUR], ["set forward", NOON + HOUR]] as const) {
  Deno.test(`a reader is not blamed for others that came, went and were pruned after the clock was ${what}`, async () => {
    await using repository = await makeRepository();
    const [started, go] = [join(repository.home, "started"), join(repository.home, "go")];
    const first = dispatchAt(NOON, repository, {
      fields: { mode: "verifier" },
      script: { action: `touch '${started}'; while [ ! -e '${go}' ]; do sleep 0.02; done` },
    });
    await appears(started);
    const second = await dispatchAt(clock, repository, { fields: { mode: "reviewer" } });
    const third = await dispatchAt(clock, repository, { fields: { mode: "synthesizer" } });
    assert.deepEqual([second.code, third.code], [0, 0], second.stderr + third.stderr);
    assert.equal((await at(clock, repository, ["runs", "accept", second.runId, "--reason", "good"])).code, 0);
    const pruned = await at(clock, repository, ["runs", "prune", "--keep", "1", "--json"]);
    assert.equal(pruned.code, 0, pruned.stderr);
    await Deno.writeTextFile(go, "");
    const { code, stderr } = await first;
    assert.equal(code, 0, stderr);
  });
}

Deno.test("a folder that somebody put there under a later name takes no part in the order of runs", async () => {
  await using repository = await makeRepository();
  const first = await dispatchAt(NOON, repository);
  const runs = join(repository.root, ".codex-dispatch", "runs");
  await Deno.mkdir(join(runs, "20990101-000000000-worker-forged-0123abcd"));
  await Deno.mkdir(join(runs, "99999999-999999999-worker-forged-0123abcd"));
  const second = await dispatchAt(NOON - HOUR, repository);
  assert.match(second.runId, /^20261122-120000001-/);
  assert.ok(second.runId > first.runId);
});
