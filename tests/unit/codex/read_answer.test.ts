import assert from "node:assert/strict";
import type { Answer } from "../../../lib/codex/answer.ts";
import { parseAnswer, readAnswer } from "../../../lib/codex/read_answer.ts";

const ANSWER: Answer = {
  result: "done",
  verdict: "none",
  summary: "ok",
  changed_files: ["a"],
  verification_run: [{ command: "true", exit_code: 0, outcome: "ok" }],
  evidence: [],
  findings: [{ severity: "high", title: "t", body: "b", file: null, line: null, recommendation: "" }],
  risks: [],
  next: "",
};
const bytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const without = (key: string): unknown =>
  Object.fromEntries(Object.entries(ANSWER).filter(([name]) => name !== key));

Deno.test("a valid answer is taken as it is", async () => {
  assert.deepEqual(await parseAnswer(bytes(ANSWER)), { kind: "valid", answer: ANSWER });
});

/** | document | what the detail names | */
const INVALID: readonly (readonly [string, unknown, RegExp])[] = [
  ["no JSON", "I am done.", /no JSON document/],
  ["100,000 open brackets", "[".repeat(100_000), /no JSON document/],
  ["an answer of 0.1.1 without a verdict", without("verdict"), /verdict/],
  ["an unknown key", { ...ANSWER, extra: 1 }, /extra/],
  ["a word that is no result", { ...ANSWER, result: "great" }, /result/],
  [
    "a finding of unknown severity",
    { ...ANSWER, findings: [{ ...ANSWER.findings[0], severity: "fatal" }] },
    /findings\.0\.severity/,
  ],
  ["an exit status in words", {
    ...ANSWER,
    verification_run: [{ command: "x", exit_code: "0", outcome: "" }],
  }, /exit_code/],
  ["a list", [], /document/],
  ["null", null, /document/],
];

for (const [what, document, detail] of INVALID) {
  Deno.test(`${what} is no answer`, async () => {
    const reading = await parseAnswer(bytes(document));
    assert.equal(reading.kind, "invalid");
    assert.match(reading.kind === "invalid" ? reading.detail : "", detail);
  });
}

Deno.test("invalid UTF-8 is no answer", async () => {
  const reading = await parseAnswer(new Uint8Array([0xff]));
  assert.match(reading.kind === "invalid" ? reading.detail : "", /UTF-8/);
});

Deno.test("the file may be missing, empty, a pipe, a link or a folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/empty`, "");
    await Deno.writeTextFile(`${folder}/good`, JSON.stringify(ANSWER));
    await Deno.symlink(`${folder}/good`, `${folder}/link`);
    await Deno.mkdir(`${folder}/folder`);
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
    const kinds = await Promise.all(
      ["none", "empty", "pipe", "link", "folder", "good"].map(async (name) =>
        (await readAnswer(`${folder}/${name}`)).kind
      ),
    );
    assert.deepEqual(kinds, ["missing", "missing", "invalid", "invalid", "invalid", "valid"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
