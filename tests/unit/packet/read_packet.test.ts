import assert from "node:assert/strict";
import { packetText } from "../../helpers/packet_text.ts";
import { fieldsOf, problemOf, shown } from "../../helpers/packet_reading.ts";
import { FIELDS, MODES, REQUIRED_FIELDS } from "../../../lib/packet/fields.ts";
import type { Item } from "../../../lib/packet/packet_fields.ts";
import { MAX_PACKET_CHARACTERS, readPacket } from "../../../lib/packet/read_packet.ts";

/** Items as `text`, in backticks what is literal, behind a dash what is marked. */
function items(all: readonly Item[]): string[] {
  return all.map(({ text, literal, marked }) => (marked ? "- " : "") + (literal ? `\`${text}\`` : text));
}

Deno.test("the seven lines of the plainest packet are its fields", () => {
  assert.deepEqual(fieldsOf(packetText()), {
    mode: "worker",
    workdir: "/repo",
    workdirLine: 2,
    objective: "Do it.",
    writeScope: [{ text: "src/", line: 4, literal: false, marked: true }],
    nonGoals: [{ text: "nothing else", line: 5, literal: false, marked: true }],
    verification: [{ text: "true", line: 6, literal: false, marked: true }],
    deliverable: [{ text: "a diff", line: 7, literal: false, marked: true }],
    context: "",
    inputs: [],
    allowDirtyOverlap: false,
    allowCommits: false,
    ignoredWrites: [],
    waive: [],
    others: [],
  });
});

Deno.test("CRLF, CR and a byte order mark change nothing", () => {
  const text = packetText({ "OBJECTIVE": "OBJECTIVE:\nOne.\n\nTwo.", "NON-GOALS": "NON-GOALS:\n- a\n  b" });
  for (const same of [text.replaceAll("\n", "\r\n"), text.replaceAll("\n", "\r"), `\uFEFF${text}`]) {
    assert.deepEqual(fieldsOf(same), fieldsOf(text));
  }
});

Deno.test("fields may stand in any order, the line of each being told", () => {
  const text = packetText().trim().split("\n").reverse().join("\n\n");
  const { fields, lines } = readPacket(text);
  assert.equal(fields?.workdirLine, 11);
  assert.deepEqual([...lines].sort((a, b) => a[1] - b[1]).map(([name, line]) => `${name} ${line}`), [
    "DELIVERABLE 1",
    "VERIFICATION 3",
    "NON-GOALS 5",
    "WRITE SCOPE 7",
    "OBJECTIVE 9",
    "WORKDIR 11",
    "MODE 13",
  ]);
});

const MODE_VALUES: readonly { block: string; mode: string | undefined }[] = [
  ...MODES.map((mode) => ({ block: `MODE: ${mode}`, mode })),
  { block: "MODE: Worker", mode: "worker" },
  { block: "MODE: `worker`", mode: "worker" },
  { block: "MODE:\nworker", mode: "worker" },
  { block: "MODE:\n\n  worker", mode: "worker" },
  { block: "MODE:\n- worker", mode: "worker" },
  { block: "MODE:\n```\nworker\n```", mode: "worker" },
  { block: "MODE (one of four): worker", mode: "worker" },
  { block: "MODE: (one of four)\nworker", mode: "worker" },
  { block: "MODE: worke", mode: undefined },
  { block: "MODE: workers", mode: undefined },
  { block: "MODE: worker or verifier", mode: undefined },
  { block: "MODE: worker, verifier", mode: undefined },
  { block: 'MODE: "worker"', mode: undefined },
  { block: "MODE: constructor", mode: undefined },
];

for (const { block, mode } of MODE_VALUES) {
  Deno.test(`${JSON.stringify(block)} is ${mode ?? "refused with the four modes"}`, () => {
    const reading = readPacket(packetText({ "MODE": block }));
    if (mode !== undefined) return assert.equal(reading.fields?.mode, mode);
    const { line, message } = problemOf(reading, "packet-mode");
    assert.equal(line, 1);
    for (const known of MODES) assert.ok(message.includes(known), message);
  });
}

