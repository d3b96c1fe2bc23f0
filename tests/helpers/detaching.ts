import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { writePacket } from "./dispatching.ts";
import { killProcesses, type ProgramOutcome, runProgram } from "./program.ts";
import type { TestRepository } from "./repository.ts";
import { type Script, scriptCodex } from "./scripted_codex.ts";

/** A dispatch with `--detach` whose scripted Codex waits for a word. Disposing ends whatever still runs of it. */
export interface DetachedDispatch extends AsyncDisposable {
  readonly outcome: ProgramOutcome;
  readonly runDir: string;
  readonly runId: string;
  /** Resolves when Codex has begun. */
  readonly begun: () => Promise<void>;
  /** Lets Codex go on to its end. */
  readonly letGo: () => Promise<void>;
  /** Runs a command about runs, in the work tree. */
  readonly runs: (...args: string[]) => Promise<ProgramOutcome>;
  /** The process that works on the run, as the state folder names it. */
  readonly owner: () => Promise<number>;
  readonly ownerFile: string;
}

export async function detach(
  repository: TestRepository,
  { script = {}, args = [], packet = repository.packet() }: {
    readonly script?: Script;
    readonly args?: readonly string[];
    readonly packet?: string;
  } = {},
): Promise<DetachedDispatch> {
  const [begun, go] = ["begun", "go"].map((name) =>
    join(repository.home, `${name}-${crypto.randomUUID().slice(0, 8)}`)
  ) as [string, string];
  const action = `touch '${begun}'; while [ ! -e '${go}' ]; do sleep 0.02; done; ${script.action ?? ":"}`;
  const codex = await scriptCodex(repository, { ...script, action });
  const file = await writePacket(repository, packet, `${crypto.randomUUID().slice(0, 8)}.md`);
  const options = { env: repository.env, cwd: repository.root };
  const outcome = await runProgram(
    ["--task", file, "--codex", codex, "--force", "--detach", ...args],
    options,
  );
  assert.equal(outcome.code, 0, outcome.stderr);
  const runDir = outcome.stdout.trimEnd();
  const runId = basename(runDir);
  const ownerFile = join(repository.env["XDG_STATE_HOME"] ?? "", "codex-dispatch", "live", runId, "owner");
  return {
    outcome,
    runDir,
    runId,
    begun: () => appears(begun),
    letGo: () => Deno.writeTextFile(go, ""),
    runs: (...args) => runProgram(["runs", ...args], options),
    owner: async () => Number((await Deno.readTextFile(ownerFile)).split("\n")[0]),
    ownerFile,
    [Symbol.asyncDispose]: () => killProcesses(repository.env),
  };
}

/** Resolves when something stands at a path; rejects after 30 s. */
export async function appears(file: string): Promise<void> {
  for (const until = performance.now() + 30_000; performance.now() < until;) {
    if (await Deno.lstat(file).then(() => true, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nothing appeared at "${file}"`);
}
