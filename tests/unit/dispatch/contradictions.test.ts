import assert from "node:assert/strict";
import { madeAnswer } from "../../helpers/made_run.ts";
import fc from "fast-check";
import { commandForm, lineParts } from "../../../lib/dispatch/command_form.ts";
import { FAILING_CONTRADICTIONS } from "../../../lib/dispatch/contradiction.ts";
import { type ClaimSources, findContradictions } from "../../../lib/dispatch/contradictions.ts";

interface Case {
  readonly claimedFiles?: readonly string[];
  readonly changed?: readonly string[];
  readonly tolerated?: readonly string[];
  /** Commands of the answer, with the exit status that it gives. */
  readonly claims?: readonly (readonly [string, number | null])[];
  /** Commands of the events, with the exit status that was seen. */
  readonly seen?: readonly (readonly [string, number | null])[];
  readonly asked?: readonly string[];
  readonly places?: Pick<ClaimSources, "workdir" | "workdirAsGiven" | "repository">;
}

function contradictionsOf(given: Case): { kind: string; detail: string }[] {
  const answer = madeAnswer({
    changed_files: [...given.claimedFiles ?? []],
    verification_run: (given.claims ?? []).map(([command, exit_code]) => ({
      command,
      exit_code,
      outcome: "",
    })),
  });
  return findContradictions({
    answer,
    changed: given.changed ?? [],
    tolerated: given.tolerated ?? [],
    commands: (given.seen ?? []).map(([command, exitCode], i) => ({
      id: `${i}`,
      command,
      exitCode,
      status: "",
    })),
    verification: given.asked ?? [],
    ...given.places ?? { workdir: "/repo", repository: "/repo" },
  });
}

function kindsOf(given: Case): string[] {
  return contradictionsOf(given).map(({ kind }) => kind);
}

