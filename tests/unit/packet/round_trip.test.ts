import assert from "node:assert/strict";
import { pick, type Random, seeded } from "../../helpers/random_numbers.ts";
import { survivesPrinting } from "../../helpers/survives_printing.ts";

const GOOD = [
  `MODE: worker
WORKDIR: /home/me/project
OBJECTIVE: Make the parser accept a trailing comma.
  It stands in \`src/parser.ts\`.

WRITE SCOPE (bare paths only):
- src/parser.ts (MODIFY)
- \`docs/a, b.md\`
- !src/generated/

NON-GOALS:
- Do not rename anything.
  Not even locals.
* No new dependency.

VERIFICATION:
1. deno test
2) deno lint
~~~sh
make check
~~~

DELIVERABLE: a diff
CONTEXT:
# What is known
\`\`\`
MODE: verifier
\`\`\`

text after it
WAIVE: reports/** - written by the build
`,
  `\uFEFFMODE: reviewer\r\nWORKDIR:\r\n- ~/project\r\nOBJECTIVE:\r\nReview the last commit.\r\n\r\nOnly it.\r\n` +
  `WRITE SCOPE: none\r\nNON-GOALS: nothing\r\n  is changed\r\nVERIFICATION:\r\n- git show\r\n` +
  `DELIVERABLE:\r\n- findings:\r\n  1. grave\r\n  2. others\r\nNOTES: mine\r\n`,
] as const;

const HEADINGS = [
  "MODE:",
  "WORKDIR:",
  "OBJECTIVE:",
  "WRITE SCOPE:",
  "NON-GOALS:",
  "VERIFICATION:",
  "DELIVERABLE:",
  "CONTEXT:",
  "INPUTS:",
  "ALLOW COMMITS:",
  "IGNORED WRITES:",
  "WAIVE (why):",
  "Non_goals :",
  "objective:",
  "WRITE-SCOPE ( a ) :",
  "NOTES:",
  "FOO _ (x):",
  "OBJECTVE:",
];

/** What means something to a reader of Markdown or of packets, alone and side by side. */
const MARKS = [
  ..."- * + # > ` ~ ( ) : [ ] { } | \\ / _ . , ! ? < >".split(" "),
  ..."-- --- *** ___ ``` ~~~ ```` ~~~~ ```js ## <!-- --> 1. 2) ** (a) (a: $' `a` `` `".split(" "),
  ...["- ", "* ", "+ ", "1. ", "  ", "\t", " ", "\u00A0", "\u2028", "\u2029", "\u0085", "\uFEFF", "\f", "\v"],
  ...[
    "a",
    "b c",
    "x:",
    "X:",
    "none",
    "true",
    "false",
    "worker",
    "/p",
    "~",
    "src/",
    "é",
    "😀",
    "\uD800",
    "\u202E",
  ],
];

function times<Made>(count: number, make: () => Made): Made[] {
  return Array.from({ length: count }, make);
}

/** One piece in so many is a heading. */
function anyLine(random: Random, headings: number): string {
  return times(random(4), () => pick(random, random(headings) === 0 ? HEADINGS : MARKS)).join("");
}

function anyPacket(random: Random): string {
  return times(1 + random(20), () => anyLine(random, 3)).join(pick(random, ["\n", "\n", "\r\n", "\r"]));
}

/** Every required field, each with a value in a form of its own: most of these are accepted. */
function fullPacket(random: Random): string {
  const value = (): string =>
    times(1 + random(4), () => `${pick(random, ["", "", "", "\n", "\n  ", "\n- "])}${anyLine(random, 50)}`)
      .join("");
  const extra = random(3) === 0 ? times(1 + random(2), () => `${pick(random, HEADINGS)} ${value()}`) : [];
  return [
    `MODE: ${pick(random, ["worker", "`verifier`", "Reviewer"])}`,
    random(3) === 0
      ? `WORKDIR:\n${pick(random, ["- ", "", "~~~\n", "``\n"])}${anyLine(random, 50)}/p`
      : "WORKDIR: /p",
    ...["OBJECTIVE", "WRITE SCOPE", "NON-GOALS", "VERIFICATION", "DELIVERABLE"].map((name) =>
      `${name}:${pick(random, [" ", "\n", "\n- ", "\n  "])}${value()}`
    ),
    ...extra,
  ].join("\n");
}

/** A good packet that something happened to: lines cut, doubled, shuffled, characters replaced. */
function mutatedPacket(random: Random): string {
  const lines = pick(random, GOOD).split("\n");
  for (let change = 0; change <= random(3); change++) {
    const at = random(lines.length);
    const line = lines[at] ?? "";
    const place = random(line.length + 1);
    const other = random(lines.length);
    const edits: (() => unknown)[] = [
      () => lines.splice(at, 1),
      () => lines.splice(at, 0, line),
      () => ([lines[at], lines[other]] = [lines[other] ?? "", line]),
      () => lines.splice(at, 0, anyLine(random, 50)),
      () => (lines[at] = line.slice(0, place)),
      () => (lines[at] = line.slice(place)),
      () => (lines[at] = line.slice(0, place) + pick(random, MARKS) + line.slice(place)),
      () => (lines[at] = line.slice(0, place) + pick(random, MARKS) + line.slice(place + 1)),
      () => lines.splice(lines.length - random(4)),
    ];
    pick(random, edits)();
  }
  return lines.join("\n");
}

const KINDS = [
  { name: "lines of nasty pieces", make: anyPacket, count: 10_000, accepted: 0 },
  { name: "all fields, each with a nasty value", make: fullPacket, count: 70_000, accepted: 10_000 },
  { name: "mutations of good packets", make: mutatedPacket, count: 30_000, accepted: 10_000 },
];

for (const { name, make, count, accepted } of KINDS) {
  Deno.test(`No packet makes the reader throw, and an accepted one is printed without loss: ${name}`, () => {
    const random = seeded(20_260);
    const passed = times(count, () => make(random)).filter(survivesPrinting).length;
    assert.ok(passed >= accepted, `only ${passed} of ${count} were accepted`);
  });
}
