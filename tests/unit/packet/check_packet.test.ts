import assert from "node:assert/strict";
import { packetText } from "../../helpers/packet_text.ts";
import { accepted, machine, refused, showEntry } from "../../helpers/packet_world.ts";
import { checkPacket, type WorkTreeLookup } from "../../../lib/packet/check_packet.ts";
import { MODES, NO_WRITES } from "../../../lib/packet/fields.ts";

Deno.test("a good packet comes back with its fields, its text and its places", async () => {
  const text = packetText({ "WORKDIR": "WORKDIR: /repo/pkg" });
  const places = { "/repo/pkg": { kind: "found", workdir: "/real/repo/pkg", root: "/real/repo" } } as const;
  const packet = accepted(await checkPacket(text, machine({ places, paths: ["/real/repo/pkg/src/a.ts"] })));
  assert.equal(packet.text, text);
  assert.equal(packet.fields.mode, "worker");
  assert.equal(packet.workdir, "/real/repo/pkg");
  assert.equal(packet.repository, "/real/repo");
  assert.deepEqual(packet.scope, [{ kind: "path", text: "src/", negated: false, path: "pkg/src" }]);
  assert.deepEqual([packet.ignoredWrites, packet.waive], [[], []]);
});

/** `asked`: the folder that is looked up; `says`: of the refusal. */
const WORKDIRS: readonly {
  workdir: string;
  home?: string;
  asked?: string;
  found?: WorkTreeLookup;
  says?: string[];
}[] = [
  { workdir: "/repo", asked: "/repo" },
  { workdir: "/repo/", asked: "/repo" },
  { workdir: "/repo//a/./b/../c//", asked: "/repo/a/c" },
  { workdir: "/", asked: "/" },
  { workdir: "~", home: "/home/me", asked: "/home/me" },
  { workdir: "~/p", home: "/home/me", asked: "/home/me/p" },
  { workdir: "~/../p", home: "/home/me", asked: "/home/p" },
  { workdir: "~/p", says: ['"~/p" is relative', "Write the absolute path."] },
  { workdir: "~you/p", home: "/home/me", says: ['"~you/p" is relative', "Write the absolute path."] },
  { workdir: "p", says: ['"p" is relative', "Write the absolute path."] },
  { workdir: "./p", says: ['"./p" is relative'] },
  { workdir: ".", says: ['"." is relative'] },
  { workdir: "/no", found: { kind: "missing" }, says: ['"/no" does not exist.', "Create the folder"] },
  { workdir: "/file", found: { kind: "not-a-folder" }, says: ['"/file" is not a folder.'] },
  { workdir: "/bare", found: { kind: "bare" }, says: ['"/bare" is a bare repository', "Clone it"] },
  {
    workdir: "/r/.git",
    found: { kind: "in-git-folder" },
    says: ["inside git's own folder", "Name a folder"],
  },
  { workdir: "/plain", found: { kind: "no-work-tree" }, says: ["in no git work tree", "git init /plain"] },
  { workdir: "/it's a", found: { kind: "no-work-tree" }, says: ["git init '/it'\\''s a'"] },
  { workdir: "/$HOME", found: { kind: "no-work-tree" }, says: ["git init '/$HOME'"] },
  {
    workdir: "/theirs",
    found: { kind: "refused-by-git", detail: "dubious ownership" },
    says: ['"/theirs" could not be read by git: dubious ownership'],
  },
];

for (const { workdir, home, asked, found, says } of WORKDIRS) {
  const where = home ? ` with ${home} as home` : "";
  Deno.test(`WORKDIR ${workdir}${where} is ${asked ?? `refused: ${says?.[0]}`}`, async () => {
    const text = packetText({ "WORKDIR": `WORKDIR:\n${workdir}` });
    const world = machine({ ...(home ? { home } : {}), ...(found ? { places: { [workdir]: found } } : {}) });
    const check = await checkPacket(text, world);
    if (asked !== undefined) return assert.equal(accepted(check).workdir, asked);
    const { code, line } = refused(check, says ?? []);
    assert.deepEqual([code, line], ["packet-workdir", 3]);
  });
}

const SAYING_NONE = [...NO_WRITES, "None", "NONE", "none.", "`none`", "No writes.", "Read-Only"];

for (const none of SAYING_NONE) {
  Deno.test(`WRITE SCOPE: ${none} is refused for a worker, and right for those that only read`, async () => {
    for (const block of [`WRITE SCOPE: ${none}`, `WRITE SCOPE:\n- ${none}`]) {
      const line = block.includes("\n") ? 5 : 4;
      const problem = refused(await checkPacket(packetText({ "WRITE SCOPE": block }), machine()), [
        none,
        "Name the files or folders",
      ]);
      assert.deepEqual([problem.code, problem.line], ["scope-none", line]);
      for (const mode of MODES.filter((mode) => mode !== "worker")) {
        const text = packetText({ "MODE": `MODE: ${mode}`, "WRITE SCOPE": block });
        assert.deepEqual(accepted(await checkPacket(text, machine())).scope, []);
      }
    }
  });
}

