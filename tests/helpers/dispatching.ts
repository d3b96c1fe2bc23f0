import assert from "node:assert/strict";
import { join } from "node:path";
import { type ProgramOutcome, runProgram } from "./program.ts";
import type { TestRepository } from "./repository.ts";
import { type Script, scriptCodex } from "./scripted_codex.ts";
import { type Policy, PolicySchema } from "../../lib/records/policy.ts";
import { type Result, ResultSchema } from "../../lib/records/result.ts";

export interface Dispatched extends ProgramOutcome {
  readonly runDir: string;
  readonly policy: Policy;
  readonly result: Result;
  /** Text of an artifact. */
  readonly artifact: (name: string) => Promise<string>;
}

/** What every run leaves, sorted. One that changed something leaves changes.patch too. */
export const ARTIFACT_NAMES: readonly string[] = [
  "events.jsonl",
  "policy.json",
  "post-diff-stat.txt",
  "post-status.txt",
  "pre-diff-stat.txt",
  "pre-status.txt",
  "prompt.md",
  "result.json",
  "result.md",
  "stderr.txt",
  "task.md",
];

/** Writes a packet beside the repository and returns its path. */
export async function writePacket(
  repository: TestRepository,
  text: string,
  name = "task.md",
): Promise<string> {
  const file = join(repository.home, name);
  await Deno.writeTextFile(file, text);
  return file;
}

/** Dispatches a packet to a scripted Codex, from outside, and reads what came of it. The run directory must be there. */
export async function dispatchScripted(
  repository: TestRepository,
  packet: string,
  options: {
    readonly script?: Script;
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
  } = {},
): Promise<Dispatched> {
  const codex = await scriptCodex(repository, options.script);
  const file = await writePacket(repository, packet, `${crypto.randomUUID().slice(0, 8)}.md`);
  const args = ["--task", file, "--codex", codex, "--force", ...options.args ?? []];
  const outcome = await runProgram(args, {
    env: { ...repository.env, ...options.env },
    cwd: options.cwd ?? repository.home,
  });
  const lines = outcome.stdout.trimEnd().split("\n");
  assert.equal(lines.length, 1, `standard output is not one line: ${outcome.stdout}\n${outcome.stderr}`);
  const runDir = lines[0] ?? "";
  const artifact = (name: string): Promise<string> => Deno.readTextFile(join(runDir, name));
  return {
    ...outcome,
    runDir,
    policy: PolicySchema.parse(JSON.parse(await artifact("policy.json"))),
    result: ResultSchema.parse(JSON.parse(await artifact("result.json"))),
    artifact,
  };
}
