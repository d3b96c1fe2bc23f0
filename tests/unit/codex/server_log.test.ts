import assert from "node:assert/strict";
import fc from "fast-check";
import { serverLog, ServerLogReader } from "../../../lib/codex/server_log.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What is kept of a stream that comes in these pieces, and which of them were signs of life. */
function read(pieces: readonly Uint8Array[], isOurs = true): { kept: string; signs: number[] } {
  const kept: number[] = [];
  const reader = new ServerLogReader({ isOurs }, (part) => kept.push(...part));
  const signs = pieces.flatMap((piece, index) => reader.push(piece) ? [index] : []);
  reader.finish();
  return { kept: new TextDecoder("latin1").decode(new Uint8Array(kept)), signs };
}

const AT = "2026-11-22T16:17:08.473871Z";
const DELTA =
  `${AT} TRACE codex_api::sse::responses: SSE event: {"type":"response.output_text.delta","delta":"secret"}\n`;

/** | a line of Codex's standard error, as version 0.169.0 writes it | a sign of life | kept | */
const LINES: readonly (readonly [string, boolean, boolean])[] = [
  [DELTA, true, false],
  [
    `${AT} TRACE codex_api::sse::responses: SSE event: {"type":"response.completed","response":{"id":"r"}}\n`,
    true,
    false,
  ],
  [
    `${AT} TRACE codex_api::sse::responses: SSE event: {"type":"response.created","response":{"id":"r"}}\n`,
    false,
    false,
  ],
  [
    `${AT} TRACE codex_api::sse::responses: SSE event: {"type":"response.in_progress","response":{}}\n`,
    false,
    false,
  ],
  [`${AT} DEBUG codex_api::sse::responses: SSE Error: Transport error: network error\n`, false, false],
  [
    `${AT} TRACE codex_app_server::outgoing_message: app-server event: item/agentMessage/delta targeted_connections=1\n`,
    true,
    false,
  ],
  [
    `${AT} TRACE codex_app_server::outgoing_message: app-server event: item/started targeted_connections=1\n`,
    true,
    false,
  ],
  [
    `${AT} TRACE codex_app_server::outgoing_message: app-server event: error targeted_connections=1\n`,
    false,
    false,
  ],
  [
    `${AT} TRACE turn{id=1}: codex_api::sse::responses: SSE event: {"type":"response.output_text.delta"}\n`,
    true,
    false,
  ],
  [`${AT} ERROR codex_core::util: ReasoningSummaryDelta without active item\n`, false, true],
  [`${AT} ERROR codex_api::sse::responses: the stream broke\n`, false, true],
  ["WARNING: proceeding, even though we could not create PATH aliases\n", false, true],
  ["2026 was a good year\n", false, true],
  ["SSE event: said a command\n", false, true],
  ["\n", false, true],
  ["no newline at the end", false, true],
];

for (const [line, isSign, isKept] of LINES) {
  Deno.test(`${isSign ? "a sign of life" : "no sign"}, ${isKept ? "kept" : "not kept"}: ${line.slice(28, 120).trim() || "a blank line"}`, () => {
    assert.deepEqual(read([bytes(line)]), { kept: isKept ? line : "", signs: isSign ? [0] : [] });
    assert.equal(read([bytes(line)], false).kept, line);
  });
}

Deno.test("however the stream is cut, the same of it is kept", () => {
  const all = bytes(LINES.map(([line]) => line).join(""));
  const kept = LINES.filter(([, , isKept]) => isKept).map(([line]) => line).join("");
  fc.assert(
    fc.property(fc.array(fc.nat({ max: all.length }), { maxLength: 12 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), all.length];
      const pieces = at.slice(1).map((end, index) => all.subarray(at[index], end));
      const { kept: result, signs } = read(pieces);
      assert.equal(result, kept);
      assert.ok(signs.length >= 1);
    }),
    { seed: 1 },
  );
});

Deno.test("of a line of the log that is longer than any buffer nothing is kept, and bytes that are no text pass", () => {
  const long = bytes(DELTA.replace("secret", "secret".repeat(200_000)));
  const odd = new Uint8Array([0xff, 0xfe, 10]);
  const pieces = [odd, long.subarray(0, 100_000), long.subarray(100_000), odd];
  assert.deepEqual(read(pieces), { kept: "\xff\xfe\n\xff\xfe\n", signs: [1] });
});

Deno.test("Codex is asked for the log, and its commands are kept from it; a RUST_LOG of the caller's stays", () => {
  const { env, config, isOurs } = serverLog({ PATH: "/bin" });
  assert.match(env["RUST_LOG"] ?? "", /^error,codex_api::sse=trace,/);
  assert.deepEqual([config, isOurs], [['shell_environment_policy.set.RUST_LOG=""'], true]);
  for (const RUST_LOG of ["debug", ""]) {
    assert.deepEqual(serverLog({ RUST_LOG }), { env: {}, config: [], isOurs: false });
  }
});