for (const mode of MODES.filter((mode) => mode !== "worker")) {
  Deno.test(`a ${mode} with a scope is refused, on the line of the first entry`, async () => {
    for (
      const block of [
        "WRITE SCOPE:\n- none\n- src/",
        "WRITE SCOPE:\n\n- src/\n- docs/",
        "WRITE SCOPE:\n\nsrc/",
      ]
    ) {
      const text = packetText({ "MODE": `MODE: ${mode}`, "WRITE SCOPE": block });
      const problem = refused(await checkPacket(text, machine()), [`A ${mode}`, '"src/"', "MODE: worker"]);
      assert.deepEqual([problem.code, problem.line], ["scope-on-read-only", 6]);
    }
  });
}

Deno.test("none beside entries is refused on the line of the none", async () => {
  for (
    const [block, line] of [["WRITE SCOPE:\n- src/\n- none", 6], ["WRITE SCOPE: none\n- src/", 4]] as const
  ) {
    const problem = refused(await checkPacket(packetText({ "WRITE SCOPE": block }), machine()), [
      '"none"',
      "Keep one of the two.",
    ]);
    assert.deepEqual([problem.code, problem.line], ["scope-none", line]);
  }
});

Deno.test("a scope that only takes away is refused on the field's line", async () => {
  const text = packetText({ "WRITE SCOPE": "WRITE SCOPE:\n- !src/gen\n- !**/*.snap" });
  const problem = refused(await checkPacket(text, machine()), ["begins with !", "Add the entries"]);
  assert.deepEqual([problem.code, problem.line], ["scope-grants-nothing", 4]);
});

Deno.test("IGNORED WRITES is read like a scope, in every mode, and may take away alone", async () => {
  for (const mode of MODES) {
    const text = packetText({
      "MODE": `MODE: ${mode}`,
      "WRITE SCOPE": mode === "worker" ? "WRITE SCOPE: src/" : "WRITE SCOPE: none",
      "IGNORED WRITES": "IGNORED WRITES:\n- .cache/ (NEW)\n- `*.log`\n- !keep.log",
    });
    assert.deepEqual(accepted(await checkPacket(text, machine())).ignoredWrites.map(showEntry), [
      'path ".cache"',
      'glob "" "*.log"',
      '!path "keep.log"',
    ]);
  }
});

/** Each entry with the reason it is given. */
const WAIVERS: readonly { block: string; are: [entry: string, reason: string][] }[] = [
  { block: " tmp/", are: [['path "tmp"', ""]] },
  { block: "\n- tmp/ - the editor's", are: [['path "tmp"', "the editor's"]] },
  { block: "\n- tmp/ -- the editor's", are: [['path "tmp"', "the editor's"]] },
  { block: "\n- tmp/ — the editor's - I think", are: [['path "tmp"', "the editor's - I think"]] },
  { block: "\n- tmp/ – the editor's", are: [['path "tmp"', "the editor's"]] },
  { block: "\n- tmp/: the editor's", are: [['path "tmp"', "the editor's"]] },
  { block: "\n- tmp/ (the editor's)", are: [['path "tmp"', "the editor's"]] },
  { block: " **/*.swp - the editor's", are: [['glob "" "**/*.swp"', "the editor's"]] },
  { block: "\n- `a - b` - mine", are: [['path "a - b"', "mine"]] },
  { block: "\n- `a - b`", are: [['path "a - b"', ""]] },
  { block: "\n- a\n- b\n- reason: ours", are: [['path "a"', "ours"], ['path "b"', "ours"]] },
  { block: "\nReason: ours\n- a\n- b - mine", are: [['path "a"', "ours"], ['path "b"', "mine"]] },
  { block: "\n- a\nbecause it is ours", are: [['path "a"', "it is ours"]] },
  { block: "\n- a\nIt is ours,\nnot yours.", are: [['path "a"', "It is ours, not yours."]] },
  { block: "\na\nb", are: [['path "a"', ""], ['path "b"', ""]] },
  { block: "\n~~~\na - b\n~~~", are: [['path "a - b"', ""]] },
  // Words that only begin like a reason, and names that stand there.
  {
    block: "\n- reasons/\n- reason/a.txt\n- because.md",
    are: [
      ['path "reasons"', ""],
      ['path "reason/a.txt"', ""],
      ['path "because.md"', ""],
    ],
  },
  { block: "\n- old - new\n- old (2)", are: [['path "old - new"', ""], ['path "old (2)"', ""]] },
  { block: "\n- old (2) - mine", are: [['path "old (2)"', "mine"]] },
  { block: "\nold - new", are: [['path "old - new"', ""]] },
];