/** | command as it is written | the command in it | */
const BARE: readonly (readonly [string, string])[] = [
  ["npm test", "npm test"],
  ["  npm \t test\n", "npm test"],
  // Shells
  ["bash -lc 'npm test'", "npm test"],
  ["/bin/bash -lc 'npm test'", "npm test"],
  ['/bin/zsh -c "npm test"', "npm test"],
  ["sh -c 'npm test'", "npm test"],
  ["dash -c 'npm test'", "npm test"],
  ["bash -l -c 'npm test'", "npm test"],
  ["bash -euxc 'npm test'", "npm test"],
  ["bash -lc ls", "ls"],
  ["/usr/bin/env bash -lc 'npm test'", "npm test"],
  ["env /opt/bin/zsh -lc 'npm test'", "npm test"],
  ["bash -lc \"bash -c 'npm test'\"", "npm test"],
  ["bash script.sh", "bash script.sh"],
  ["bash -x script.sh -c a", "bash -x script.sh -c a"],
  ["fish -c 'npm test'", "fish -c 'npm test'"],
  ["trash -c 'npm test'", "trash -c 'npm test'"],
  // Folders
  ["cd app && npm test", "npm test"],
  ["cd app; npm test", "npm test"],
  ["cd app&&npm test", "npm test"],
  ["cd '/a b/c' && npm test", "npm test"],
  ['cd "/a b/c" && npm test', "npm test"],
  ["cd a && cd b && npm test", "npm test"],
  ["bash -lc 'cd app && npm test'", "npm test"],
  ["cd app && bash -lc 'cd \"b c\" && npm test'", "npm test"],
  ["cd app || npm test", "cd app || npm test"],
  ["cd app", "cd app"],
  ["npm test && cd app", "npm test && cd app"],
  // Quotes, as Codex writes a word that holds them
  [`bash -lc "node -e 'f(\\"x\\")'"`, `node -e 'f("x")'`],
  [`bash -lc 'it'\\''s'`, "it's"],
  [`bash -lc "awk '"'{print $1}'"' f"`, "awk '{print $1}' f"],
  [`bash -lc "grep \\"a\\\\.b\\" f"`, `grep "a\\.b" f`],
  [`bash -lc "echo \\$HOME"`, "echo $HOME"],
  [`bash -lc 'echo "$HOME"'`, `echo "$HOME"`],
  [`bash -lc 'a' 'b'`, "'a' 'b'"],
  [`bash -lc 'a`, "'a"],
  ["echo 'a  b'", "echo 'a b'"],
  // Marks of a packet
  ["`npm test`", "npm test"],
  ["`bash -lc 'cd app && npm test'`", "npm test"],
  ["$ npm test", "npm test"],
  ["`$ cd app && npm test`", "npm test"],
  ["`a` and `b`", "`a` and `b`"],
  ["echo `date`", "echo `date`"],
  // More options of shells
  ["bash -o pipefail -c 'npm test'", "npm test"],
  ["bash -eo pipefail -lc 'npm test'", "npm test"],
  ["bash --noprofile --norc -lc 'npm test'", "npm test"],
  ["bash -lc '(cd app && npm test)'", "npm test"],
  ["cd app\nnpm test", "npm test"],
  // What runs a command and ends with its status
  ["CI=1 npm test", "npm test"],
  ["A=1 B='b c' npm test", "npm test"],
  ["bash -lc 'CI=1 npm test'", "npm test"],
  ["env CI=1 npm test", "npm test"],
  ["A=$(date) npm test", "A=$(date) npm test"],
  ["npm test A=1", "npm test A=1"],
  ["timeout 60 npm test", "npm test"],
  ["timeout -k 5 --signal=TERM 1.5m npm test", "npm test"],
  ["timeout npm test", "timeout npm test"],
  ["time npm test", "npm test"],
  ["nice -n 10 npm test", "npm test"],
  ["nohup npm test", "npm test"],
  ["command -v npm", "command -v npm"],
  ["cd app && CI=1 timeout 60 bash -lc 'npm test' 2>&1", "npm test"],
  // Where output goes
  ["npm test 2>&1", "npm test"],
  ["npm test >/tmp/log 2>&1", "npm test"],
  ["npm test &> log", "npm test"],
  ["awk '$1 > 2'", "awk '$1 > 2'"],
  [`grep ">" f`, `grep ">" f`],
  ["npm test >log | tail", "npm test >log | tail"],
  // Another command
  ["npm test || true", "npm test || true"],
  ["npm test &", "npm test &"],
  ["npm test | tail -5", "npm test | tail -5"],
  ["npm run lint && npm test", "npm run lint && npm test"],
  ["", ""],
];

for (const [command, bare] of BARE) {
  Deno.test(`the command in ${JSON.stringify(command)} is ${JSON.stringify(bare)}`, () => {
    assert.equal(commandForm(command).bare, bare);
  });
}

Deno.test("a command is the same in whatever shell, folder and quotes it is wrapped", () => {
  const bareOf = (command: string): string => commandForm(command).bare;
  const words = fc.array(fc.stringMatching(/^[a-z'"$\\-]{1,6}$/), { minLength: 1, maxLength: 4 });
  const single = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  const double = (text: string): string => `"${text.replace(/["\\$`]/g, "\\$&")}"`;
  fc.assert(
    fc.property(words, fc.constantFrom(single, double), (parts, quote) => {
      const command = `run ${parts.join(" ")}`;
      assert.equal(bareOf(`/bin/bash -lc ${quote(command)}`), bareOf(command));
      assert.equal(bareOf(`bash -c ${quote(`cd 'a b' && ${command}`)}`), bareOf(command));
    }),
  );
});