/** `second`: the line of the value that is one too many. `below`: the line of text that is only handed on. */
const ONE_VALUE: readonly { block: string; second?: number; below?: number }[] = [
  { block: "WORKDIR: /a\n- /b", second: 3 },
  { block: "WORKDIR:\n/a\n/b", second: 4 },
  { block: "WORKDIR:\n- /a\n- /b", second: 4 },
  { block: "WORKDIR: /a\n```\n/b\n```", second: 4 },
  { block: "WORKDIR: /a\nIt is big.", below: 3 },
  { block: "WORKDIR: /a\n  It is big.", below: 3 },
  { block: "WORKDIR: /a\n# The rest\n---\n<!-- x -->" },
];

for (const { block, second, below } of ONE_VALUE) {
  const outcome = second ? "is refused for its second value" : below ? "has a warning" : "is one value";
  Deno.test(`${JSON.stringify(block)} ${outcome}`, () => {
    const { problems, warnings } = readPacket(packetText({ "WORKDIR": block }));
    assert.deepEqual(shown(problems), second ? [`packet-one-value at ${second}`] : []);
    assert.deepEqual(shown(warnings), below ? [`packet-text-below at ${below}`] : []);
  });
}

const WORKDIRS: readonly { block: string; workdir: string }[] = [
  { block: "WORKDIR: ~/my project", workdir: "~/my project" },
  { block: "WORKDIR: `/a b`", workdir: "/a b" },
  { block: "WORKDIR: `/a` `b`", workdir: "`/a` `b`" },
  { block: "WORKDIR:\n  - `/a`", workdir: "/a" },
  { block: "WORKDIR: C:\\work", workdir: "C:\\work" },
  { block: "WORKDIR: /a: b (c) - d", workdir: "/a: b (c) - d" },
  { block: "WORKDIR:\n(a)", workdir: "(a)" },
];

for (const { block, workdir } of WORKDIRS) {
  Deno.test(`${JSON.stringify(block)} names "${workdir}"`, () => {
    assert.equal(fieldsOf(packetText({ "WORKDIR": block })).workdir, workdir);
  });
}

const TEXTS: readonly { block: string; text: string }[] = [
  { block: "OBJECTIVE: One line.", text: "One line." },
  { block: "OBJECTIVE: One line,\nand another.", text: "One line,\nand another." },
  { block: "OBJECTIVE:\nBelow it.\n\nA second paragraph.\n", text: "Below it.\n\nA second paragraph." },
  { block: "OBJECTIVE:\n\n\n  Below it.  \n    Deeper.", text: "Below it.\n    Deeper." },
  { block: "OBJECTIVE:\n- a\n- b\n  1. c", text: "- a\n- b\n  1. c" },
  { block: "OBJECTIVE: (in brief) this", text: "(in brief) this" },
  { block: "OBJECTIVE (a sentence): this", text: "this" },
  { block: "OBJECTIVE: note this: that", text: "note this: that" },
  { block: "OBJECTIVE: say\n```\nMODE: x\n\n  y\n```\nthis", text: "say\n```\nMODE: x\n\n  y\n```\nthis" },
  { block: "OBJECTIVE: this\n# A heading\n---\n<!-- a -->", text: "this\n# A heading\n---\n<!-- a -->" },
  { block: "OBJECTIVE: one\u2028two", text: "one\u2028two" },
  { block: "OBJECTIVE: one\n<!--\nMODE: x\n-->\ntwo", text: "one\n<!--\nMODE: x\n-->\ntwo" },
];

for (const { block, text } of TEXTS) {
  Deno.test(`${JSON.stringify(block)} is kept as ${JSON.stringify(text)}`, () => {
    assert.equal(fieldsOf(packetText({ "OBJECTIVE": block })).objective, text);
    const asContext = block.replace("OBJECTIVE", "CONTEXT");
    assert.equal(fieldsOf(packetText({ "CONTEXT": asContext })).context, text);
  });
}