for (const { block, are } of WAIVERS) {
  Deno.test(`WAIVE:${JSON.stringify(block)} is ${JSON.stringify(are)}`, async () => {
    const world = machine({ paths: ["/repo/old - new", "/repo/old (2)"] });
    const packet = accepted(await checkPacket(packetText({ "WAIVE": `WAIVE:${block}` }), world));
    assert.deepEqual(packet.waive.map((waiver) => [showEntry(waiver.entry), waiver.reason]), are);
  });
}

Deno.test("--waive is read like WAIVE and comes after it; its problems have no line", async () => {
  const text = packetText({ "WAIVE": "WAIVE: a - mine" });
  const { waive } = accepted(await checkPacket(text, machine(), { waive: ["tmp/**", "!tmp/b"] }));
  assert.deepEqual(waive.map((waiver) => [showEntry(waiver.entry), waiver.reason]), [
    ['path "a"', "mine"],
    ['glob "tmp" "**"', "--waive"],
    ['!path "tmp/b"', "--waive"],
  ]);
  const problem = refused(await checkPacket(text, machine(), { waive: ["../a"] }), ['Entry "../a" passes']);
  assert.equal(problem.line, undefined);
});

Deno.test("every problem of the packet and of the machine comes at once, in the order of the lines", async () => {
  const text = packetText({
    "MODE": "ALLOW COMMITS: perhaps\nMODE: worker",
    "OBJECTIVE": "",
    "WRITE SCOPE": "WRITE SCOPE:\n- src/, docs/\n- none\n- ../a\n- src/ - the parser",
    "NON-GOALS": "NONGOALS: x",
    "IGNORED WRITES": "IGNORED WRITES: .git/x",
    "WAIVE": "WAIVE:\n- /etc/a - mine",
  });
  const { packet, problems } = await checkPacket(text, machine(), { waive: ["a, b"] });
  assert.equal(packet, undefined);
  assert.deepEqual(problems.map(({ code, line }) => `${code} at ${line}`), [
    "packet-flag at 1",
    "scope-comma at 5",
    "scope-none at 6",
    "scope-outside at 7",
    "scope-prose at 8",
    "packet-field-misspelt at 9",
    "scope-git at 12",
    "scope-outside at 14",
    "packet-field-missing at undefined",
    "packet-field-missing at undefined",
    "scope-comma at undefined",
  ]);
});

Deno.test("a scope is judged by its mode though WORKDIR is wrong", async () => {
  const text = packetText({ "MODE": "MODE: reviewer", "WORKDIR": "WORKDIR: repo" });
  const { problems } = await checkPacket(text, machine());
  assert.deepEqual(problems.map(({ code }) => code), ["packet-workdir", "scope-on-read-only"]);
});

Deno.test("that a text is sound is told while the place is looked up, and of no other text", async () => {
  const told: string[] = [];
  const world = {
    ...machine(),
    locate: async (workdir: string): Promise<WorkTreeLookup> => {
      await Promise.resolve();
      told.push("located");
      return { kind: "found", workdir, root: workdir };
    },
    onSoundText: () => void told.push("sound"),
  };
  await checkPacket(packetText(), world);
  await checkPacket(packetText({ "MODE": "MODE: writer" }), world);
  assert.deepEqual(told, ["sound", "located", "located"]);
});

Deno.test("warnings come with an accepted packet and with a refused one", async () => {
  for (const mode of ["worker", "wizard"]) {
    const text = packetText({ "MODE": `MODE: ${mode}`, "NOTES": "NOTES: x" });
    const { warnings } = await checkPacket(text, machine());
    assert.deepEqual(warnings.map(({ code, line }) => [code, line]), [["packet-field-unknown", 8]]);
  }
});

/** Lines that once took the square of their length. */
for (const unit of [" ", "- ", ": ", "(", "[", "{", "{a,", "`", "\u2028", "a: ", "\t"]) {
  Deno.test(`an entry of a million characters ${JSON.stringify(unit)} is judged in its stride`, async () => {
    for (const field of ["IGNORED WRITES", "WAIVE"]) {
      const head = packetText({ [field]: `${field}:\n- x` }).trimEnd();
      for (const end of ["y", "\u2028y", ")"]) {
        const text = head + unit.repeat((999_000 - head.length) / unit.length) + end;
        const { problems } = await checkPacket(text, machine());
        assert.deepEqual(problems.filter(({ line }) => line !== 9), []);
      }
    }
  });
}
