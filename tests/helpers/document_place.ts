import * as path from "node:path";
import { MACHINE_PATH, USE_MACHINE_PATH } from "./lean_path.ts";
import { programCommand, programWords } from "./program.ts";
import { answerWith, commandEvents } from "./scripted_codex.ts";
import { PRINTS_START, printsLines, READ_OPTIONS, writesAnswer } from "./stand_in_text.ts";
import { shellQuoted } from "../../lib/base/shell_quoted.ts";

/** Where the examples of a document are run: a home folder with one project in it, a stand-in for Codex, and one for npm. */
export interface DocumentPlace extends AsyncDisposable {
  /** The project, which documents call `~/projects/site`. */
  readonly project: string;
  /** Text of a document with the home folder of its examples, `/home/me`, as the one that is here. */
  readonly here: (text: string) => string;
  /** The other way round, for what the program prints. */
  readonly asWritten: (text: string) => string;
  /** Runs shell commands in the project. */
  readonly shell: (script: string) => Promise<{ readonly code: number; readonly output: string }>;
  /** Commits what an example left, as whoever reads it would before the next one. */
  readonly settle: () => Promise<void>;
}

/** A line of a block `console` that is a command, and what it prints. */
export interface ConsoleCommand {
  readonly command: string;
  readonly printed: string;
}

const HOME = "/home/me";
const DEADLINE = 120_000;

/** What Codex does beyond the usual, by a phrase in its packet. */
const ACTIONS: readonly (readonly [phrase: string, action: string])[] = [
  ["keeps digits", "echo '// keeps digits' >>src/slugify.ts; echo 'More.' >>CHANGELOG.md"],
];

const FILES: Readonly<Record<string, string>> = {
  "package.json": '{ "name": "site", "scripts": { "test": "sh tests/run.sh" } }\n',
  "src/slugify.ts": "export const slugify = (text: string) => text.replaceAll(' ', '-');\n",
  "tests/slugify.test.ts": "// slugify('a b') is 'a-b'\n",
  "tests/run.sh": "echo 'ok: 1 test'\n",
  "CHANGELOG.md": "# Changes\n",
  ".gitignore": "node_modules/\n.env\n",
};

export async function makeDocumentPlace(): Promise<DocumentPlace> {
  const base = await Deno.realPath(await Deno.makeTempDir({ prefix: "dispatch-document-" }));
  const home = base + HOME;
  const project = path.join(home, "projects", "site");
  const env = {
    PATH: `${path.join(base, "bin")}:${MACHINE_PATH}`,
    HOME: home,
    USER: "me",
    LANG: "C.UTF-8",
  };
  await writeTools(path.join(base, "bin"));
  for (const [file, text] of Object.entries(FILES)) await write(path.join(project, file), text);
  await write(path.join(project, "node_modules", "left-pad", "index.js"), "\n");
  await write(path.join(home, ".gitconfig"), GIT_CONFIG);
  const shell: DocumentPlace["shell"] = (script) => runShell(script, { env, cwd: project });
  const place: DocumentPlace = {
    project,
    here: (text) => text.replaceAll(HOME, home),
    asWritten: (text) => text.replaceAll(home, HOME),
    shell,
    settle: async () => {
      const { code, output } = await shell("git add --all && git commit --quiet --allow-empty -m 'next'");
      if (code !== 0) throw new Error(`What an example left cannot be committed: ${output}`);
    },
    [Symbol.asyncDispose]: () => Deno.remove(base, { recursive: true }),
  };
  await shell("git init --quiet --bare ~/site.git; git init --quiet; git remote add origin ~/site.git");
  await place.settle();
  return place;
}

/** Writes the file that a block holds, from the project's folder. */
export async function writeNamed(place: DocumentPlace, name: string, text: string): Promise<void> {
  await write(path.resolve(place.project, name.replace(/^~/, place.here(HOME))), place.here(text));
}

/** Runs a block `sh`: every command has to succeed. */
export async function runScript(place: DocumentPlace, text: string): Promise<void> {
  const { code, output } = await place.shell(`set -e\n${place.here(text)}`);
  if (code !== 0) throw new Error(`It ended with ${code}:\n${place.asWritten(output)}`);
}

/** Runs a block `console`: each command has to print what stands below it, where `…` stands for anything. */
export async function runConsole(place: DocumentPlace, text: string): Promise<void> {
  const commands = cutConsole(text);
  const script = commands.map(({ command }) =>
    `${place.here(command)}\nstatus=$?; printf '${MARK}\\n'; (exit $status)\n`
  );
  const { output } = await place.shell(script.join(""));
  const printed = place.asWritten(output).split(`${MARK}\n`);
  for (const [at, { command, printed: expected }] of commands.entries()) {
    const found = printed[at] ?? "";
    if (!patternOf(expected).test(found)) {
      throw new Error(`$ ${command}\nis said to print\n${expected}\nand prints\n${found}`);
    }
  }
}