/** The same block as a list (NON-GOALS) and as paths (WRITE SCOPE). */
const LISTS: readonly { value: string; list: string[]; paths?: string[] }[] = [
  { value: " a", list: ["- a"] },
  { value: "\na", list: ["a"] },
  { value: "\na\nb", list: ["a", "b"] },
  { value: "\n  a\n  b", list: ["a", "b"] },
  { value: "\n- a\n- b", list: ["- a", "- b"] },
  { value: "\n\n- a\n\n- b\n", list: ["- a", "- b"] },
  { value: "\n* a\n+ b\n1. c\n2) d", list: ["- a", "- b", "- c", "- d"] },
  { value: "\n-\ta\n-   b\n-\u00A0c", list: ["- a", "- b", "- c"] },
  { value: "\n  - a\n    - b", list: ["- a", "- b"] },
  { value: " a\n- b", list: ["- a", "- b"] },
  { value: "\n- a\n  b\n  c\n- d", list: ["- a\nb\nc", "- d"], paths: ["- a", "b", "c", "- d"] },
  { value: "\n- a\n\n  b", list: ["- a\nb"], paths: ["- a", "b"] },
  { value: "\n- a\nb", list: ["- a", "b"] },
  { value: " a\n  b", list: ["- a", "b"] },
  { value: "\n- a\nb\n  c", list: ["- a", "b", "c"] },
  { value: "\n```\na\n\n  - b\n```", list: ["`a`", "`- b`"] },
  { value: "\n- ```sh\n  a\n  ```\n- b", list: ["`a`", "- b"] },
  { value: " ```\na\n```", list: ["`a`"] },
  { value: "\n- a\n  ~~~\n  b\n  ~~~\n  c", list: ["- a", "`b`", "c"] },
  { value: "\n- a\n-\n- b", list: ["- a", "- b"] },
  {
    value: "\n# One\n- a\n## Two\n- b\n---\n- c\n* * *\n<!-- - d -->\n___\n***",
    list: ["- a", "- b", "- c"],
  },
  { value: "\n- # a\n- <!-- b -->\n- ---\n* ---", list: ["- # a", "- <!-- b -->", "- ---"] },
  { value: "\n<!--\n- a\n  -->\n- b\n<!-- c\nd -->\n- e", list: ["- b", "- e"] },
  { value: " <!-- a\n- b\n-->\n- c", list: ["- c"] },
  { value: "\n- a\n  <!--\n  b\n  -->\n- c", list: ["- a", "- c"] },
  { value: "\n```\n# a\n---\n<!-- b -->\n```", list: ["`# a`", "`---`", "`<!-- b -->`"] },
  { value: " (a comment)\n- a", list: ["- a"] },
  { value: " (a) b", list: ["- (a) b"] },
  { value: "\n(a)", list: ["(a)"] },
  { value: " # a", list: ["- # a"] },
  { value: "\n- `a b`\n- !c", list: ["- `a b`", "- !c"] },
];

for (const { value, list, paths = list } of LISTS) {
  Deno.test(`the value ${JSON.stringify(value)} is ${JSON.stringify(list)}`, () => {
    const fields = fieldsOf(packetText({
      "NON-GOALS": `NON-GOALS:${value}`,
      "WRITE SCOPE": `WRITE SCOPE:${value}`,
    }));
    assert.deepEqual(items(fields.nonGoals), list);
    assert.deepEqual(items(fields.writeScope), paths);
  });
}

Deno.test("an item's line is the one that it begins on", () => {
  const fields = fieldsOf(
    packetText({ "MODE": "\n\nMODE: worker", "NON-GOALS": "NON-GOALS:\n\n- a\n  b\n\n- c" }),
  );
  assert.deepEqual(fields.nonGoals.map(({ text, line }) => [text, line]), [["a\nb", 9], ["c", 12]]);
});

const FLAGS: readonly { block: string; is: boolean | undefined }[] = [
  { block: ": true", is: true },
  { block: ": TRUE", is: true },
  { block: ": `true`", is: true },
  { block: ":\n- true", is: true },
  { block: " (I looked): true", is: true },
  { block: ": false", is: false },
  { block: ":", is: false },
  { block: ": yes", is: undefined },
  { block: ": 1", is: undefined },
  { block: ": true, as before", is: undefined },
  { block: ": true.", is: undefined },
];

