import assert from "node:assert/strict";
import { type Dispatched, dispatchScripted } from "../helpers/dispatching.ts";
import { type ProgramOutcome, runProgram } from "../helpers/program.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";

function runs(repository: TestRepository, ...args: string[]): Promise<ProgramOutcome> {
  return runProgram(["runs", ...args], { env: repository.env, cwd: repository.root });
}

/** Every file of a work tree with its mode and content, as text. */
async function tree(repository: TestRepository): Promise<string> {
  const script =
    "find . -path ./.git -prune -o -path ./.codex-dispatch -prune -o ! -type d -print0 | sort -z | " +
    'xargs -0 -I{} sh -c \'stat -c "%n %F %a" "$1"; readlink "$1" || od -c "$1"\' _ {}';
  const { stdout } = await new Deno.Command("bash", { args: ["-c", script], cwd: repository.root }).output();
  return new TextDecoder().decode(stdout);
}

const EVERYTHING = [
  "echo more >>src/one.txt",
  "rm src/gone.txt",
  "printf 'a\\0b' >src/binary",
  "echo new >'src/ünï \"quoted\".txt'",
  "chmod +x src/tool.sh",
  "ln -s one.txt src/link",
  "echo more >>src/dirty.txt",
  "mkdir -p src/deep/er; echo x >src/deep/er/x",
].join("; ");

async function prepared(): Promise<{ repository: TestRepository; before: string; run: Dispatched }> {
  const repository = await makeRepository({
    "src/one.txt": "one\n",
    "src/gone.txt": "g\n",
    "src/tool.sh": "#!/bin/sh\n",
  });
  await repository.write("src/dirty.txt", "untracked before\n");
  const before = await tree(repository);
  const run = await dispatchScripted(repository, repository.packet(), {
    script: { action: EVERYTHING },
    args: ["--allow-dirty-overlap"],
  });
  assert.equal(run.code, 0, run.stderr);
  return { repository, before, run };
}

Deno.test("runs revert takes everything back that a run changed, against what was there before it", async () => {
  const { repository, before, run } = await prepared();
  await using _ = repository;
  assert.notEqual(await tree(repository), before);
  const reverted = await runs(repository, "revert", "last");
  assert.equal(reverted.code, 0, reverted.stderr);
  assert.equal(await tree(repository), before);
  assert.equal(reverted.stdout.trimEnd().split("\n").length, run.policy.changes.length);
  assert.equal(await repository.git("status", "--porcelain"), "?? src/dirty.txt");
});

Deno.test("runs revert refuses where a file has changed since, and then changes nothing", async () => {
  const { repository } = await prepared();
  await using _ = repository;
  for (const change of ["src/one.txt", "src/gone.txt"]) {
    const content = await Deno.readTextFile(`${repository.root}/${change}`).catch(() => undefined);
    await repository.write(change, "mine\n");
    const now = await tree(repository);
    const refused = await runs(repository, "revert", "last");
    assert.deepEqual([refused.code, refused.stderr.includes(`"${change}"`)], [2, true], refused.stderr);
    assert.equal(await tree(repository), now);
    if (content === undefined) await Deno.remove(`${repository.root}/${change}`);
    else await repository.write(change, content);
  }
  assert.equal((await runs(repository, "revert", "last")).code, 0);
});

Deno.test("runs revert names what it leaves, and files with Windows line ends come back as they were", async () => {
  await using repository = await makeRepository({
    ".gitignore": "*.log\n",
    ".gitattributes": "* text=auto eol=crlf\n",
  });
  await repository.write("src/crlf.txt", "one\r\ntwo\r\n");
  await repository.git("add", "--all");
  await repository.git("commit", "-qm", "crlf");
  const before = await tree(repository);
  const script = { action: "printf 'one\\r\\n2\\r\\n' >src/crlf.txt; echo x >src/x.log" };
  const run = await dispatchScripted(repository, repository.packet(), { script });
  assert.equal(run.code, 0, run.stderr);
  const reverted = await runs(repository, "revert", run.result.run_id);
  assert.equal(reverted.stdout, "src/crlf.txt\n");
  assert.match(reverted.stderr, /left as it is:\n {2}src\/x\.log/);
  await Deno.remove(`${repository.root}/src/x.log`);
  assert.equal(await tree(repository), before);
});

Deno.test("runs verify tells a run directory that is as it was from one that is not", async () => {
  const { repository, run } = await prepared();
  await using _ = repository;
  assert.equal((await runs(repository, "verify")).stdout, `${run.result.run_id}: ok\n`);
  await Deno.writeTextFile(
    `${run.runDir}/policy.json`,
    (await run.artifact("policy.json")).replace("false", "true"),
  );
  await Deno.writeTextFile(`${run.runDir}/extra`, "");
  await Deno.remove(`${run.runDir}/task.md`);
  const broken = await runs(repository, "verify", "last");
  assert.equal(broken.code, 3);
  for (const what of ["policy.json was changed", "extra was added", "task.md is missing"]) {
    assert.ok(broken.stderr.includes(what), what);
  }
  const reverted = await runs(repository, "revert", "last");
  assert.equal(reverted.code, 3);
  const elsewhere = {
    env: { ...repository.env, XDG_STATE_HOME: `${repository.home}/other` },
    cwd: repository.root,
  };
  const unknown = await runProgram(["runs", "verify", "last"], elsewhere);
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /No digests of the run/);
});
