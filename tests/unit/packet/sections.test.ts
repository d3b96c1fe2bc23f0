import assert from "node:assert/strict";
import { cutSections, isStructure, type ValueLine } from "../../../lib/packet/sections.ts";

/** The sections of a text, each as its name and its lines as `form text`. */
function cut(text: string): [string, string[]][] {
  return cutSections(text).sections.map(({ name, lines }) => [
    typeof name === "string" ? name : `unknown ${name.unknown}`,
    lines.map(({ form, text }) => `${form} ${text}`),
  ]);
}

/** One field whose lines are asked for. */
function linesOf(text: string): readonly ValueLine[] {
  const { sections } = cutSections(text);
  assert.equal(sections.length, 1);
  return sections[0]?.lines ?? [];
}

function codesOf(text: string): { problems: string[]; warnings: string[] } {
  const { problems, warnings } = cutSections(text);
  const shown = (all: typeof problems): string[] => all.map(({ code, line }) => `${code} at ${line}`);
  return { problems: shown(problems), warnings: shown(warnings) };
}

const HEADINGS: readonly { line: string; is: [string, string[]] }[] = [
  { line: "MODE: worker", is: ["MODE", ["inline worker"]] },
  { line: "MODE:worker", is: ["MODE", ["inline worker"]] },
  { line: "MODE:", is: ["MODE", []] },
  { line: "MODE: \t ", is: ["MODE", []] },
  { line: "MODE  :   worker  ", is: ["MODE", ["inline worker"]] },
  { line: "MODE: a: b", is: ["MODE", ["inline a: b"]] },
  { line: "mode: worker", is: ["MODE", ["inline worker"]] },
  { line: "Non-goals: x", is: ["NON-GOALS", ["inline x"]] },
  { line: "NON GOALS: x", is: ["NON-GOALS", ["inline x"]] },
  { line: "non_goals: x", is: ["NON-GOALS", ["inline x"]] },
  { line: "Non--goals: x", is: ["NON-GOALS", ["inline x"]] },
  { line: "Write scope: x", is: ["WRITE SCOPE", ["inline x"]] },
  { line: "WRITE_SCOPE: x", is: ["WRITE SCOPE", ["inline x"]] },
  { line: "write-scope: x", is: ["WRITE SCOPE", ["inline x"]] },
  { line: "WRITE  SCOPE: x", is: ["WRITE SCOPE", ["inline x"]] },
  { line: "Allow-dirty_overlap: true", is: ["ALLOW DIRTY OVERLAP", ["inline true"]] },
  { line: "WRITE SCOPE (bare paths only): x", is: ["WRITE SCOPE", ["inline x"]] },
  { line: "WRITE SCOPE(bare paths only): x", is: ["WRITE SCOPE", ["inline x"]] },
  { line: "WRITE SCOPE (a: b) : x", is: ["WRITE SCOPE", ["inline x"]] },
  { line: "WRITE SCOPE: (bare paths only)", is: ["WRITE SCOPE", []] },
  { line: "WRITE SCOPE: (a) src", is: ["WRITE SCOPE", ["inline (a) src"]] },
  { line: "OBJECTIVE: (in brief)", is: ["OBJECTIVE", ["inline (in brief)"]] },
  { line: "OBJECTIVE: one\u2028two", is: ["OBJECTIVE", ["inline one\u2028two"]] },
  { line: "OBJECTIVE: one\u0085two", is: ["OBJECTIVE", ["inline one\u0085two"]] },
  { line: "NOTES: x", is: ["unknown NOTES", ["inline x"]] },
  { line: "NOTES (mine): x", is: ["unknown NOTES", ["inline x"]] },
  { line: "A1 B-2_C: x", is: ["unknown A1 B-2_C", ["inline x"]] },
];

for (const { line, is } of HEADINGS) {
  Deno.test(`${JSON.stringify(line)} opens the field ${is[0]}`, () => assert.deepEqual(cut(line), [is]));
}

const NO_HEADINGS: readonly string[] = [
  " MODE: verifier",
  "\tMODE: verifier",
  "# MODE: verifier",
  "- MODE: verifier",
  "> MODE: verifier",
  "**MODE**: verifier",
  "**MODE:** verifier",
  "`MODE`: verifier",
  "MODE = verifier",
  "MODE",
  "MODES are many: verifier",
  "Notes: verifier",
  "NOTES (a (b) c): verifier",
  "NOTES (a: verifier",
  "NOTES a): verifier",
  "1ST: verifier",
  "ÉTAT: verifier",
  "http://verifier",
  `${"A".repeat(62)}: verifier`,
];