for (const { block, is } of FLAGS) {
  for (const name of ["ALLOW DIRTY OVERLAP", "ALLOW COMMITS"]) {
    Deno.test(`${JSON.stringify(name + block)} is ${is ?? "refused"}`, () => {
      const reading = readPacket(packetText({ [name]: name + block }));
      if (is === undefined) return assert.equal(problemOf(reading, "packet-flag").line, 8);
      const { allowCommits, allowDirtyOverlap } = reading.fields ?? {};
      assert.deepEqual({ allowCommits, allowDirtyOverlap }, {
        allowCommits: is && name === "ALLOW COMMITS",
        allowDirtyOverlap: is && name === "ALLOW DIRTY OVERLAP",
      });
    });
  }
}

/** What stands below such a heading was meant for another field. */
for (const heading of ["### NON-GOALS", "# Non-goals:", "## **CONTEXT**"]) {
  Deno.test(`${JSON.stringify(heading)} among paths is refused, and among others orders them`, () => {
    const below = `\n- a\n${heading}\n- b`;
    for (const name of ["WRITE SCOPE", "IGNORED WRITES", "WAIVE"]) {
      const problem = problemOf(
        readPacket(packetText({ [name]: `${name}:${below}` })),
        "packet-field-heading",
      );
      assert.match(
        problem.message,
        /^".+" at line \d+ looks like the field (?:NON-GOALS|CONTEXT), but it is a heading/,
      );
    }
    assert.deepEqual(items(fieldsOf(packetText({ "INPUTS": `INPUTS:${below}` })).inputs), ["- a", "- b"]);
  });
}

Deno.test("a permission that stands in a comment is none", () => {
  const { allowCommits, ignoredWrites } = fieldsOf(packetText({
    "ALLOW COMMITS": "<!--\nALLOW COMMITS: true\nIGNORED WRITES: .cache/\n-->",
  }));
  assert.deepEqual([allowCommits, ignoredWrites], [false, []]);
});

Deno.test("every known field goes where it belongs", () => {
  const fields = fieldsOf(packetText({
    "CONTEXT": "CONTEXT: known",
    "INPUTS": "INPUTS: report.md",
    "IGNORED WRITES": "IGNORED WRITES: .cache/",
    "WAIVE": "WAIVE: tmp/ - the editor's",
  }));
  assert.equal(fields.context, "known");
  assert.deepEqual(items(fields.inputs), ["- report.md"]);
  assert.deepEqual(items(fields.ignoredWrites), ["- .cache/"]);
  assert.deepEqual(items(fields.waive), ["- tmp/ - the editor's"]);
});