Deno.test("a long command is taken apart in no time", () => {
  for (
    const piece of [
      "/",
      "'",
      '"',
      "\\",
      "a ",
      "cd a && ",
      "bash -c ",
      "`",
      "a/",
      "env ",
      " >a",
      "A=1 ",
      "A='",
      "timeout 1 ",
      "(",
      "a;",
      "a\n",
      '"\\',
      "\\",
    ]
  ) {
    const start = performance.now();
    commandForm(piece.repeat(50_000));
    lineParts(piece.repeat(50_000));
    assert.ok(performance.now() - start < 2_000, piece);
  }
});

/** | what | sources | contradictions | */
const FILES: readonly (readonly [string, Case, readonly string[]])[] = [
  ["nothing claimed, nothing changed", {}, []],
  ["a file named from the root", { claimedFiles: ["src/a"], changed: ["src/a"] }, []],
  ["named with ./", { claimedFiles: ["./src/a"], changed: ["src/a"] }, []],
  ["named as absolute", { claimedFiles: ["/repo/src/a"], changed: ["src/a"] }, []],
  ["that never changed", { claimedFiles: ["src/a"] }, ["claimed-file-unchanged"]],
  ["another one", { claimedFiles: ["src/a"], changed: ["src/b"] }, [
    "claimed-file-unchanged",
    "unclaimed-change",
  ]],
  ["a name that begins alike", { claimedFiles: ["src/a"], changed: ["src/ab"] }, [
    "claimed-file-unchanged",
    "unclaimed-change",
  ]],
  ["in other case", { claimedFiles: ["SRC/a"], changed: ["src/a"] }, [
    "claimed-file-unchanged",
    "unclaimed-change",
  ]],
  ["a folder for what lies in it", { claimedFiles: ["src/"], changed: ["src/a", "src/b/c"] }, []],
  ["the whole repository", { claimedFiles: ["."], changed: ["src/a"] }, []],
  ["the whole repository, unchanged", { claimedFiles: ["."] }, ["claimed-file-unchanged"]],
  ["a folder that is new and empty", { claimedFiles: ["src/new"], changed: ["src/new/"] }, []],
  ["a file in a folder that was told as one", { claimedFiles: ["src/new/a"], changed: ["src/new/"] }, [
    "claimed-file-unchanged",
    "unclaimed-change",
  ]],
  ["twice the same", { claimedFiles: ["src/a", "./src/a"], changed: ["src/a"] }, []],
  ["a change that is not claimed", { changed: ["src/a"] }, ["unclaimed-change"]],
  ["build output that is not claimed", { changed: ["build/a"], tolerated: ["build/a"] }, []],
  ["build output that is claimed", {
    claimedFiles: ["build/a"],
    changed: ["build/a"],
    tolerated: ["build/a"],
  }, []],
  ["with a line", { claimedFiles: ["src/a:12", "src/b#L3-L9"], changed: ["src/a", "src/b"] }, []],
  ["with a remark", {
    claimedFiles: ["src/a (new)", "src/b - mended", "src/c: mended"],
    changed: ["src/a", "src/b", "src/c"],
  }, []],
  ["in marks", { claimedFiles: ["`src/a`", "'src/b'"], changed: ["src/a", "src/b"] }, []],
  ["with a letter of git's", { claimedFiles: ["M src/a", "?? src/b"], changed: ["src/a", "src/b"] }, []],
  ["with git's word", { claimedFiles: ["new file:   src/a"], changed: ["src/a"] }, []],
  ["as git quotes it", { claimedFiles: ['"src/\\303\\274 \\"x\\""'], changed: ['src/ü "x"'] }, []],
  ["no UTF-8, as it is shown", { claimedFiles: ['"src/a\\377"'], changed: ['"src/a\\377"'] }, []],
  ["as a rename", { claimedFiles: ["src/a -> src/b"], changed: ["src/a", "src/b"] }, []],
  ["a rename that never was", { claimedFiles: ["src/a -> src/b"] }, ["claimed-file-unchanged"]],
  ["a remark on what never changed", { claimedFiles: ["src/a (new)"] }, ["claimed-file-unchanged"]],
  ["in another form of Unicode", { claimedFiles: ["src/\u00fc"], changed: ["src/u\u0308"] }, []],
  ["that really is named so", { claimedFiles: ["src/a (new)"], changed: ["src/a (new)"] }, []],
  ["a word for none", { claimedFiles: ["None", "", "n/a"] }, []],
  ["a file named so", { claimedFiles: ["none"], changed: ["none"] }, []],
  ["outside of the repository", { claimedFiles: ["/etc/passwd"], changed: ["etc/passwd"] }, [
    "claimed-file-unchanged",
    "unclaimed-change",
  ]],
  ["that leaves the repository", { claimedFiles: ["../src/a"], changed: ["src/a"] }, [
    "claimed-file-unchanged",
    "unclaimed-change",
  ]],
];

