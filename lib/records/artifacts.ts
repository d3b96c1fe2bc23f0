/** The files of a run directory that hold text, in the order in which a person reads them. */
export const ARTIFACTS = {
  task: "task.md",
  prompt: "prompt.md",
  events: "events.jsonl",
  stderr: "stderr.txt",
  result: "result.json",
  resultText: "result.md",
  statusBefore: "pre-status.txt",
  statusAfter: "post-status.txt",
  diffStatBefore: "pre-diff-stat.txt",
  diffStatAfter: "post-diff-stat.txt",
  patch: "changes.patch",
  policy: "policy.json",
} as const;

export type ArtifactName = (typeof ARTIFACTS)[keyof typeof ARTIFACTS];