/** The commands of a block `console`. One that ends in a backslash goes on in the next line. */
export function cutConsole(text: string): ConsoleCommand[] {
  const commands: { command: string; printed: string }[] = [];
  let goesOn = false;
  for (const line of text.trimEnd().split("\n")) {
    const last = commands.at(-1);
    if (goesOn && last) last.command += `\n${line}`;
    else if (line.startsWith("$ ")) commands.push({ command: line.slice(2), printed: "" });
    else if (last) last.printed += `${line}\n`;
    else throw new Error(`"${line}" stands before the first command.`);
    goesOn = (goesOn || line.startsWith("$ ")) && line.endsWith("\\");
  }
  return commands;
}

const MARK = "<end of a command of the document>";

/** A line that is `…` alone stands for any lines. */
function patternOf(expected: string): RegExp {
  const lines = expected.split("\n").slice(0, -1).map((line) =>
    line.trim() === "…"
      ? "(?:[^\\n]*\\n)*?"
      : `${line.split("…").map((part) => RegExp.escape(part)).join("[^\\n]*?")}\\n`
  );
  return new RegExp(`^${lines.join("")}$`);
}

async function runShell(
  script: string,
  { env, cwd }: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): Promise<{ code: number; output: string }> {
  const { code, stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", `exec 2>&1\n${script}`],
    cwd,
    env: { ...env },
    clearEnv: true,
    stdin: "null",
    stderr: "null",
    signal: AbortSignal.timeout(DEADLINE),
  }).output();
  return { code, output: new TextDecoder().decode(stdout) };
}

async function writeTools(bin: string): Promise<void> {
  const { variables } = await programCommand();
  // Codex and npm stand before what the program is given of PATH.
  const words = await programWords([], { PATH: `${bin}:${MACHINE_PATH}` });
  const exported = Object.entries(variables).map(([name, value]) => `export ${name}=${shellQuoted(value)}\n`);
  const program = `${exported.join("")}exec ${words.map(shellQuoted).join(" ")} "$@"\n`;
  const tools = { "codex-dispatch": program, codex: standInText(bin), npm: NPM };
  for (const [name, text] of Object.entries(tools)) {
    await write(path.join(bin, name), `#!/bin/sh\n${text}`, 0o755);
  }
}

const NPM = `${USE_MACHINE_PATH}
case "$1" in test) exec sh tests/run.sh;; ci) mkdir -p node_modules;; *) exit 1;; esac\n`;

const GIT_CONFIG = `[user]
	name = Me
	email = me@example.org
[init]
	defaultBranch = main
`;

/** Codex as far as the documents need it: it says what is left, works by its role, and answers. */
function standInText(bin: string): string {
  const answer = (keys: Record<string, unknown>): string => writesAnswer(answerWith(keys));
  const ran = [{ command: "npm test", exit_code: 0, outcome: "ok: 1 test" }];
  const quota = { usedPercent: 12, windowDurationMins: 300, resetsAt: 4102444800 };
  const action = ACTIONS.map(([phrase, what]) => `*${shellQuoted(phrase)}*) ${what};;\n`).join("");
  return `${USE_MACHINE_PATH}
case "$1" in
  exec) ;;
  --version) echo 'codex-cli 0.169.0'; exit;;
  login) exit;;
  app-server) ${printsLines({ id: 1, result: { rateLimits: { primary: quota } } })} cat >/dev/null; exit;;
  *) exit 2;;
esac
${READ_OPTIONS}
PROMPT=$(cat)
${PRINTS_START}
case "$PROMPT" in
  "You are the worker"*) case "$PROMPT" in ${action}*) echo "// $$" >>src/slugify.ts;; esac;;
esac
${printsLines(...commandEvents("npm test", 0))}
case "$PROMPT" in
  "You are the worker"*) ${
    answer({
      summary: "slugify() does what was asked.",
      changed_files: ["src/slugify.ts"],
      verification_run: ran,
    })
  };;
  *) ${
    answer({
      verdict: "pass",
      summary: "It holds.",
      evidence: ["npm test: ok: 1 test"],
      verification_run: ran,
    })
  };;
esac
${printsLines({ type: "turn.completed", usage: { input_tokens: 1200, output_tokens: 340 } })}
# ${bin}
`;
}

async function write(file: string, text: string, mode = 0o644): Promise<void> {
  await Deno.mkdir(path.dirname(file), { recursive: true });
  await Deno.writeTextFile(file, text, { mode });
}
