import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { USE_MACHINE_PATH } from "./lean_path.ts";
import type { TestRepository } from "./repository.ts";

/** A program in front of another of its name, which a test can make wait. */
export interface HeldCommand {
  /** PATH with it. */
  readonly path: string;
  /** Its own path. */
  readonly file: string;
  /** From now on, whoever calls it with this word among the arguments waits. */
  readonly hold: (word: string) => Promise<void>;
  /** In sh: the same. */
  readonly holdLine: (word: string) => string;
  /** Resolves as soon as somebody waits. */
  readonly held: () => Promise<void>;
  readonly letGo: () => Promise<void>;
}

/** @param real the program that it stands before, as an absolute path */
export async function holdCommand(
  repository: TestRepository,
  name: string,
  real: string,
): Promise<HeldCommand> {
  const folder = join(repository.home, `held-${name}`);
  const [word, waiting] = [join(folder, "word"), join(folder, "waiting")];
  await Deno.mkdir(folder);
  const script = `#!/bin/sh
${USE_MACHINE_PATH}
if [ -e '${word}' ]; then
  for each; do
    if [ "$each" = "$(cat '${word}')" ]; then
      : >'${waiting}'
      while [ -e '${word}' ]; do sleep 0.05; done
    fi
  done
fi
exec '${real}' "$@"
`;
  const file = join(folder, name);
  await Deno.writeTextFile(file, script, { mode: 0o755 });
  return {
    path: `${folder}:${repository.env["PATH"]}`,
    file,
    hold: (text) => Deno.writeTextFile(word, text),
    holdLine: (text) => `printf %s '${text}' >'${word}'`,
    held: async () => {
      await appears(waiting);
    },
    letGo: () => Deno.remove(word),
  };
}

/** Resolves as soon as there is such a file; rejects after a minute. */
export async function appears(file: string): Promise<void> {
  for (let tries = 0; tries < 3_000; tries++) {
    if (await Deno.lstat(file).then(() => true, () => false)) return;
    await delay(20);
  }
  throw new Error(`"${file}" did not appear within a minute.`);
}

/** Where a program stands on PATH. */
export async function which(name: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", 'command -v "$0"', name] }).output();
  return new TextDecoder().decode(stdout).trim();
}
