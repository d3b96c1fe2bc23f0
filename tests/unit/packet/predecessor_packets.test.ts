import assert from "node:assert/strict";
import { checkPacket } from "../../../lib/packet/check_packet.ts";

/**
 * Packets in the forms that claude-codex-dispatch 0.1.1 took (its references/task-packet.md, its examples and its
 * changelog): they have to be accepted unchanged.
 */
const PACKETS: readonly {
  name: string;
  text: string;
  mode: string;
  scope: string[];
  inputs?: string[];
  verification: string[];
}[] = [
  {
    name: "a worker with one file",
    mode: "worker",
    scope: ["tests/test_dates.py"],
    verification: ["python -m pytest tests/test_dates.py -q"],
    text: `MODE: worker
WORKDIR: /home/me/shop
OBJECTIVE: Cover \`parse_date(text)\` in \`shop/dates.py\` with unit tests.

WRITE SCOPE:
- tests/test_dates.py

NON-GOALS:
- Leave shop/dates.py as it is.
- Leave setup.cfg: no new markers, no new plugins.

VERIFICATION:
- python -m pytest tests/test_dates.py -q

DELIVERABLE:
- A new file \`tests/test_dates.py\` with four assertions at least:
  one for each documented format, one for a leap day,
  one for text that is no date.
- What pytest printed.
`,
  },
  {
    name: "a worker with annotated paths and a comment in the field's name",
    mode: "worker",
    scope: ["shop/cart.py", "shop/discounts.py", "tests/test_cart.py", "docs/adr/", "shop/legacy.py"],
    verification: ["python -m pytest -q", "python -m shop.cli total tests/data/cart.json"],
    text: `MODE: worker
WORKDIR: /home/me/shop
OBJECTIVE: Move the discount rules out of the cart into a module of their own.

CONTEXT:
- The rules are in shop/cart.py, lines 40 to 118.
- Three callers were found; all go through \`Cart.total\`.

WRITE SCOPE (bare paths only):
- /home/me/shop/shop/cart.py (MODIFY)
- shop/discounts.py (NEW)
- tests/test_cart.py (MODIFY)
- docs/adr/ (NEW, optional)
- shop/legacy.py (DELETE)

NON-GOALS:
- No change of any price.

VERIFICATION (a value, not only an exit code):
- python -m pytest -q
- python -m shop.cli total tests/data/cart.json

DELIVERABLE:
- The diff, and the two totals before and after.

ALLOW DIRTY OVERLAP: true
`,
  },
  {
    name: "a verifier",
    mode: "verifier",
    scope: [],
    verification: ["git log -1 --oneline", 'pytest tests/ -k "login and not slow" -v'],
    text: `MODE: verifier
WORKDIR: /home/me/shop
OBJECTIVE: Verify the claim that \`pytest tests/ -k "login and not slow"\` passes at HEAD.

WRITE SCOPE:
- none

NON-GOALS:
- Do not touch any file.
- Do not install anything.

VERIFICATION:
- git log -1 --oneline
- pytest tests/ -k "login and not slow" -v

DELIVERABLE:
- Say whether the claim holds.
- Quote the commit and pytest's last line.
- If it does not hold: the names of the tests that fail.
`,
  },
  {
    name: "a reviewer with a numbered list under a list",
    mode: "reviewer",
    scope: [],
    verification: ["git show HEAD --stat", "git show HEAD -- shop/cart.py"],
    text: `MODE: reviewer
WORKDIR: /home/me/shop
OBJECTIVE: Review the last commit, which is said to mend the rounding in \`shop/cart.py\`.

WRITE SCOPE:
- none

NON-GOALS:
- Do not modify files.
- Read only; no test and no build is to be run.

VERIFICATION:
- git show HEAD --stat
- git show HEAD -- shop/cart.py

DELIVERABLE:
- Findings under three headings:
  1. Correctness — is the rounding right for halves?
  2. Risks — which callers see other numbers now?
  3. Style — names, comments, tests.
- One of MERGE / CHANGE / STOP, with the reason in a sentence.
`,
  },
  {
    name: "a synthesizer with its inputs",
    mode: "synthesizer",
    scope: [],
    inputs: [
      "First report: /tmp/first.md (says that the pool leaks)",
      "Second report: /tmp/second.md (says that lines 12-30 close it)",
    ],
    verification: ["cat /tmp/first.md", "cat /tmp/second.md"],
    text: `MODE: synthesizer
WORKDIR: /home/me/shop
OBJECTIVE: Two reports disagree on whether \`shop/db.py:connect\` leaks connections. Say which is right, and why.

WRITE SCOPE:
- none

NON-GOALS:
- Do not modify files.
- No experiments — the cited evidence is all there is.

INPUTS:
- First report: /tmp/first.md (says that the pool leaks)
- Second report: /tmp/second.md (says that lines 12-30 close it)

VERIFICATION:
- cat /tmp/first.md
- cat /tmp/second.md

DELIVERABLE:
- Which claim holds, or what of both.
- LEAKS / DOES NOT LEAK / UNCLEAR, and a paragraph of reasons.
`,
  },
  {
    name: "a verifier with all values on the fields' own lines",
    mode: "verifier",
    scope: [],
    verification: ["python -m pytest tests/ -v"],
    text: `MODE: verifier
WORKDIR: /home/me/shop
OBJECTIVE: Confirm that the tests pass.
WRITE SCOPE: none
NON-GOALS: Do not modify any file.
VERIFICATION: python -m pytest tests/ -v
DELIVERABLE: Number of tests that passed and failed, as the runner printed it.
`,
  },
  {
    name: "a worker whose field has a comment for its value",
    mode: "worker",
    scope: ["shop/cart.py"],
    verification: ["true"],
    text: `MODE: worker
WORKDIR: /home/me/shop
OBJECTIVE: Mend the rounding.
WRITE SCOPE: (one file)
- shop/cart.py
NON-GOALS:
- Nothing else.
VERIFICATION:
- true
DELIVERABLE:
- The diff.
`,
  },
];