for (const line of NO_HEADINGS) {
  Deno.test(`${JSON.stringify(line.slice(0, 70))} opens no field`, () => {
    assert.deepEqual(cut(`CONTEXT:\n${line}`).map(([name]) => name), ["CONTEXT"]);
  });
}

const VALUE_LINES: readonly { raw: string; is: string }[] = [
  { raw: "- src/", is: "item src/" },
  { raw: "-\tsrc/", is: "item src/" },
  { raw: "-   src/", is: "item src/" },
  { raw: "-\u00A0src/", is: "item src/" },
  { raw: "-\u3000src/", is: "item src/" },
  { raw: "* src/", is: "item src/" },
  { raw: "+ src/", is: "item src/" },
  { raw: "1. src/", is: "item src/" },
  { raw: "12) src/", is: "item src/" },
  { raw: "1.\tsrc/", is: "item src/" },
  { raw: "  - src/", is: "item src/" },
  { raw: "\t* src/", is: "item src/" },
  { raw: "- - src/", is: "item - src/" },
  { raw: "- a\u2028b", is: "item a\u2028b" },
  { raw: "-", is: "item " },
  { raw: "-src/", is: "plain -src/" },
  { raw: "1.src/", is: "plain 1.src/" },
  { raw: "1234567890. src/", is: "plain 1234567890. src/" },
  { raw: "**/*.ts", is: "plain **/*.ts" },
  { raw: "*.ts", is: "plain *.ts" },
  { raw: "src/", is: "plain src/" },
  { raw: "src/  ", is: "plain src/" },
  { raw: "  src/", is: "indented src/" },
  { raw: "\tsrc/", is: "indented src/" },
];

for (const { raw, is } of VALUE_LINES) {
  Deno.test(`below a field, ${JSON.stringify(raw)} is ${JSON.stringify(is)}`, () => {
    assert.deepEqual(linesOf(`WRITE SCOPE:\n${raw}`).map(({ form, text }) => `${form} ${text}`), [is]);
  });
}

const LINE_ENDS = [["\n", "LF"], ["\r\n", "CRLF"], ["\r", "CR"]] as const;
for (const [end, name] of LINE_ENDS) {
  Deno.test(`lines that end in ${name} are counted from 1, empty ones too`, () => {
    const text = ["", "MODE: worker", "", "WRITE SCOPE:", "- a", "", "- b", ""].join(end);
    const { sections } = cutSections(text);
    assert.deepEqual(sections.map(({ line }) => line), [2, 4]);
    assert.deepEqual(sections.flatMap(({ lines }) => lines.map(({ line, text }) => [line, text])), [
      [2, "worker"],
      [5, "a"],
      [7, "b"],
    ]);
  });
}

Deno.test("what stands before the first field belongs to none", () => {
  assert.deepEqual(cut("# A packet\n\nfor you\n- x\nMODE: worker"), [["MODE", ["inline worker"]]]);
});

Deno.test("empty lines stay in text fields and unknown ones, and go from lists", () => {
  const below = "\na\n\nb";
  assert.deepEqual(cut(`CONTEXT:${below}`)[0]?.[1], ["plain a", "plain ", "plain b"]);
  assert.deepEqual(cut(`NOTES:${below}`)[0]?.[1], ["plain a", "plain ", "plain b"]);
  assert.deepEqual(cut(`NON-GOALS:${below}`)[0]?.[1], ["plain a", "plain b"]);
});

/** `opens`: the line that opens a fence; `closes`: the line that closes it. */
const FENCES: readonly { opens: string; closes: string }[] = [
  { opens: "```", closes: "```" },
  { opens: "```", closes: "`````" },
  { opens: "```", closes: "   ```" },
  { opens: "```", closes: "```   " },
  { opens: "```ts title=x", closes: "```" },
  { opens: "``` ~~~", closes: "```" },
  { opens: "`````", closes: "`````" },
  { opens: "~~~", closes: "~~~" },
  { opens: "~~~", closes: "~~~~" },
  { opens: "~~~ ` ```", closes: "~~~" },
  { opens: "~~~\u2028x", closes: "~~~" },
  { opens: "  ```", closes: "  ```" },
  { opens: "\t~~~", closes: "~~~" },
  { opens: "- ```", closes: "  ```" },
  { opens: "1. ~~~sh", closes: "   ~~~" },
  { opens: "CONTEXT: ```", closes: "```" },
  { opens: "CONTEXT: - ```", closes: "```" },
  { opens: "CONTEXT: ~~~", closes: "~~~" },
  { opens: "NOTES: ```", closes: "```" },
];

