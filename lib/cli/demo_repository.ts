import * as path from "node:path";
import type { CliContext } from "./context.ts";
import { GREETING_BEFORE } from "./commands/stand_in.ts";
import { runCommand } from "../process/run_command.ts";
import { refusal } from "../base/errors.ts";
import { shellQuoted } from "../base/shell_quoted.ts";

/** Makes the demo's repository: a greeter, its tests, its documentation. */
export async function makeRepository(repository: string, context: CliContext): Promise<void> {
  const files = {
    "src/greet.sh": GREETING_BEFORE,
    "tests/greet_test.sh": `set -e
[ "$(sh src/greet.sh you | cut -d, -f2)" = " you" ]
[ "$(sh src/greet.sh | cut -d, -f2)" = " world" ]
echo "ok: both greetings are right"
`,
    "tests/word_test.sh": `set -e
[ "$(sh src/greet.sh you Hi)" = "Hi, you" ] || { echo "a second argument is no greeting yet"; exit 1; }
[ "$(sh src/greet.sh you)" = "Hello, you" ] || { echo "without a second argument the greeting is gone"; exit 1; }
echo "ok: the greeting can be chosen"
`,
    "docs/usage.md": "# Usage\n\n    sh src/greet.sh [NAME]\n",
  };
  for (const [file, text] of Object.entries(files)) {
    await Deno.mkdir(path.dirname(path.join(repository, file)), { recursive: true });
    await Deno.writeTextFile(path.join(repository, file), text);
  }
  await git(repository, ["init", "--quiet"], context);
  await commit(repository, "A greeter", context);
}

/** Commits everything. */
export async function commit(repository: string, message: string, context: CliContext): Promise<void> {
  await git(repository, ["add", "--all"], context);
  const author = [
    "-c",
    "user.name=demo",
    "-c",
    "user.email=demo@example.invalid",
    "-c",
    "commit.gpgSign=false",
  ];
  await git(
    repository,
    [...author, "commit", "--quiet", "--allow-empty", "--no-verify", "-m", message],
    context,
  );
}

/** Throws away what was not committed. */
export async function throwAway(repository: string, context: CliContext): Promise<void> {
  await git(repository, ["checkout", "--quiet", "--force", "HEAD", "--", "."], context);
}

async function git(cwd: string, args: readonly string[], context: CliContext): Promise<void> {
  const kept = Object.entries(context.environment).filter(([name]) => !name.startsWith("GIT_"));
  try {
    const { code, stderr } = await runCommand("git", args, {
      cwd,
      env: Object.fromEntries(kept),
      deadline: 30_000,
    });
    if (code !== 0) {
      throw refusal("git-failed", `git ${args[0]} failed in the demo: ${new TextDecoder().decode(stderr)}`);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw refusal("git-missing", "git was not found on PATH. Install git 2.30 or newer.", { cause: error });
  }
}

/** A program that starts codex-dispatch itself as the stand-in. On Windows a .cmd file, untested there. */
export async function writeStandIn(folder: string, context: CliContext): Promise<string> {
  if (Deno.build.os === "windows") {
    const file = path.join(folder, "codex.cmd");
    await Deno.writeTextFile(file, `@${context.self.map((part) => `"${part}"`).join(" ")} stand-in %*\r\n`);
    return file;
  }
  const file = path.join(folder, "codex-stand-in");
  const quoted = context.self.map(shellQuoted).join(" ");
  await Deno.writeTextFile(file, `#!/bin/sh\nexec ${quoted} stand-in "$@"\n`, { mode: 0o755 });
  return file;
}
