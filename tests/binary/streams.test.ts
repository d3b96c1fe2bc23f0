import assert from "node:assert/strict";
import { type Dispatched, dispatchScripted } from "../helpers/dispatching.ts";
import { makeRepository } from "../helpers/repository.ts";
import { commandEvents } from "../helpers/scripted_codex.ts";

interface Stream {
  readonly what: string;
  /** Lines of sh. */
  readonly prints: string;
  readonly check: (run: Dispatched) => Promise<void>;
}

const MIB = 1024 * 1024;

const STREAMS: readonly Stream[] = [
  {
    what: "bytes that are no text, in both streams",
    prints: `printf '\\377\\376{"type":"\\377"}\\n\\n'; printf '\\377\\300err\\n' >&2`,
    check: async ({ runDir }) => {
      const events = await Deno.readFile(`${runDir}/events.jsonl`);
      assert.ok(includes(events, [0xff, 0xfe, 0x7b]));
      assert.deepEqual([...await Deno.readFile(`${runDir}/stderr.txt`)].slice(0, 3), [0xff, 0xc0, 0x65]);
    },
  },
  {
    what: "a line of 30 MiB",
    prints: `printf '{"type":"item.completed","item":{"type":"reasoning","text":"'
head -c ${30 * MIB} /dev/zero | tr '\\0' x; echo '"}}'`,
    check: async ({ runDir }) => {
      assert.ok((await Deno.stat(`${runDir}/events.jsonl`)).size > 30 * MIB);
    },
  },
  {
    what: "20 MiB of standard error",
    prints: `echo first >&2; head -c ${20 * MIB} /dev/zero | tr '\\0' e >&2; echo last >&2`,
    check: async ({ runDir }) => {
      const stderr = await Deno.readTextFile(`${runDir}/stderr.txt`);
      assert.ok(stderr.length < MIB, `${stderr.length} bytes are kept`);
      assert.match(stderr, /^first\n/);
      assert.match(stderr, /\[codex-dispatch: \d+ bytes left out here\]/);
      assert.match(stderr, /last\n$/);
    },
  },
  {
    what: "its lines in pieces of a byte",
    prints:
      `yes x | head -c 4096 | dd bs=1 2>/dev/null; echo; yes e | head -c 4096 | dd bs=1 >&2 2>/dev/null`,
    check: async ({ runDir }) => {
      assert.ok((await Deno.stat(`${runDir}/events.jsonl`)).size > 4096);
    },
  },
  {
    what: "nothing more, and a child that holds both pipes open",
    prints: `setsid sh -c 'echo held; echo held >&2; sleep 300' & while :; do sleep 0.05; break; done`,
    check: async ({ runDir }) => assert.equal((await Deno.stat(runDir)).isDirectory, true),
  },
];

for (const { what, prints, check } of STREAMS) {
  Deno.test(`a Codex that prints ${what} is recorded, and the run goes on to its end`, async () => {
    await using repository = await makeRepository();
    const run = await dispatchScripted(repository, repository.packet(), {
      script: { action: prints, events: commandEvents("make test", 0) },
    });
    assert.equal(run.code, 0, run.stderr);
    // What came after it was read.
    assert.deepEqual(run.result.commands, [{ command: "make test", exit_code: 0 }]);
    assert.equal(run.result.usage?.["output_tokens"], 5);
    await check(run);
  });
}

function includes(bytes: Uint8Array, part: readonly number[]): boolean {
  return bytes.some((_, at) => part.every((byte, index) => bytes[at + index] === byte));
}