const WORLD = {
  home: "/home/me",
  locate: (workdir: string) => Promise.resolve({ kind: "found", workdir, root: workdir } as const),
  exists: (path: string) => ["/home/me/shop/shop/cart.py", "/home/me/shop/tests/test_cart.py"].includes(path),
};

for (const { name, text, mode, scope, inputs = [], verification } of PACKETS) {
  for (const [form, given] of [["", text], [" with CRLF", text.replaceAll("\n", "\r\n")]] as const) {
    Deno.test(`a packet for 0.1.1 is accepted unchanged: ${name}${form}`, async () => {
      const { packet, problems, warnings } = await checkPacket(given, WORLD);
      assert.deepEqual([problems, warnings], [[], []]);
      assert.ok(packet);
      assert.equal(packet.fields.mode, mode);
      assert.equal(packet.workdir, "/home/me/shop");
      assert.deepEqual(
        packet.scope.map((
          entry,
        ) => [entry.kind, entry.negated, entry.kind === "path" ? entry.path : entry.glob]),
        scope.map((path) => ["path", false, path.replace(/\/$/, "")]),
      );
      assert.deepEqual(packet.fields.inputs.map((item) => item.text), inputs);
      assert.deepEqual(packet.fields.verification.map((item) => item.text), verification);
      assert.equal(packet.fields.allowDirtyOverlap, text.includes("ALLOW DIRTY OVERLAP: true"));
    });
  }
}

Deno.test("lines that go on belong to the item above them", async () => {
  const { packet } = await checkPacket(PACKETS[0]?.text ?? "", WORLD);
  assert.deepEqual(packet?.fields.deliverable.map((item) => item.text.split("\n").length), [3, 1]);
});