const PKG = { workdir: "/repo/pkg", repository: "/repo" };
const LINK = { workdir: "/real/repo/pkg", workdirAsGiven: "/link/pkg", repository: "/real/repo" };

/** The same with WORKDIR below the root, or reached through a link. */
const PLACED: readonly (readonly [string, Case, readonly string[]])[] = [
  ["named from WORKDIR", { claimedFiles: ["src/a"], changed: ["pkg/src/a"], places: PKG }, []],
  ["named from the root", { claimedFiles: ["pkg/src/a"], changed: ["pkg/src/a"], places: PKG }, []],
  ["named by way of ..", { claimedFiles: ["../docs/b"], changed: ["docs/b"], places: PKG }, []],
  ["WORKDIR itself", { claimedFiles: ["."], changed: ["pkg/src/a"], places: PKG }, []],
  ["absolute, through the link", { claimedFiles: ["/link/pkg/a"], changed: ["pkg/a"], places: LINK }, []],
  ["absolute, as it really is", { claimedFiles: ["/real/repo/pkg/a"], changed: ["pkg/a"], places: LINK }, []],
  ["through the link, unchanged", { claimedFiles: ["/link/pkg/b"], places: LINK }, [
    "claimed-file-unchanged",
  ]],
];

for (const [what, given, kinds] of [...FILES, ...PLACED]) {
  Deno.test(`a claimed file, ${what}: ${kinds.join(", ") || "no contradiction"}`, () => {
    assert.deepEqual(kindsOf(given), kinds);
  });
}

const ASKED = ["npm test", "cargo fmt --check && cargo test"];

