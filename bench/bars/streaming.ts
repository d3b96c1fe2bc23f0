import * as path from "node:path";
import { type Bar, type Bench, ratioRow, type Row } from "../bar.ts";
import { compare, type Measure } from "../compare.ts";
import { makeRepository } from "../make_repository.ts";
import { prepareDispatch } from "../prepare_dispatch.ts";
import { type CommandLine, type CommandPlace, runTimed } from "../run_timed.ts";
import { writeCodex } from "../write_codex.ts";

/** What the stand-in prints over and over, read from the page cache: no generator in sh is as fast. */
const BLOCK_BYTES = 50_000_000;
const BLOCKS = 20;
const LINE_BYTES = 1_000;

/** Bar 6: 1 GB of events through codex-dispatch, beside the same stream into a file. */
export const streaming: Bar = {
  number: 6,
  rounds: 5,
  measure,
};

async function* measure(bench: Bench): AsyncGenerator<Row> {
  for (const { name, eventsOf } of KINDS) {
    const folder = path.join(bench.folder, name);
    const repository = path.join(folder, "repository");
    await makeRepository(repository, { files: 10, env: bench.env });
    await writeBlock(path.join(folder, "block"), eventsOf);
    const file = path.join(folder, "codex");
    await writeCodex(file, { work: PRINT_BLOCKS });
    const { dispatch, codex } = await prepareDispatch({ ...bench, folder }, { repository, codex: file });
    const place = { cwd: repository, env: bench.env };
    const comparison = await compare(
      throughDispatch(dispatch, place),
      intoFile(codex, path.join(folder, "events.jsonl"), place),
      bench,
    );
    await Deno.remove(folder, { recursive: true });
    yield ratioRow(`1 GB of ${name} ÷ codex >file`, comparison, { unit: "ms", bar: 1.3 });
  }
}

/**
 * One write for each event, as Codex does: with larger ones the floor is mostly that of a file that no process stands
 * before, and even `codex | cat >file` misses the bar. dd, as cat has the kernel copy from file to file where it can.
 */
const PRINT_BLOCKS = `i=0
while [ $i -lt ${BLOCKS} ]; do
  dd if="$here/block" bs=${LINE_BYTES} 2>/dev/null
  i=$((i + 1))
done`;

interface Kind {
  readonly name: string;
  /** Events that follow each other, in lines of LINE_BYTES on average. */
  readonly eventsOf: (number: number) => readonly string[];
}

const KINDS: readonly Kind[] = [
  {
    name: "agent_message",
    eventsOf: (number) => [
      padded(LINE_BYTES, (text) => ({
        type: "item.completed",
        item: { id: `item_${number}`, type: "agent_message", text },
      })),
    ],
  },
  {
    name: "command_execution",
    eventsOf: (number) => {
      const item = {
        id: `item_${number}`,
        type: "command_execution",
        command: `/bin/bash -lc 'step ${number}'`,
      };
      const started = `${
        JSON.stringify({
          type: "item.started",
          item: { ...item, aggregated_output: "", exit_code: null, status: "in_progress" },
        })
      }\n`;
      const completed = padded(2 * LINE_BYTES - started.length, (text) => ({
        type: "item.completed",
        item: { ...item, aggregated_output: text, exit_code: 0, status: "completed" },
      }));
      return [started, completed];
    },
  },
];

/** An event as a line of so many bytes, newline and all: the text that it holds is as long as it takes. */
function padded(bytes: number, eventWith: (text: string) => unknown): string {
  const bare = JSON.stringify(eventWith("")).length + 1;
  return `${
    JSON.stringify(eventWith("All that matters here is its length. ".repeat(60).slice(0, bytes - bare)))
  }\n`;
}

async function writeBlock(file: string, eventsOf: Kind["eventsOf"]): Promise<void> {
  const lines: string[] = [];
  let bytes = 0;
  for (let number = 0; bytes < BLOCK_BYTES; number++) {
    for (const line of eventsOf(number)) {
      lines.push(line);
      bytes += line.length;
    }
  }
  await Deno.writeTextFile(file, lines.join(""));
}

/** What a run left is removed before the next, and checked: a record that lost something is no measure. */
function throughDispatch(dispatch: CommandLine, place: CommandPlace): Measure {
  return async () => {
    const took = await runTimed(dispatch, place);
    const records = path.join(place.cwd, ".codex-dispatch");
    for (const { name } of Deno.readDirSync(path.join(records, "runs"))) {
      await requireWhole(path.join(records, "runs", name, "events.jsonl"));
    }
    await Deno.remove(records, { recursive: true });
    return took;
  };
}

function intoFile(codex: CommandLine, file: string, place: CommandPlace): Measure {
  return async () => {
    const took = await runTimed(
      ["sh", "-c", 'file=$1; shift; exec "$@" >"$file"', "sh", file, ...codex],
      place,
    );
    await requireWhole(file);
    await Deno.remove(file);
    return took;
  };
}

async function requireWhole(file: string): Promise<void> {
  const { size } = await Deno.stat(file);
  if (size < BLOCKS * BLOCK_BYTES) {
    throw new Error(
      `Read the events in "${file}": ${size} bytes, of ${BLOCKS * BLOCK_BYTES} that were printed.`,
    );
  }
}