Deno.test("an unknown field in capitals is kept as text, with a warning", () => {
  const { fields, problems, warnings } = readPacket(
    packetText({ "NOTES": "NOTES: one\n\n- two", "HINT (x)": "HINT (x):" }),
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(shown(warnings), ["packet-field-unknown at 8", "packet-field-unknown at 11"]);
  assert.deepEqual(fields?.others, [{ name: "NOTES", text: "one\n\n- two" }, { name: "HINT", text: "" }]);
});

for (const name of Object.keys(FIELDS)) {
  Deno.test(`${name} twice is refused, whatever its spelling the second time`, () => {
    const block = {
      "WORKDIR": "/repo",
      "ALLOW COMMITS": "true",
      "ALLOW DIRTY OVERLAP": "true",
      "MODE": "worker",
    };
    const value = new Map(Object.entries(block)).get(name) ?? "a";
    const again = name.toLowerCase().replaceAll(/[ -]/g, "_");
    const text = packetText({ [name]: `${name}: ${value}`, "end": `${again}: ${value}` });
    const first = text.split("\n").indexOf(`${name}: ${value}`) + 1;
    const second = text.split("\n").indexOf(`${again}: ${value}`) + 1;
    const { message, line } = problemOf(readPacket(text), "packet-field-twice");
    assert.equal(line, second);
    for (const part of [`"${name}"`, `line ${first}`, `line ${second}`, "Keep one"]) {
      assert.ok(message.includes(part), message);
    }
  });
}

Deno.test("all problems are reported at once, in the order of their lines, those without one last", () => {
  const text = packetText({
    "MODE": "MODE: wizard",
    "WORKDIR": "WORKDIR:\n- /a\n- /b",
    "OBJECTIVE": "OBJECTIVE:",
    "WRITE SCOPE": "WRITESCOPE: src/",
    "NON-GOALS": "",
    "VERIFICATION": "# VERIFICATION\ntrue",
    "end": "mode: worker\nALLOW COMMITS: maybe",
  });
  assert.deepEqual(shown(readPacket(text).problems), [
    "packet-mode at 1",
    "packet-one-value at 4",
    "packet-field-empty at 5",
    "packet-field-misspelt at 6",
    "packet-field-missing at 7",
    "packet-field-twice at 10",
    "packet-flag at 11",
    "packet-field-missing at undefined",
    "packet-field-missing at undefined",
  ]);
});

Deno.test("what could be read is there for further checks, though there are problems", () => {
  const { draft, fields } = readPacket(packetText({ "MODE": "MODE: wizard", "OBJECTIVE": "" }));
  assert.equal(fields, undefined);
  assert.equal(draft?.mode, undefined);
  assert.equal(draft?.workdir, "/repo");
  assert.deepEqual(items(draft?.writeScope ?? []), ["- src/"]);
});

Deno.test("an empty packet lacks the seven fields", () => {
  for (const text of ["", "\uFEFF", "\n", "hello"]) {
    const { problems } = readPacket(text);
    assert.deepEqual(problems.map(({ code }) => code), REQUIRED_FIELDS.map(() => "packet-field-missing"));
    for (const [index, field] of REQUIRED_FIELDS.entries()) {
      assert.ok(problems[index]?.message.startsWith(`Required field "${field}" is missing.`));
    }
  }
});

Deno.test("a NUL is refused with its line, wherever it stands", () => {
  for (const [text, line] of [["\0", 1], [packetText({ "CONTEXT": "CONTEXT:\na\n```\n\0" }), 11]] as const) {
    const { problems, draft } = readPacket(text);
    assert.deepEqual(shown(problems), [`packet-nul at ${line}`]);
    assert.ok(problems[0]?.message.includes("Remove it."));
    assert.equal(draft, undefined);
  }
});

Deno.test("a packet has a million characters at most, of whatever length in memory", () => {
  const head = packetText({ "CONTEXT": "CONTEXT: " }).trimEnd() + " ";
  for (const letter of ["a", "😀"]) {
    const longest = head + letter.repeat(MAX_PACKET_CHARACTERS - head.length);
    assert.equal(fieldsOf(longest).context.length, (MAX_PACKET_CHARACTERS - head.length) * letter.length);
    const { problems, draft } = readPacket(longest + letter);
    assert.deepEqual(shown(problems), ["packet-too-long at undefined"]);
    assert.match(problems[0]?.message ?? "", /1,000,001 characters; Codex takes 1,000,000 at most\..*INPUTS/);
    assert.equal(draft, undefined);
  }
});

const UNITS = [
  " ",
  "\t",
  "a",
  "A",
  "- ",
  "`",
  "~",
  "(",
  ")",
  ": ",
  "#",
  "*",
  "_",
  "<!--",
  "\u2028",
  "1. ",
  "\n",
  "A:\n",
];
for (const unit of UNITS) {
  Deno.test(`a packet that is nearly all ${JSON.stringify(unit)} is read in its stride`, () => {
    for (
      const before of [
        "CONTEXT: ",
        "CONTEXT:\n",
        "MODE",
        "WRITE SCOPE:\n- ",
        "NON-GOALS:\n- a\n  ",
        "WAIVE: x",
      ]
    ) {
      const head = packetText() + before;
      const text = head + unit.repeat((MAX_PACKET_CHARACTERS - head.length - 1) / unit.length) + "x";
      const { draft } = readPacket(text);
      assert.equal(draft?.workdir, "/repo");
    }
  });
}