/** | what | claims | seen | contradictions; asked for are `npm test` and a line of two | */
const COMMANDS: readonly (readonly [
  string,
  readonly (readonly [string, number | null])[],
  readonly (readonly [string, number | null])[],
  readonly string[],
])[] = [
  ["claimed and seen", [["npm test", 0]], [["npm test", 0]], []],
  ["seen in a shell", [["npm test", 0]], [["/bin/bash -lc 'cd /repo && npm test'", 0]], []],
  ["claimed in a shell", [["bash -lc 'npm test'", 0]], [["npm test", 0]], []],
  ["failed and said so", [["npm test", 1]], [["npm test", 1]], []],
  ["failed and said otherwise", [["npm test", 0]], [["npm test", 1]], ["claimed-success-failed"]],
  ["failed in a shell", [["npm test", 0]], [["bash -lc 'cd a && npm test'", 1]], ["claimed-success-failed"]],
  ["failed another way", [["npm test", 1]], [["npm test", 2]], ["claimed-exit-differs"]],
  ["said to fail, succeeded", [["npm test", 1]], [["npm test", 0]], ["claimed-exit-differs"]],
  ["no status claimed", [["npm test", null]], [["npm test", 1]], []],
  ["no status seen", [["npm test", 0]], [["npm test", null]], []],
  ["never seen", [["npm test", 0]], [], ["claimed-command-unseen"]],
  ["never seen, but its pipe", [["npm test", 0]], [["npm test | tail", 0]], ["claimed-command-unseen"]],
  ["never seen nor asked for", [["make", 0]], [], []],
  ["not asked for, failed", [["make", 0]], [["make", 2]], ["claimed-exit-differs"]],
  ["mended meanwhile", [["npm test", 0]], [["npm test", 1], ["npm test", 0]], []],
  ["broken meanwhile", [["npm test", 0]], [["npm test", 0], ["npm test", 1]], ["claimed-success-failed"]],
  ["neither claimed nor seen", [], [], []],
  ["seen and not claimed", [], [["npm test", 1]], []],
  ["told of twice, as it was", [["npm test", 0], ["npm test", 1]], [["npm test", 0], ["npm test", 1]], []],
  ["told of twice, the last untrue", [["npm test", 1], ["npm test", 0]], [["npm test", 1], ["npm test", 1]], [
    "claimed-success-failed",
  ]],
  ["told of twice, and never so", [["npm test", 0], ["npm test", 1]], [["npm test", 1]], [
    "claimed-success-failed",
  ]],
  ["with its output elsewhere", [["npm test", 0]], [["npm test >log 2>&1", 1]], ["claimed-success-failed"]],
  ["within a time", [["npm test", 0]], [["timeout 60 npm test", 124]], ["claimed-success-failed"]],
  ["with a variable", [["npm test", 0]], [["bash -lc 'CI=1 npm test'", 1]], ["claimed-success-failed"]],
  ["with and without a variable", [["npm test", 0]], [["npm test", 0], ["FAST=1 npm test", 1]], []],
  [
    "with two values, each as it was",
    [["A=1 npm test", 0], ["A=2 npm test", 1]],
    [["A=1 npm test", 0], ["A=2 npm test", 1]],
    [],
  ],
  // Lines of several commands
  ["last of several lines", [["npm test", 0]], [["bash -lc 'npm ci\nnpm test'", 1]], [
    "claimed-success-failed",
  ]],
  ["last behind a semicolon", [["npm test", 0]], [["npm ci; npm test", 1]], ["claimed-success-failed"]],
  ["before a semicolon", [["npm test", 0]], [["npm test; git diff --exit-code", 1]], []],
  ["before a semicolon, in vain", [["npm test", 1]], [['npm test; echo "exit $?"', 0]], []],
  ["in quotes of another", [["npm test", 0]], [["grep 'a && npm test' f", 1]], ["claimed-command-unseen"]],
  ["in a here-document", [["npm test", 0]], [["cat <<E >f\nnpm test\nE", 1]], ["claimed-command-unseen"]],
  ["a line of two, run one by one", [["cargo fmt --check && cargo test", 0]], [
    ["cargo fmt --check", 0],
    ["cargo test", 0],
  ], []],
  ["a line of two, one by one, in vain", [["cargo fmt --check && cargo test", 0]], [
    ["cargo fmt --check", 0],
    ["cargo test", 101],
  ], ["claimed-success-failed"]],
  ["a part of a line that is asked for", [["cargo test", 0]], [["cargo test", 101]], [
    "claimed-success-failed",
  ]],
  ["in a line that succeeded", [["npm test", 0]], [["npm ci && npm test && git diff", 0]], []],
  ["last of a line that failed", [["npm test", 0]], [["npm ci && npm test", 1]], ["claimed-success-failed"]],
  ["before what failed, perhaps", [["npm test", 0]], [["npm test && git diff --check", 1]], []],
  ["before what cannot fail", [["npm test", 0]], [["npm test && echo good", 1]], ["claimed-success-failed"]],
  [
    "before what is claimed to have succeeded too",
    [["npm test", 0], ["make", 0]],
    [["npm test && make", 1]],
    ["claimed-success-failed", "claimed-exit-differs"],
  ],
  ["before what is claimed to have failed", [["npm test", 0], ["make", 2]], [["npm test && make", 2]], []],
  ["a line of two", [["cargo fmt --check && cargo test", 0]], [["cargo fmt --check && cargo test", 1]], [
    "claimed-success-failed",
  ]],
  ["after a line that failed, alone", [["npm test", 0]], [["npm test && make", 1], ["npm test", 0]], []],
  // Folders
  [
    "in two folders, each as it was",
    [["cd a && npm test", 0], ["cd b && npm test", 1]],
    [["bash -lc 'cd a && npm test'", 0], ["bash -lc 'cd b && npm test'", 1]],
    [],
  ],
  [
    "in two folders, one of them untrue",
    [["cd a && npm test", 0], ["cd b && npm test", 0]],
    [["cd b && npm test", 1], ["cd a && npm test", 0]],
    ["claimed-success-failed"],
  ],
  [
    "in another folder, and where it is claimed",
    [["cd a && npm test", 0]],
    [["cd a && npm test", 0], ["cd b && npm test", 1]],
    [],
  ],
  [
    "in the same folder by another name",
    [["cd a && npm test", 0]],
    [["cd a && npm test", 1], ["cd /repo/a/ && npm test", 0]],
    [],
  ],
  [
    "again where no folder is told",
    [["cd a && npm test", 0]],
    [["cd a && npm test", 0], ["npm test", 1]],
    ["claimed-success-failed"],
  ],
  ["in another folder than claimed", [["cd a && npm test", 0]], [["npm test", 1]], [
    "claimed-success-failed",
  ]],
];

