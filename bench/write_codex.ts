/** What the stand-in does between its prompt and its answer: lines of sh. `$here` is the folder that it stands in. */
export interface CodexPlan {
  readonly work: string;
}

/** Answers `codex --version` and `codex exec … -o FILE … -` as Codex does, with the least of work of its own. */
export async function writeCodex(file: string, { work }: CodexPlan): Promise<void> {
  await Deno.writeTextFile(file, `${HEAD}${work}\n${TAIL}`, { mode: 0o755 });
}

/** The least answer that fits the schema of lib/codex/answer.ts. */
const ANSWER = JSON.stringify({
  result: "done",
  verdict: "none",
  summary: "ok",
  changed_files: [],
  verification_run: [],
  evidence: [],
  findings: [],
  risks: [],
  next: "",
});

const FIRST_EVENTS = [
  { type: "thread.started", thread_id: "00000000-0000-7000-8000-000000000000" },
  { type: "turn.started" },
];
const LAST_EVENTS = [
  { type: "item.completed", item: { id: "item_last", type: "agent_message", text: ANSWER } },
  { type: "turn.completed", usage: { input_tokens: 0, cached_input_tokens: 0, output_tokens: 0 } },
];

const HEAD = `#!/bin/sh
set -e
here=\${0%/*}
if [ "$1" = --version ]; then echo codex-cli 0.0.0; exit; fi
while [ $# -gt 1 ]; do
  if [ "$1" = -o ]; then answer=$2; fi
  shift
done
cat >/dev/null
${echo(FIRST_EVENTS)}
`;
const TAIL = `printf %s '${ANSWER}' >"$answer"
${echo(LAST_EVENTS)}
`;

/** Lines of sh that print events; none of them holds a single quote. */
function echo(events: readonly unknown[]): string {
  return events.map((event) => `printf '%s\\n' '${JSON.stringify(event)}'`).join("\n");
}