for (const { opens, closes } of FENCES) {
  Deno.test(`${JSON.stringify(closes)} closes the fence that ${JSON.stringify(opens)} opens`, () => {
    const before = opens.includes(":") ? "" : "CONTEXT:\n";
    const inside = ["MODE: verifier", "", "- x", "  y", closes.includes("~") ? "```" : "~~~", "``"];
    const { sections, problems } = cutSections(
      [`${before}${opens}`, ...inside, closes, "MODE: worker"].join("\n"),
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(sections.map(({ name }) => name).slice(1), ["MODE"]);
    const [first] = sections;
    assert.deepEqual(first?.lines.map(({ form }) => form), ["fence", ...inside.map(() => "fenced"), "fence"]);
    assert.deepEqual(first?.lines.slice(1, -1).map(({ text }) => text), inside.map((line) => line.trim()));
    assert.deepEqual(first?.lines.slice(1, -1).map(({ raw }) => raw), inside);
  });
}

const NO_FENCES: readonly string[] = ["``", "~~", "``` a ` b", "x ```", "`` ```", "- - ```", "\\```"];

for (const line of NO_FENCES) {
  Deno.test(`${JSON.stringify(line)} opens no fence`, () => {
    assert.deepEqual(cut(`CONTEXT:\n${line}\nMODE: worker`).map(([name]) => name), ["CONTEXT", "MODE"]);
  });
}

const NO_ENDS: readonly { opens: string; line: string }[] = [
  { opens: "```", line: "``" },
  { opens: "````", line: "```" },
  { opens: "```", line: "~~~" },
  { opens: "~~~", line: "```" },
  { opens: "```", line: "```js" },
  { opens: "```", line: "``` ```" },
  { opens: "```", line: "- ```" },
  { opens: "```", line: "CONTEXT: ```" },
];

for (const { opens, line } of NO_ENDS) {
  Deno.test(`${JSON.stringify(line)} does not close the fence that ${opens} opens`, () => {
    assert.deepEqual(cut(`NOTES:\n${opens}\n${line}\nMODE: worker\n${opens}`).map(([name]) => name), [
      "unknown NOTES",
    ]);
  });
}

Deno.test("a fence before the first field hides what stands in it", () => {
  assert.deepEqual(cut("```\nMODE: verifier\n```\nMODE: worker"), [["MODE", ["inline worker"]]]);
});

Deno.test("an open fence that hides fields is an error that names it, them and the remedy", () => {
  const { problems } = cutSections("CONTEXT:\n~~~~sh\nx\nMODE: worker\nNOTES: a\nNon-goals: b\n");
  assert.deepEqual(problems.map(({ code, line }) => [code, line]), [["packet-fence-open", 2]]);
  const message = problems[0]?.message ?? "";
  for (const part of ["line 2", '"MODE" (line 4)', '"NON-GOALS" (line 6)', "Close it with ~~~~ on a line"]) {
    assert.ok(message.includes(part), `${part} in ${message}`);
  }
});

Deno.test("an open fence that hides no field ends with the packet", () => {
  const { sections, problems } = cutSections("CONTEXT:\n```\nx\nNOTES: a");
  assert.deepEqual(problems, []);
  assert.deepEqual(sections[0]?.lines.map(({ form, raw }) => `${form} ${raw}`), [
    "fence ```",
    "fenced x",
    "fenced NOTES: a",
    "fence ```",
  ]);
});

/** As FENCES, of comments; what they close on is theirs to its end. */
const COMMENTS: readonly { opens: string; closes: string }[] = [
  { opens: "<!--", closes: "-->" },
  { opens: "<!-- a", closes: "b --> c" },
  { opens: "<!--- a", closes: "--->" },
  { opens: "<!-- ```", closes: "``` -->" },
  { opens: "  <!--", closes: "  -->" },
  { opens: "- <!-- a", closes: "-->" },
  { opens: "CONTEXT: <!--", closes: "-->" },
  { opens: "CONTEXT: - <!--", closes: "MODE: verifier -->" },
  { opens: "NOTES: <!--", closes: "-->" },
];

for (const { opens, closes } of COMMENTS) {
  Deno.test(`${JSON.stringify(closes)} closes the comment that ${JSON.stringify(opens)} opens`, () => {
    const before = opens.includes(":") ? "" : "CONTEXT:\n";
    const inside = ["MODE: verifier", "", "- x", "<!--", "```"];
    const { sections, problems } = cutSections(
      [`${before}${opens}`, ...inside, closes, "MODE: worker"].join("\n"),
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(sections.map(({ name }) => name).slice(1), ["MODE"]);
    const lines = sections[0]?.lines ?? [];
    assert.deepEqual(lines.map(({ form }) => form), ["", ...inside, ""].map(() => "comment"));
    assert.deepEqual(lines.slice(1).map(({ raw }) => raw), [...inside, closes]);
    assert.ok(lines.every(isStructure));
  });
}

for (
  const line of ["<!-- a -->", "<!-- a --> b", "<!-->", "a <!-- b", "<! -- a", "< !--", "\\<!--", "- - <!--"]
) {
  Deno.test(`${JSON.stringify(line)} opens no comment`, () => {
    assert.deepEqual(cut(`CONTEXT:\n${line}\nMODE: worker`).map(([name]) => name), ["CONTEXT", "MODE"]);
  });
}

Deno.test("a comment before the first field hides what stands in it", () => {
  assert.deepEqual(cut("<!--\nMODE: verifier\n-->\nMODE: worker"), [["MODE", ["inline worker"]]]);
});

Deno.test("an open comment that hides fields is an error that names it, them and the remedy", () => {
  const { problems } = cutSections("CONTEXT:\n<!-- x\nMODE: worker\nNOTES: a\n");
  assert.deepEqual(problems.map(({ code, line }) => [code, line]), [["packet-comment-open", 2]]);
  assert.equal(
    problems[0]?.message,
    'The comment opened at line 2 is never closed, so "MODE" (line 3) below it cannot be read as a field. ' +
      "Close it with -->.",
  );
});

const MISSPELT: readonly { heading: string; meant: string | undefined }[] = [
  { heading: "MODEE", meant: "MODE" },
  { heading: "MDOE", meant: "MODE" },
  { heading: "NODE", meant: "MODE" },
  { heading: "WORKDIRS", meant: "WORKDIR" },
  { heading: "WORK DIR", meant: "WORKDIR" },
  { heading: "WRITESCOPE", meant: "WRITE SCOPE" },
  { heading: "WRITE SCOPES", meant: "WRITE SCOPE" },
  { heading: "OBJETIVE", meant: "OBJECTIVE" },
  { heading: "OBJECTIVES", meant: "OBJECTIVE" },
  { heading: "NONGOALS", meant: "NON-GOALS" },
  { heading: "NON-GOAL", meant: "NON-GOALS" },
  { heading: "VERIFICATIONS", meant: "VERIFICATION" },
  { heading: "DELIVERABLES", meant: "DELIVERABLE" },
  { heading: "INPUT", meant: "INPUTS" },
  { heading: "ALLOW COMMIT", meant: "ALLOW COMMITS" },
  { heading: "IGNORE WRITES", meant: "IGNORED WRITES" },
  { heading: "NOTES", meant: undefined },
  { heading: "TODO", meant: undefined },
  { heading: "OUTPUT FORMAT", meant: undefined },
  { heading: "SCOPE", meant: undefined },
  { heading: "GOALS", meant: undefined },
];

for (const { heading, meant } of MISSPELT) {
  Deno.test(`${heading} is ${meant ? `refused with "${meant}" as what was meant` : "text, with a warning"}`, () => {
    const text = `\n${heading}: x`;
    if (meant === undefined) {
      assert.deepEqual(codesOf(text), { problems: [], warnings: ["packet-field-unknown at 2"] });
      assert.ok(cutSections(text).warnings[0]?.message.includes(`"${heading}"`));
    } else {
      assert.deepEqual(codesOf(text), { problems: ["packet-field-misspelt at 2"], warnings: [] });
      const message = cutSections(text).problems[0]?.message ?? "";
      assert.ok(message.startsWith(`Unknown field "${heading}". Did you mean "${meant}"?`), message);
    }
  });
}

/**
 * What stands in braces is repeated. Such lines once took the square or the cube of their length, or would with an
 * expression a little less careful: a reader that does so never gets to the end of this test.
 */
const HUGE: readonly string[] = [
  ...["{ }x", "A{ }x", "A{ \t}x", "{a}", "{A}", "{A }x", "{- }x", "{* }x", "- {\u2028}x", "A: {\u2028}x"],
  ...["{`}", "{`}x", "{~}", "~~~{\u2028}x", "{(}", "A({(}", "A {(}", "{: }", "{_}x", "<!--{-}x", "{#}x"],
];

for (const shape of HUGE) {
  Deno.test(`a line of a million characters is cut in its stride: ${JSON.stringify(shape)}`, () => {
    const line = shape.replace(/\{(.*)\}/su, (_, unit: string) => unit.repeat(1_000_000 / unit.length));
    for (
      const text of [line, `CONTEXT:\n${line}`, `CONTEXT: ${line}`, `WRITE SCOPE:\n\`\`\`\n${line}\n\`\`\``]
    ) {
      const { sections } = cutSections(`MODE: worker\n${text}`);
      assert.equal(sections[0]?.name, "MODE");
    }
  });
}
