import assert from "node:assert/strict";
import { join } from "node:path";
import { appears } from "../helpers/detaching.ts";
import { dispatchScripted, writePacket } from "../helpers/dispatching.ts";
import { assertNothingLives, runProgram, startProgram } from "../helpers/program.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";
import { scriptCodex } from "../helpers/scripted_codex.ts";

/** How many dispatches are killed, and in how many repositories side by side. `CODEX_DISPATCH_KILLS` asks for more. */
const KILLS = Number(Deno.env.get("CODEX_DISPATCH_KILLS") ?? 24);
const SIDE_BY_SIDE = 3;

/** What Codex does: it takes a moment, changes a file, and leaves something behind that would live on. */
const ACTION =
  `touch "$HOME/begun"; setsid sleep 300 & echo "$$" >>src/one.txt; sleep 0.1; echo y >src/two.txt`;

Deno.test(`killed at ${KILLS} moments, a dispatch leaves no process, no accepted run and no broken JSON, and the next one works`, async () => {
  const counts = { before: 0, during: 0, complete: 0, ended: 0 };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, async (_, part) => {
    await using repository = await makeRepository();
    // The first one takes longer.
    await dispatchWhole(repository);
    let time = await dispatchWhole(repository);
    for (let index = part; index < KILLS; index += SIDE_BY_SIDE) {
      const share = (index + Math.random()) / KILLS;
      // Spread over the whole run and a little beyond its end; each third one over what comes once Codex has begun.
      const isLate = Math.floor(index / SIDE_BY_SIDE) % 3 === 0;
      for (let after = (isLate ? 0.4 : 1.02) * time * share;; after *= Math.random()) {
        const outcome = await killAt(repository, { isLate, after });
        counts[outcome]++;
        if (outcome !== "ended") break;
      }
      // The machine may be busier than it was.
      time = await dispatchWhole(repository);
    }
  }));
  console.log(
    `killed before there was a run directory: ${counts.before}, during the run: ${counts.during}, when its record ` +
      `was complete: ${counts.complete}; and ${counts.ended} ended before they could be killed`,
  );
  assert.ok(counts.during > 0, "none was killed during its run");
});

Deno.test("killed between the seal and the verdict, a run is interrupted, and was not tampered with", async () => {
  await using repository = await makeRepository();
  const { runDir, policy } = await dispatchScripted(repository, repository.packet(), {});
  const unfinished = {
    ...policy,
    exit_code: 70,
    policy_violation: true,
    violations: [{ kind: "interrupted", detail: "The run has not ended." }],
  };
  await Deno.rename(join(runDir, "policy.json"), join(runDir, ".policy.json.12345678"));
  await Deno.writeTextFile(join(runDir, "policy.json"), JSON.stringify(unfinished));
  const options = { env: repository.env, cwd: repository.root };
  const [list, verify, wait] = await Promise.all([
    runProgram(["runs", "list", "--json"], options),
    runProgram(["runs", "verify", "last"], options),
    runProgram(["runs", "wait", "last"], options),
  ]);
  const { runs } = JSON.parse(list.stdout);
  assert.deepEqual([runs[0].status, runs[0].exit_code], ["interrupted", 70]);
  assert.deepEqual([verify.code, wait.code], [1, 70]);
  assert.match(verify.stderr, /did not come to its end/);
  assert.match(wait.stderr, /was interrupted/);
});

/** A dispatch that nobody ends: how long it took. Milliseconds. */
async function dispatchWhole(repository: TestRepository): Promise<number> {
  const started = performance.now();
  const run = await dispatchScripted(repository, repository.packet(), {
    script: { action: ACTION },
    args: ["--allow-dirty-overlap"],
  });
  const time = performance.now() - started;
  assert.deepEqual([run.code, run.policy.violations], [0, []], run.stderr);
  assert.deepEqual(leftOf(repository), []);
  return time;
}

type Outcome = "before" | "during" | "complete" | "ended";

async function killAt(
  repository: TestRepository,
  { isLate, after }: { readonly isLate: boolean; readonly after: number },
): Promise<Outcome> {
  const begun = join(repository.home, "begun");
  await Deno.remove(begun).catch(() => {});
  const before = new Set(runsOf(repository));
  const packet = await writePacket(repository, repository.packet());
  const codex = await scriptCodex(repository, { action: ACTION });
  const args = ["--task", packet, "--codex", codex, "--force", "--allow-dirty-overlap"];
  let wasKilled: boolean;
  {
    await using program = await startProgram(args, { env: repository.env, cwd: "/" });
    if (isLate) await appears(begun);
    await new Promise((resolve) => setTimeout(resolve, after));
    try {
      program.child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    wasKilled = (await program.child.status).signal === "SIGKILL";
  }
  await assertNothingLives(repository.env);
  const made = runsOf(repository).filter((id) => !before.has(id));
  assert.ok(made.length <= 1);

  const [id] = made;
  if (id === undefined) return "before";
  const options = { env: repository.env, cwd: repository.root };
  const list = await runProgram(["runs", "list", "--json"], options);
  const { runs } = JSON.parse(list.stdout);
  const { status } = runs.find((run: { id: string }) => run.id === id);
  const folder = join(runsFolderOf(repository), id);
  const [policy, result] = ["policy.json", "result.json"].map((name) =>
    JSON.parse(Deno.readTextFileSync(join(folder, name)))
  );
  if (status === "interrupted") {
    // policy.json is the last word: result.json may say already what it was about to say.
    assert.deepEqual([policy.policy_violation, policy.exit_code], [true, 70]);
    assert.equal((await runProgram(["runs", "verify", id], options)).code, 1);
    return "during";
  }
  // It had come to its end, and was about to say so: then all of it stands.
  assert.deepEqual([status, result.accepted, policy.violations], ["accepted", true, []]);
  const verified = await runProgram(["runs", "verify", id], options);
  assert.equal(verified.code, 0, verified.stderr);
  return wasKilled ? "complete" : "ended";
}

function runsFolderOf(repository: TestRepository): string {
  return join(repository.root, ".codex-dispatch", "runs");
}

function runsOf(repository: TestRepository): string[] {
  return [...Deno.readDirSync(runsFolderOf(repository))].map(({ name }) => name).filter((name) =>
    !name.startsWith(".")
  );
}

/** What lies where nothing should once a dispatch has ended. */
function leftOf(repository: TestRepository): string[] {
  const state = join(repository.env["XDG_STATE_HOME"] ?? "", "codex-dispatch");
  const hidden = [...Deno.readDirSync(runsFolderOf(repository))].map(({ name }) => name);
  return [
    ...["locks", "live"].flatMap((folder) =>
      [...Deno.readDirSync(join(state, folder))].map(({ name }) => name)
    ),
    ...hidden.filter((name) => name.startsWith(".")),
  ].filter((name) => !name.startsWith(".new-") || hidden.includes(name));
}
