import { join } from "node:path";
import { MACHINE_PATH } from "./lean_path.ts";
import { programCommand, programWords } from "./program.ts";
import { findPython } from "./tool_folder.ts";

export interface ShellSession {
  /** The shell with its arguments. */
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What is typed at each prompt: `\t` asks for completions, `\r` ends the line, and Ctrl-U (`\x15`) takes it back. */
  readonly lines: readonly string[];
}

/** The prompt by which a session knows that the shell listens. */
export const PROMPT = "READY>";

/** Types lines on a terminal of their own, each once the one before has been carried out. Rejects after a minute of silence. */
export async function typeInShell(session: ShellSession): Promise<void> {
  const child = new Deno.Command(await findPython(), {
    args: ["-c", TYPIST],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [{ success, stderr }] = await Promise.all([
    child.output(),
    new Blob([JSON.stringify({ ...session, prompt: PROMPT })]).stream().pipeTo(child.stdin),
  ]);
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/**
 * Puts a codex-dispatch into a folder that completes as the real one does, and of everything else keeps the arguments.
 *
 * @returns reads the command lines so far, the arguments of each
 */
export async function writeListener(folder: string): Promise<() => Promise<string[][]>> {
  const { variables } = await programCommand();
  const heard = join(folder, "heard");
  const quoted = [
    "env",
    ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    ...await programWords([], { PATH: MACHINE_PATH }),
  ].map((part) => `'${part}'`);
  await Deno.writeTextFile(heard, "");
  await Deno.writeTextFile(
    join(folder, "codex-dispatch"),
    `#!/bin/sh
if [ "$1" = complete ]; then exec ${quoted.join(" ")} "$@"; fi
for word in "$@"; do printf '%s\\037' "$word"; done >>'${heard}'
echo >>'${heard}'
echo HEARD
`,
    { mode: 0o755 },
  );
  return async () => {
    const lines = (await Deno.readTextFile(heard)).split("\n").slice(0, -1);
    return lines.map((line) => line.split("\x1f").slice(0, -1));
  };
}

// A line that is taken back with Ctrl-U is followed by one that is heard, so that each wait has an end.
const TYPIST = `
import json, os, pty, select, sys
session = json.load(sys.stdin)
child, terminal = pty.fork()
if child == 0:
    os.chdir(session["cwd"])
    os.execve(session["argv"][0], session["argv"], session["env"])
seen = b""
def wait_for(text):
    global seen
    while text not in seen:
        if not select.select([terminal], [], [], 60)[0]:
            sys.exit("waited for %r and saw %r" % (text, seen))
        try:
            part = os.read(terminal, 65536)
        except OSError:
            part = b""
        if not part:
            sys.exit("the shell ended: %r" % seen)
        seen += part
    seen = seen.split(text, 1)[1]
prompt = session["prompt"].encode()
wait_for(prompt)
for line in session["lines"]:
    os.write(terminal, line.encode())
    wait_for(b"HEARD\\r\\n")
    wait_for(prompt)
os.write(terminal, b"exit\\r")
try:
    while os.read(terminal, 65536):
        pass
except OSError:
    pass
os.waitpid(child, 0)
`;
