import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { detach } from "../helpers/detaching.ts";
import { dispatchScripted } from "../helpers/dispatching.ts";
import { type ProgramOutcome, runProgram } from "../helpers/program.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";

function runs(repository: TestRepository, ...args: string[]): Promise<ProgramOutcome> {
  return runProgram(["runs", ...args], { env: { ...repository.env, USER: "ada" }, cwd: repository.root });
}

Deno.test("a run is accepted, then rejected: both are kept, list and show tell, and the record still holds", async () => {
  await using repository = await makeRepository();
  const { runDir, result, policy } = await dispatchScripted(repository, repository.packet());
  const before = await Deno.lstat(runDir);
  const accepted = await runs(repository, "accept", "last", "--reason", "The diff was read.");
  assert.deepEqual([accepted.code, accepted.stdout], [0, `${result.run_id}: accept\n`]);
  assert.match((await runs(repository, "list")).stdout, /^accepted .* accept .*\n$/);
  const rejected = await runs(repository, "reject", "last", "--reason", "Not so.", "--by", "bob", "--json");
  const { run_dir: shown, ...review } = JSON.parse(rejected.stdout);
  assert.equal(shown, runDir);
  assert.deepEqual(JSON.parse(await Deno.readTextFile(join(runDir, "review.json"))), review);
  assert.deepEqual([review.schema, review.run_id, review.decision, review.reason, review.by], [
    1,
    result.run_id,
    "reject",
    "Not so.",
    "bob",
  ]);
  assert.deepEqual(
    review.earlier.map((each: Record<string, string>) => [each["decision"], each["reason"], each["by"]]),
    [["accept", "The diff was read.", "ada"]],
  );
  assert.match(
    (await runs(repository, "show")).stdout,
    /## Reviewed\n\n- \*\*reject\*\* by bob.*\n- \*\*accept\*\*/,
  );
  const document = JSON.parse((await runs(repository, "show", "--json")).stdout);
  assert.deepEqual([document.review, document.policy], [review, policy]);
  assert.equal((await runs(repository, "verify")).code, 0);
  assert.equal((await Deno.lstat(runDir)).mtime?.getTime(), before.mtime?.getTime());
});

Deno.test("a run with violations may be accepted, and its verdict stays", async () => {
  await using repository = await makeRepository();
  const run = await dispatchScripted(repository, repository.packet(), {
    script: { action: "echo x >other" },
  });
  const { code, stderr } = await runs(repository, "accept", "last", "--reason", "The file is wanted.");
  assert.equal(code, 0);
  assert.match(stderr, /the verdict stays: violation \(exit 3\), out-of-scope\.\n$/);
  assert.equal(JSON.parse(await run.artifact("policy.json")).policy_violation, true);
  assert.match((await runs(repository, "list")).stdout, /^violation .* accept /);
  assert.equal((await runs(repository, "wait", "last")).code, 3);
});

Deno.test("nothing is decided without a reason, of a run that goes on, or of one that is not there", async () => {
  await using repository = await makeRepository();
  await using run = await detach(repository);
  await run.begun();
  assert.match((await runs(repository, "accept", "last")).stderr, /required option '--reason/);
  /** | arguments | what is said | */
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [["last", "--reason", " "], /--reason is empty/],
    [["last", "--reason", "good"], /goes on\. Wait for its verdict/],
    [["another", "--reason", "good"], /No run in/],
  ];
  for (const [args, said] of refused) {
    const { code, stdout, stderr } = await runs(repository, "reject", ...args);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, said);
  }
  await run.letGo();
  assert.equal((await runs(repository, "wait", "last")).code, 0);
  assert.equal((await runs(repository, "verify")).code, 0);
});

Deno.test("a run may be reviewed, and another pruned, while one goes on in the same work tree", async () => {
  await using repository = await makeRepository();
  const pruned = await dispatchScripted(repository, repository.packet());
  const reviewed = await dispatchScripted(repository, repository.packet());
  await using run = await detach(repository);
  await run.begun();
  assert.equal((await runs(repository, "accept", reviewed.result.run_id, "--reason", "good")).code, 0);
  const { code, stdout } = await runs(repository, "prune", "--keep", "2");
  assert.deepEqual([code, stdout], [0, `${pruned.result.run_id}\n`]);
  await run.letGo();
  const waited = await runs(repository, "wait", run.runId);
  assert.equal(waited.code, 0, waited.stderr);
});

/** | what a worker does to runs that were | shell commands; `$pruned` and `$reviewed` are run directories | named | */
const FORGED: readonly (readonly [string, string, readonly string[]])[] = [
  ["writes a review", `echo '{}' >"$plain/review.json"`, ["plain/review.json"]],
  ["changes a review", `echo ' ' >>"$reviewed/review.json"`, ["reviewed/review.json"]],
  ["takes a review away", `rm "$reviewed/review.json"`, ["reviewed/review.json"]],
  ["gives a review to another run", `cp "$reviewed/review.json" "$plain"`, ["plain/review.json"]],
];

for (const [what, action, named] of FORGED) {
  Deno.test(`a worker that ${what} tampers with the records, and verify says so`, async () => {
    await using repository = await makeRepository();
    const plain = await dispatchScripted(repository, repository.packet());
    const reviewed = await dispatchScripted(repository, repository.packet());
    await runs(repository, "accept", "last", "--reason", "good");
    const folders = { plain: plain.runDir, reviewed: reviewed.runDir };
    const run = await dispatchScripted(repository, repository.packet(), {
      script: { action: `plain='${plain.runDir}' reviewed='${reviewed.runDir}'; ${action}` },
    });
    assert.equal(run.code, 3);
    const expected = named.map((path) => {
      const [name = "plain", file = ""] = path.split("/") as ["plain" | "reviewed", string];
      return ["record-tampered", `${relative(repository.root, folders[name])}/${file}`];
    });
    assert.deepEqual(run.policy.violations.map(({ kind, path }) => [kind, path]), expected);
    const name = named[0]?.startsWith("plain") ? "plain" : "reviewed";
    const verified = await runs(repository, "verify", folders[name]);
    assert.equal(verified.code, 3);
    assert.match(verified.stderr, /review\.json (was added|was changed|is missing)/);
  });
}

Deno.test("a review that a worker puts into a run which ends meanwhile is named", async () => {
  await using repository = await makeRepository();
  await using other = await detach(repository, { packet: repository.packet({ mode: "reviewer" }) });
  await other.begun();
  const waits = `while [ ! -e "$HOME/ended" ]; do sleep 0.02; done; echo '{}' >'${other.runDir}/review.json'`;
  await using run = await detach(repository, {
    packet: repository.packet({ mode: "verifier" }),
    script: { action: waits },
  });
  await run.begun();
  await run.letGo();
  await other.letGo();
  assert.equal((await runs(repository, "wait", other.runId)).code, 0);
  await Deno.writeTextFile(join(repository.home, "ended"), "");
  const waited = await runs(repository, "wait", run.runId);
  assert.equal(waited.code, 3);
  assert.match(waited.stderr, /record-tampered: .*review\.json/);
});
