import assert from "node:assert/strict";
import * as path from "node:path";
import { DISPATCH_FLAGS } from "../../lib/cli/dispatch_flags.ts";
import { HELP_TEXT } from "../../lib/cli/help_text.ts";
import { makeHome } from "../helpers/home_folder.ts";
import { runProgram } from "../helpers/program.ts";
import { findTool } from "../helpers/tool_folder.ts";
import { PROMPT, typeInShell, writeListener } from "../helpers/type_in_shell.ts";

const ENV = { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", HOME: "/" };

async function complete(cwd: string, ...words: string[]): Promise<{ words: string[]; kind: string }> {
  const asked = ["complete", "--", ...words.slice(0, -1), `=${words.at(-1)}`];
  const { code, stdout, stderr } = await runProgram(asked, { env: ENV, cwd });
  assert.deepEqual([code, stderr], [0, ""]);
  const lines = stdout.trimEnd().split("\n");
  const kind = lines.pop() ?? "";
  return { words: lines.map((line) => line.split("\t")[0] ?? ""), kind };
}

Deno.test("every command and every flag of the help is offered, and no hidden one", async () => {
  const [, listed = ""] = /\nCommands:\n([\s\S]*?)\n\n/.exec(HELP_TEXT) ?? [];
  const commands = [...listed.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name);
  const offered = await complete("/", "");
  assert.deepEqual(offered.words.filter((word) => word !== "help"), commands);
  const flags = DISPATCH_FLAGS.filter(({ hidden }) => !hidden).map(({ flag }) => flag.split(" ")[0] ?? "");
  const dashes = (await complete("/", "--")).words;
  assert.deepEqual(flags.filter((flag) => !dashes.includes(flag)), []);
  assert.ok(!dashes.includes("--fingerprint-limit") && !offered.words.includes("stand-in"));
});

/** | words | what is offered | what kind they are | */
const LINES: readonly (readonly [readonly string[], readonly string[], string])[] = [
  [["ru"], ["runs"], "words"],
  [["runs", "sh"], ["show"], "words"],
  [["packet", ""], ["new", "check", "help"], "words"],
  [["packet", "new", "--mode", ""], ["worker", "verifier", "reviewer", "synthesizer"], "words"],
  [["packet", "new", "--mode=v"], ["verifier"], "words"],
  [["--require-verdict", ""], ["pass"], "words"],
  [["--task", ""], [], "files"],
  [["--output-dir", ""], [], "folders"],
  [["--output-dir=x"], [], "folders"],
  [["--model", ""], [], "nothing"],
  [["dispatch", ""], [], "files"],
  [["dispatch", "a.md", "--js"], ["--json"], "words"],
  [["packet", "check", "a.md", ""], [], "files"],
  [["--json", "--quiet", "quo"], ["quota"], "words"],
  [["--waive", "runs", "ru"], ["runs"], "words"],
  [["completions", ""], ["bash", "zsh", "fish", "powershell"], "words"],
  [["schema", "p"], ["pipeline", "policy"], "words"],
  [["pipeline", "show", "--format", ""], ["text", "mermaid", "json"], "words"],
  [["pipeline", "show", "cross"], ["cross-check"], "files"],
  [["pipeline", "init", "t"], ["tdd"], "words"],
  [["skill", "install", "--"], ["--help"], "words"],
  [["no-such-command", "x", "--mod"], ["--model"], "words"],
  [["$(touch /x)", "`"], [], "words"],
];

for (const [words, offered, kind] of LINES) {
  Deno.test(`"${words.join(" ")}" is completed`, async () => {
    assert.deepEqual(await complete("/", ...words), { words: offered, kind: `:${kind}` });
  });
}

Deno.test("runs are offered by their ids, the last first", async () => {
  await using home = await makeHome();
  const ids = ["20260101-100000000-worker-first-00000001", "20260102-100000000-verifier-second-00000002"];
  for (const id of [...ids, "no-run"]) {
    await Deno.mkdir(path.join(home.root, ".codex-dispatch", "runs", id), { recursive: true });
  }
  assert.deepEqual(await complete(home.root, "runs", "show", ""), {
    words: ["last", ids[1], ids[0]],
    kind: ":ordered",
  });
  assert.deepEqual((await complete(home.root, "runs", "show", "20260101")).words, [ids[0]]);
  assert.deepEqual((await complete("/", "runs", "show", "")).words, []);
});

Deno.test("completions for a shell that there are none for are refused with those that there are", async () => {
  const { code, stderr } = await runProgram(["completions", "bsh"], { env: ENV, cwd: "/" });
  assert.equal(code, 1);
  assert.match(stderr, /There are for bash, zsh, fish, powershell\. Did you mean bash\?/);
});

Deno.test("the script for PowerShell asks codex-dispatch", async () => {
  const { code, stdout } = await runProgram(["completions", "powershell"], { env: ENV, cwd: "/" });
  assert.equal(code, 0);
  assert.match(stdout, /Register-ArgumentCompleter -Native -CommandName 'codex-dispatch'/);
  assert.match(stdout, /codex-dispatch complete '--'/);
});

/** What is typed, and what the program is then started with. The folder has "the task.md" and "folder/" in it. */
const TYPED: readonly (readonly [string, readonly string[]])[] = [
  ["codex-dispatch ru\t\r", ["runs"]],
  ["codex-dispatch runs sh\t\r", ["runs", "show"]],
  ["codex-dispatch packet new --mode ver\t\r", ["packet", "new", "--mode", "verifier"]],
  ["codex-dispatch packet new --mode=ver\t\r", ["packet", "new", "--mode=verifier"]],
  ["codex-dispatch --task the\t\r", ["--task", "the task.md"]],
  ["codex-dispatch pipeline show cross\t\r", ["pipeline", "show", "cross-check"]],
  ["codex-dispatch pipeline show the\t\r", ["pipeline", "show", "the task.md"]],
  ["codex-dispatch --allow-d\tt\t\r", ["--allow-dirty-overlap", "t"]],
  ["codex-dispatch --task $(touch pwned) \t\x15codex-dispatch x\r", ["x"]],
];

/** Before version 4, bash cannot be told to offer no files. */
const NO_FILES: (typeof TYPED)[number] = ["codex-dispatch --model fold\t\r", ["--model", "fold"]];

/** How an interactive shell is told to load the script: by sourcing it, and zsh also by finding it on its own path. */
const WAYS: readonly {
  readonly shell: string;
  readonly by: string;
  readonly rc: string;
  readonly text: (script: string) => string;
  readonly args: (rc: string) => string[];
}[] = [
  {
    shell: "bash",
    by: "source",
    rc: ".bashrc",
    text: (script) => `PS1='${PROMPT}'\nsource '${script}'\n`,
    args: (rc) => ["--noprofile", "--rcfile", rc, "-i"],
  },
  {
    shell: "zsh",
    by: "source",
    rc: ".zshrc",
    text: (script) => `PROMPT='${PROMPT}'\nautoload -Uz compinit\ncompinit -u -D\nsource '${script}'\n`,
    args: () => ["-d", "-i"],
  },
  {
    shell: "zsh",
    by: "fpath",
    rc: ".zshrc",
    text: (script) =>
      `PROMPT='${PROMPT}'\nfpath=('${path.dirname(script)}' $fpath)\nautoload -Uz compinit\ncompinit -u -D\n`,
    args: () => ["-d", "-i"],
  },
];

const SHELLS = ["bash", "zsh", "fish"].filter((name) => findTool(name) !== undefined);
console.error(`completions are tried in ${SHELLS.join(", ")}`);

for (const { shell, by, rc, text, args } of WAYS.filter((way) => SHELLS.includes(way.shell))) {
  Deno.test(`${shell} (${by}) completes commands, flags, values and files, and runs nothing of the line`, async () => {
    await using typing = await prepare(shell);
    const old = shell === "bash" && !await succeeds(shell, "-c", "type compopt");
    const typed = old ? TYPED : [...TYPED, NO_FILES];
    const file = path.join(typing.home, rc);
    await Deno.writeTextFile(file, text(typing.script));
    await typeInShell({
      argv: [findTool(shell) ?? shell, ...args(file)],
      cwd: typing.folder,
      env: typing.env,
      lines: typed.map(([line]) => line),
    });
    assert.deepEqual(await typing.heard(), typed.map(([, words]) => words));
    assert.deepEqual([...Deno.readDirSync(typing.folder)].map(({ name }) => name).sort(), [
      "folder",
      "the task.md",
    ]);
  });
}

/** | line | what fish offers for it | */
const FISH: readonly (readonly [string, readonly string[]])[] = [
  ["codex-dispatch ru", ["runs"]],
  ["codex-dispatch runs sh", ["show"]],
  ["codex-dispatch packet new --mode ", ["worker", "verifier", "reviewer", "synthesizer"]],
  ["codex-dispatch packet new --mode=ver", ["--mode=verifier"]],
  ["codex-dispatch --task the", ["the task.md"]],
  ["codex-dispatch pipeline show t", ["tdd", "the task.md"]],
  ["codex-dispatch --model fold", []],
  ["codex-dispatch --task (touch pwned) --js", ["--json"]],
];

for (const shell of SHELLS.filter((name) => name === "fish")) {
  Deno.test(`${shell} completes commands, flags, values and files, and runs nothing of the line`, async () => {
    await using typing = await prepare(shell);
    for (const [line, offered] of FISH) {
      const { stdout } = await new Deno.Command(shell, {
        args: ["--no-config", "-c", `source '${typing.script}'; complete -C '${line}'`],
        cwd: typing.folder,
        env: typing.env,
        clearEnv: true,
      }).output();
      const lines = new TextDecoder().decode(stdout).split("\n").filter((text) => text !== "");
      assert.deepEqual(lines.map((text) => text.split("\t")[0]), offered, line);
    }
    assert.deepEqual([...Deno.readDirSync(typing.folder)].map(({ name }) => name).sort(), [
      "folder",
      "the task.md",
    ]);
  });
}

async function succeeds(program: string, ...args: string[]): Promise<boolean> {
  return (await new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output()).success;
}

interface Typing extends AsyncDisposable {
  readonly home: string;
  readonly folder: string;
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  readonly heard: () => Promise<string[][]>;
}

async function prepare(shell: string): Promise<Typing> {
  const home = await makeHome();
  const [bin, folder, script] = [
    path.join(home.root, "bin"),
    path.join(home.root, "work"),
    path.join(home.root, "completions", "_codex-dispatch"),
  ];
  await Deno.mkdir(bin);
  await Deno.mkdir(path.dirname(script));
  await Deno.mkdir(path.join(folder, "folder"), { recursive: true });
  await Deno.writeTextFile(path.join(folder, "the task.md"), "");
  const { stdout } = await home.run("completions", shell);
  await Deno.writeTextFile(script, stdout);
  const env = {
    ...home.env,
    PATH: `${bin}:${home.env.PATH}`,
    ZDOTDIR: home.root,
    TERM: "xterm",
    LANG: "C.UTF-8",
  };
  return {
    home: home.root,
    folder,
    script,
    env,
    heard: await writeListener(bin),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}
