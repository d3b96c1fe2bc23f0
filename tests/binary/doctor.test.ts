import assert from "node:assert/strict";
import { join } from "node:path";
import { dispatchScripted } from "../helpers/dispatching.ts";
import { runProgram } from "../helpers/program.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";

interface Found {
  readonly name: string;
  readonly status: string;
  readonly found: string;
  readonly remedy: string | null;
}

/** A stand-in for Codex that knows its version and whether somebody is logged in. */
async function writeCodex(repository: TestRepository, loggedIn: boolean): Promise<string> {
  const file = join(repository.home, "codex");
  const status = loggedIn ? "echo 'Logged in using ChatGPT' >&2" : "echo 'Not logged in' >&2; exit 1";
  const text =
    `#!/bin/sh\ncase "$1" in --version) echo "codex-cli 1.2.3";; login) ${status};; *) exit 9;; esac\n`;
  await Deno.writeTextFile(file, text, { mode: 0o755 });
  return file;
}

async function doctor(
  repository: TestRepository,
  { args = [], env = {}, cwd = repository.root }: {
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
  } = {},
): Promise<{ readonly code: number; readonly found: (name: string) => Found }> {
  const { code, stdout } = await runProgram(["doctor", "--json", ...args], {
    env: { ...repository.env, ...env },
    cwd,
  });
  const { ok, checks }: { ok: boolean; checks: Found[] } = JSON.parse(stdout);
  assert.equal(ok, code === 0);
  return {
    code,
    found: (name) => {
      const finding = checks.find((each) => each.name === name);
      assert.ok(finding, `${name} was not looked at`);
      return finding;
    },
  };
}

Deno.test("where everything is there, doctor says so and exits 0, and leaves nothing behind", async () => {
  await using repository = await makeRepository();
  const codex = await writeCodex(repository, true);
  const { code, found } = await doctor(repository, { args: ["--codex", codex] });
  assert.equal(code, 0);
  assert.match(found("codex").found, /^codex 1\.2\.3, \/.*\/codex$/);
  assert.deepEqual([found("codex").status, found("codex").remedy], ["ok", null]);
  assert.match(found("login").found, /^Logged in using ChatGPT$/);
  assert.match(found("git").found, /^git version 2\./);
  assert.deepEqual([found("clock").status, found("state folder").status, found("WORKDIR").status], [
    "ok",
    "ok",
    "ok",
  ]);
  const state = join(repository.env["XDG_STATE_HOME"] ?? "", "codex-dispatch");
  assert.deepEqual([...Deno.readDirSync(state)], []);
  const text = await runProgram(["doctor", "--codex", codex], { env: repository.env, cwd: repository.root });
  assert.match(text.stdout, /^ok {4}git .*\nok {4}codex .*\n[^]*\n\nA dispatch works here/);
});

/** | what is missing | environment | arguments | check | status | found | remedy | exit | */
const MISSING: readonly (readonly [
  string,
  { readonly env?: Record<string, string>; readonly loggedIn?: boolean; readonly args?: string[] },
  { readonly name: string; readonly status: string; readonly found: RegExp; readonly remedy: RegExp },
  number,
])[] = [
  ["codex", { args: ["--codex", "/nowhere/codex"] }, {
    name: "codex",
    status: "fail",
    found: /No program stands at "\/nowhere\/codex"/,
    remedy: /^/,
  }, 2],
  ["a login", { loggedIn: false }, {
    name: "login",
    status: "fail",
    found: /Not logged in/,
    remedy: /codex login/,
  }, 2],
  ["a login that Codex reads", { loggedIn: false, env: { OPENAI_API_KEY: "k" } }, {
    name: "login",
    status: "fail",
    found: /Not logged in/,
    remedy: /does not read/,
  }, 2],
  ["nothing, with a key", { loggedIn: false, env: { CODEX_API_KEY: "k" } }, {
    name: "login",
    status: "ok",
    found: /CODEX_API_KEY/,
    remedy: /^$/,
  }, 0],
  ["git", { env: { PATH: "/nowhere" } }, {
    name: "git",
    status: "fail",
    found: /git was not found on PATH/,
    remedy: /^/,
  }, 2],
  ["an absolute PATH", { env: { PATH: `${Deno.env.get("PATH")}:.` } }, {
    name: "PATH",
    status: "warn",
    found: /"\." on PATH/,
    remedy: /Take it off PATH/,
  }, 0],
];

for (const [what, { env = {}, loggedIn = true, args }, expected, exit] of MISSING) {
  Deno.test(`doctor where this is missing: ${what}`, async () => {
    await using repository = await makeRepository();
    const codex = await writeCodex(repository, loggedIn);
    const { code, found } = await doctor(repository, { env, args: args ?? ["--codex", codex] });
    assert.equal(code, exit);
    const { status, found: said, remedy } = found(expected.name);
    assert.equal(status, expected.status);
    assert.match(said, expected.found);
    assert.match(remedy ?? "", expected.remedy);
  });
}

Deno.test("outside of a work tree doctor says how to make one, and where the state is kept all the same", async () => {
  await using repository = await makeRepository();
  const codex = await writeCodex(repository, true);
  const env = { XDG_STATE_HOME: join(repository.home, "state") };
  const { code, found } = await doctor(repository, { args: ["--codex", codex], cwd: repository.home, env });
  assert.equal(found("state folder").found, join(repository.home, "state/codex-dispatch"));
  assert.deepEqual([code, found("WORKDIR").status], [0, "warn"]);
  assert.match(found("WORKDIR").remedy ?? "", /git init/);
});

Deno.test("a git that a worker put into the work tree is never run, whatever PATH says", async () => {
  await using repository = await makeRepository();
  const planted =
    `printf '#!/bin/sh\\ntouch "${repository.home}/ran"\\n' >git; chmod +x git; cp git setpriv; cp git unshare`;
  const env = { PATH: `.::${repository.env["PATH"]}` };
  const packet = repository.packet({ scope: ["."] });
  for (const script of [{ action: planted }, {}]) {
    await dispatchScripted(repository, packet, {
      script,
      env,
      args: ["--allow-dirty-overlap"],
      cwd: repository.root,
    });
  }
  assert.equal(await Deno.lstat(join(repository.home, "ran")).catch(() => undefined), undefined);
});
