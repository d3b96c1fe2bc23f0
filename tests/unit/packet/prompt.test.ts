import assert from "node:assert/strict";
import fc from "fast-check";
import { packetText } from "../../helpers/packet_text.ts";
import { AnswerSchema } from "../../../lib/codex/answer.ts";
import { MODES } from "../../../lib/packet/fields.ts";
import { fenceFor, renderPrompt } from "../../../lib/packet/prompt.ts";
import { COMMON_RULES, ROLE_CONTRACTS } from "../../../lib/packet/roles.ts";

for (const mode of MODES) {
  Deno.test(`the prompt of a ${mode} names the mode in its first line and holds the role's contract`, () => {
    const prompt = renderPrompt(mode, packetText({ "MODE": `MODE: ${mode}` }));
    assert.match(prompt.split("\n")[0] ?? "", new RegExp(`\\b${mode}\\b`));
    assert.ok(prompt.includes(`\n${ROLE_CONTRACTS[mode].task}\n`));
    for (const rule of [...ROLE_CONTRACTS[mode].rules, ...COMMON_RULES]) {
      assert.ok(prompt.includes(`\n- ${rule}\n`));
    }
    for (const other of MODES.filter((other) => other !== mode)) {
      assert.ok(!prompt.includes(ROLE_CONTRACTS[other].task), other);
    }
  });
}

Deno.test("only a worker is told what it may write; the others, that they change nothing", () => {
  for (const mode of MODES) {
    const rules = ROLE_CONTRACTS[mode].rules.join("\n");
    assert.equal(/Write only what WRITE SCOPE names/.test(rules), mode === "worker");
    assert.equal(/Change nothing in the repository/.test(rules), mode !== "worker");
  }
});

Deno.test("every mode but the worker's is told when its verdict is pass, fail or inconclusive", () => {
  for (const mode of MODES) {
    const verdict = ROLE_CONTRACTS[mode].rules.find((rule) => rule.startsWith("verdict is")) ?? "";
    for (const word of ["`pass`", "`fail`", "`inconclusive`"]) {
      assert.equal(verdict.includes(word), mode !== "worker", `${mode} ${word}`);
    }
  }
});

Deno.test("the prompt names every key of the answer, and every word that result and verdict take", () => {
  const prompt = renderPrompt("worker", packetText());
  const answer = prompt.slice(prompt.lastIndexOf("# Your answer"));
  for (const key of Object.keys(AnswerSchema.shape)) assert.ok(answer.includes(`\n- ${key}: `), key);
  const { result, verdict } = AnswerSchema.shape;
  for (const word of [...result.options, ...verdict.options]) assert.ok(answer.includes(`\`${word}\``), word);
});

/** The length of the fence for a text. */
const FENCES: readonly [text: string, length: number][] = [
  ["", 4],
  ["``", 4],
  ["```", 4],
  ["````", 5],
  ["~~~~~~~~", 4],
  ["``` ```", 4],
  ["a ````` b ```` c", 6],
  ["`".repeat(1000), 1001],
];

for (const [text, length] of FENCES) {
  Deno.test(`around ${JSON.stringify(text.slice(0, 20))} stand ${length} backticks`, () => {
    assert.equal(fenceFor(text), "`".repeat(length));
  });
}

/** The text in the prompt's first fence and what comes behind it, by the rule of CommonMark 0.31.2, section 4.5. */
function firstFenced(prompt: string): { inside: string; behind: string } {
  const opening = /^(`{3,})markdown\n/m.exec(prompt);
  assert.ok(opening);
  const start = opening.index + opening[0].length;
  // CommonMark's lines end in LF, CR or both.
  let at = start;
  for (const line of prompt.slice(start).split(/(?<=\n|\r(?!\n))/)) {
    const closing = /^ {0,3}(`{3,})[ \t]*[\r\n]*$/.exec(line);
    if (closing && (closing[1] ?? "").length >= (opening[1] ?? "").length) {
      return { inside: prompt.slice(start, at), behind: prompt.slice(at + line.length) };
    }
    at += line.length;
  }
  assert.fail("the fence is never closed");
}

Deno.test("whatever a packet holds, it stands whole in the fence and cannot break out of it", () => {
  const pieces = fc.constantFrom(
    "`",
    "```",
    "````",
    "`````markdown",
    "~~~",
    "\n",
    "\r\n",
    "\r",
    " ",
    "   ",
    "\t",
    "x",
  );
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 40 }).map((all) => all.join("")),
    fc.string({ unit: "binary", maxLength: 200 }),
  );
  fc.assert(
    fc.property(texts, fc.constantFrom(...MODES), (text, mode) => {
      const { inside, behind } = firstFenced(renderPrompt(mode, text));
      assert.equal(inside, `${text.replace(/^\uFEFF/, "").trimEnd()}\n`);
      assert.ok(behind.startsWith("\n# Your answer\n"));
    }),
    { seed: 1, numRuns: 5000 },
  );
});

Deno.test("the packet's text is not changed but for a byte order mark and blanks at its end", () => {
  const text = "\uFEFF  MODE: worker\r\n\r\n$& $1 \t${fence} \uFEFF\u2028é😀\n\n \t\n";
  assert.equal(
    firstFenced(renderPrompt("worker", text)).inside,
    "  MODE: worker\r\n\r\n$& $1 \t${fence} \uFEFF\u2028é😀\n",
  );
});

Deno.test("a million blanks or backticks are rendered in their stride", () => {
  for (const unit of [" ", "\t", "`", "` ", "\u2028"]) {
    const text = `MODE: worker${unit.repeat(1_000_000 / unit.length)}x`;
    assert.ok(renderPrompt("worker", text).includes(text));
  }
});
