import assert from "node:assert/strict";
import { type Dispatched, dispatchScripted } from "../helpers/dispatching.ts";
import { type ProgramOutcome, runProgram } from "../helpers/program.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";

function runs(repository: TestRepository, ...args: string[]): Promise<ProgramOutcome> {
  return runProgram(["runs", ...args], { env: repository.env, cwd: repository.root });
}

/** Every file of a work tree with its mode and content, and every folder, as text. */
async function tree(repository: TestRepository): Promise<string> {
  const script = "find . -path ./.git -prune -o -path ./.codex-dispatch -prune -o -print0 | sort -z | " +
    'xargs -0 -I{} sh -c \'stat -c "%n %F %a" "$1"; readlink "$1" || [ -d "$1" ] || [ ! -f "$1" ] || od -c "$1"\' _ {}';
  const { stdout } = await new Deno.Command("bash", { args: ["-c", script], cwd: repository.root }).output();
  return new TextDecoder().decode(stdout);
}

async function sh(repository: TestRepository, script: string): Promise<void> {
  const options = { args: ["-ec", script], cwd: repository.root, env: { ...repository.env } };
  const { success, stderr } = await new Deno.Command("bash", options).output();
  assert.ok(success, new TextDecoder().decode(stderr));
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

/** | what happened since the run | the path that is named | */
const SINCE: readonly (readonly [string, string])[] = [
  ["chmod +x src/one.txt", "src/one.txt"],
  ["chmod 600 src/one.txt", "src/one.txt"],
  ["rm src/one.txt", "src/one.txt"],
  ["rm src/one.txt; mkdir src/one.txt", "src/one.txt"],
  ["rm src/one.txt; mkfifo src/one.txt", "src/one.txt"],
  ["cp src/one.txt x; rm src/one.txt; ln -s ../x src/one.txt", "src/one.txt"],
  ["ln -sfn nowhere src/link", "src/link"],
  ["rm src/link; echo one.txt >src/link", "src/link"],
  ["mkdir src/gone.txt", "src/gone.txt"],
  ["mkdir src/gone.txt; echo mine >src/gone.txt/mine", "src/gone.txt"],
  ["mkfifo src/gone.txt", "src/gone.txt"],
  ["ln -s nowhere src/gone.txt", "src/gone.txt"],
  ["echo mine >src/old", "src/old"],
  ["ln -s deep src/old", "src/old"],
  ["echo mine >src/turned/mine", "src/turned/mine"],
  ["mkdir src/turned/mine", "src/turned/mine"],
  ["mkfifo src/turned/mine", "src/turned/mine"],
];

Deno.test("runs revert refuses, and changes nothing, whatever else stands at a path or in its way", async () => {
  await using repository = await makeRepository({
    "src/one.txt": "one\n",
    "src/gone.txt": "g\n",
    "src/old/a": "a\n",
    "src/turned": "t\n",
  });
  const action = "echo more >>src/one.txt; rm -r src/gone.txt src/old src/turned; ln -s one.txt src/link; " +
    "mkdir src/turned; echo x >src/turned/x; mkdir -p src/deep; echo x >src/deep/x";
  const run = await dispatchScripted(repository, repository.packet(), { script: { action } });
  assert.equal(run.code, 0, run.stderr);
  const kept = `${repository.home}/kept`;
  await sh(repository, `cp -a . '${kept}'`);
  for (const [change, named] of SINCE) {
    await sh(repository, change);
    const now = await tree(repository);
    const refused = await runs(repository, "revert", "last");
    assert.equal(refused.code, 2, `${change}: ${refused.stderr}`);
    assert.ok(refused.stderr.includes(`"${named}". Nothing was taken back.`), `${change}: ${refused.stderr}`);
    assert.equal(await tree(repository), now, change);
    await sh(repository, `rm -rf ./src ./x; cp -a '${kept}/src' .`);
  }
  const reverted = await runs(repository, "revert", "last");
  assert.equal(reverted.code, 0, reverted.stderr);
  assert.equal(await repository.git("status", "--porcelain"), "");
});

Deno.test("runs revert brings modes and folders back that git does not know", async () => {
  await using repository = await makeRepository({ "src/secret": "s\n", "src/private/a": "a\n" });
  await sh(repository, "chmod 600 src/secret; chmod 700 src/private; mkdir -m 750 src/empty src/spool");
  const before = await tree(repository);
  const action = "echo more >>src/secret; rm -r src/private; echo x >src/empty/x; echo x >src/spool/x; " +
    "chmod 755 src/spool";
  const run = await dispatchScripted(repository, repository.packet(), { script: { action } });
  assert.equal(run.code, 0, run.stderr);
  const reverted = await runs(repository, "revert", "last");
  assert.equal(reverted.code, 0, reverted.stderr);
  assert.match(reverted.stderr, /left as it is:\n {2}src\/spool\/\n$/);
  await sh(repository, "chmod 750 src/spool");
  assert.equal(await tree(repository), before);
});

Deno.test("runs revert goes by no setting of the user's", async () => {
  await using repository = await makeRepository({ "src/one.txt": "one\n", "src/two.txt": "two\n" });
  await sh(repository, "printf 'a\\r\\nb\\r\\n' >src/two.txt; git add .; git commit -qm crlf");
  const before = await tree(repository);
  const action = "printf '1\\n2\\r\\n' >src/one.txt; printf 'a\\r\\nB\\r\\n' >src/two.txt";
  const run = await dispatchScripted(repository, repository.packet(), { script: { action } });
  assert.equal(run.code, 0, run.stderr);
  await repository.git("config", "--global", "core.autocrlf", "true");
  await repository.git("config", "--global", "apply.whitespace", "fix");
  await Deno.mkdir(`${repository.home}/.config/git`, { recursive: true });
  await Deno.writeTextFile(`${repository.home}/.config/git/attributes`, "* text eol=crlf\n");
  const reverted = await runs(repository, "revert", "last");
  assert.equal(reverted.code, 0, reverted.stderr);
  assert.equal(await tree(repository), before);
});

Deno.test({
  name: "runs revert knows names of any bytes",
  ignore: Deno.build.os !== "linux",
  async fn(): Promise<void> {
    await using repository = await makeRepository();
    const before = await tree(repository);
    const action =
      "for i in 1 2 3 4 5 6 7 8 9; do echo $i; done >\"$(printf 'src/a\\377')\"; echo x >src/__proto__";
    const run = await dispatchScripted(repository, repository.packet(), { script: { action } });
    assert.equal(run.code, 0, run.stderr);
    const mine = "sed -i '1i mine' src/a*";
    await sh(repository, `cp -a src '${repository.home}/kept'; ${mine}`);
    const refused = await runs(repository, "revert", "last");
    assert.deepEqual([refused.code, refused.stderr.includes('""src/a\\377""')], [2, true], refused.stderr);
    await sh(repository, `rm -rf src; cp -a '${repository.home}/kept' src; echo mine >>src/__proto__`);
    assert.match((await runs(repository, "revert", "last")).stderr, /"src\/__proto__"/);
    await sh(repository, `rm -rf src; cp -a '${repository.home}/kept' src`);
    const reverted = await runs(repository, "revert", "last");
    assert.deepEqual([reverted.code, reverted.stdout, reverted.stderr], [
      0,
      'src/__proto__\n"src/a\\377"\n',
      "",
    ]);
    assert.equal(await tree(repository), before);
  },
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

Deno.test("runs revert takes back in the tree that holds the record: a copy, or one that was moved", async () => {
  await using repository = await makeRepository();
  const before = await tree(repository);
  const run = await dispatchScripted(repository, repository.packet(), {
    script: { action: "echo x >src/x" },
  });
  assert.equal(run.code, 0, run.stderr);
  const after = await tree(repository);
  const copy = { ...repository, root: `${repository.home}/copy` };
  await sh(repository, `cp -a . '${copy.root}'`);
  assert.equal((await runs(copy, "verify", "last")).code, 0);
  const reverted = await runs(copy, "revert", "last");
  assert.equal(reverted.code, 0, reverted.stderr);
  assert.deepEqual([await tree(copy), await tree(repository)], [before, after]);
  const moved = { ...repository, root: `${repository.home}/moved` };
  await Deno.rename(repository.root, moved.root);
  assert.equal((await runs(moved, "revert", "last")).code, 0);
  assert.equal(await tree(moved), before);
});

Deno.test("runs revert says so where the tree of a record elsewhere is gone", async () => {
  await using repository = await makeRepository();
  const records = `${repository.home}/records`;
  const run = await dispatchScripted(repository, repository.packet(), {
    script: { action: "echo x >src/x" },
    args: ["--output-dir", records],
  });
  assert.equal(run.code, 0, run.stderr);
  await Deno.rename(repository.root, `${repository.home}/moved`);
  const args = ["runs", "revert", "last", "--output-dir", records];
  const refused = await runProgram(args, { env: repository.env, cwd: `${repository.home}/moved` });
  assert.equal(refused.code, 2, refused.stderr);
  assert.match(refused.stderr, /was "[^"]*work tree", which is not there/);
});

Deno.test({
  name: "runs verify sees names of any bytes",
  ignore: Deno.build.os !== "linux",
  async fn(): Promise<void> {
    const { repository, run } = await prepared();
    await using _ = repository;
    await sh(repository, `touch "$(printf '%s/a\\377' '${run.runDir}')"`);
    const broken = await runs(repository, "verify", "last");
    assert.deepEqual([broken.code, broken.stderr.includes('"a\\377" was added')], [3, true], broken.stderr);
  },
});