for (const [what, claims, seen, kinds] of COMMANDS) {
  Deno.test(`a claimed command, ${what}: ${kinds.join(", ") || "no contradiction"}`, () => {
    assert.deepEqual(kindsOf({ claims, seen, asked: ASKED }), kinds);
  });
}

Deno.test("what is asked for is known by its command, however the packet writes it", () => {
  for (
    const asked of [
      "`npm test`",
      "$ npm test",
      "cd app && npm test",
      "bash -lc 'npm test'",
      "npm ci && npm test",
      "Run `npm test`: it has to pass.",
    ]
  ) {
    const given = { claims: [["npm test", 0]], seen: [["npm test", 1]], asked: [asked] } as const;
    assert.deepEqual(kindsOf(given), ["claimed-success-failed"], asked);
  }
});

Deno.test("a contradiction names the claim as it was written, and what was seen", () => {
  const details = contradictionsOf({
    claimedFiles: ["./src/a"],
    changed: ["src/b"],
    claims: [["`npm test`", 0], ["make all", 0]],
    seen: [["bash -lc 'npm test'", 7]],
    asked: ["npm test", "make all"],
  }).map(({ detail }) => detail);
  assert.deepEqual(details, [
    'Codex says that it changed "./src/a"; nothing of that name changed.',
    '"src/b" changed, and Codex does not say so.',
    'Codex says that "`npm test`" ended with 0; it was seen to end with 7.',
    'Codex says that it ran "make all"; no such command was seen.',
  ]);
});

Deno.test("two kinds fail a gate, the others inform", () => {
  assert.deepEqual(FAILING_CONTRADICTIONS, ["claimed-file-unchanged", "claimed-success-failed"]);
});

Deno.test("whatever is claimed and seen, an honest answer has no failing contradiction", () => {
  const commands = fc.uniqueArray(fc.constantFrom("npm test", "make", "cargo test", "go vet ./..."), {
    minLength: 1,
  });
  fc.assert(
    fc.property(commands, fc.array(fc.nat(2), { minLength: 4, maxLength: 4 }), (run, exits) => {
      const truth = run.map((command, i) => [command, exits[i] ?? 0] as const);
      const seen = truth.map(([command, exit]) => [`/bin/bash -lc 'cd /repo && ${command}'`, exit] as const);
      const files = run.map((command) => `src/${command.split(" ")[0]}`);
      const given = { claims: truth, seen, asked: run, claimedFiles: files, changed: files };
      assert.deepEqual(contradictionsOf(given), []);
    }),
  );
});
