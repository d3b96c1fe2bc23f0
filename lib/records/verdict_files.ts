import * as path from "node:path";
import { type ArtifactName, ARTIFACTS } from "./artifacts.ts";
import type { Policy } from "./policy.ts";
import type { Result } from "./result.ts";
import { type StagedFile, stageWhole, writeWhole } from "./write_file.ts";
import { sha256Of } from "../base/digest.ts";
import { renderJson } from "../base/render_json.ts";

export interface RunVerdict {
  readonly policy: Policy;
  readonly result: Result;
  readonly resultText: string;
}

/** A verdict whose files are written and do not stand in their places yet. */
export interface StagedVerdict {
  /** The names that they have until then. */
  readonly names: readonly string[];
  /** SHA-256 of each, by its place. */
  readonly digests: Readonly<Record<string, string>>;
  /** Puts them there: policy.json last, once `before` was done. */
  readonly commit: (before?: () => void) => void;
  readonly discard: () => void;
}

/** The files of a verdict, with what they hold, in the order in which they are written. */
export function verdictFiles({ policy, result, resultText }: RunVerdict): [ArtifactName, string][] {
  return [
    [ARTIFACTS.resultText, resultText],
    [ARTIFACTS.result, renderJson(result)],
    [ARTIFACTS.policy, renderJson(policy)],
  ];
}

export function writeVerdict(folder: string, verdict: RunVerdict): void {
  for (const [name, text] of verdictFiles(verdict)) writeWhole(path.join(folder, name), text);
}

/** @throws what the file system says; then nothing is left of them */
export function stageVerdict(folder: string, verdict: RunVerdict): StagedVerdict {
  const files = verdictFiles(verdict);
  const staged: StagedFile[] = [];
  const discard = (): void => staged.forEach((file) => file.discard());
  try {
    for (const [name, text] of files) staged.push(stageWhole(path.join(folder, name), text));
  } catch (error) {
    discard();
    throw error;
  }
  return {
    names: staged.map(({ name }) => name),
    digests: Object.fromEntries(files.map(([name, text]) => [name, sha256Of(text)])),
    commit: (before = () => {}) => {
      for (const file of staged.slice(0, -1)) file.commit();
      before();
      staged.at(-1)?.commit();
    },
    discard,
  };
}
