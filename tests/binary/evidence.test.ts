import assert from "node:assert/strict";
import { dispatchScripted } from "../helpers/dispatching.ts";
import { type EvidenceCase, makeTree, testEvidence } from "../helpers/evidence_case.ts";
import type { PacketFields } from "../helpers/repository.ts";
import { answerWith, commandEvents, type Script } from "../helpers/scripted_codex.ts";

const COMMITS: PacketFields = { more: "ALLOW COMMITS: true" };

testEvidence("what was dirty before", [
  {
    what: "and is changed again, reverted, deleted, restored, made executable, or a link",
    setup:
      `echo mine >>README.md; echo mine >>docs/guide.md; rm .gitignore; echo u >u; echo v >v; echo w >w; echo x >x`,
    action:
      `printf 'A repository.\\nIt has two lines.\\nminx\\n' >README.md; git checkout -q docs/guide.md .gitignore
      rm u; chmod +x v; mv w "$HOME/w"; ln -s "$HOME/w" w; touch x; cp x y; mv y x`,
    found: [
      "out-of-scope .gitignore",
      "out-of-scope README.md",
      "out-of-scope docs/guide.md",
      "out-of-scope u",
      "out-of-scope v",
      "out-of-scope w",
    ],
  },
  {
    what: "is lost in a stash that is dropped",
    setup: "echo mine >>README.md",
    action: "git stash -q; git stash drop -q",
    found: ["out-of-scope README.md"],
  },
  {
    what: "is committed by a worker that may commit",
    setup: "echo mine >>README.md",
    packet: COMMITS,
    action: "git commit -qam x",
    found: ["git-state README.md"],
  },
  {
    what: "a merge in conflict, left as it is",
    setup: "git merge -q other || true",
    action: "echo x >>src/one.txt",
  },
  {
    what: "a merge in conflict, aborted",
    setup: "git merge -q other || true",
    action: "git merge --abort",
    found: [
      "out-of-scope docs/guide.md",
      "git-state .git/MERGE_HEAD",
      "git-state .git/MERGE_MODE",
      "git-state .git/MERGE_MSG",
      "git-state docs/guide.md",
    ],
  },
  {
    what: "in scope, with leave to go on",
    setup: "echo mine >>src/one.txt",
    args: ["--allow-dirty-overlap"],
    action: "echo x >>src/one.txt; git stash -q; git stash pop -q",
  },
]);

const STEERING = [
  ".agents/x",
  ".claude/settings.json",
  ".codex/config.toml",
  ".envrc",
  ".gitattributes",
  ".github/workflows/ci.yml",
  ".gitignore",
  ".gitmodules",
  ".husky/pre-commit",
  ".mcp.json",
  "AGENTS.md",
  "AGENTS.override.md",
  "CLAUDE.md",
  "lib/AGENTS.md",
];
const WRITE_STEERING = STEERING.map((file) => `mkdir -p "$(dirname ${file})"; echo x >>${file}`).join("\n");

testEvidence("protected names", [
  ...[".", "./", ":/", "**"].map((entry): EvidenceCase => ({
    what: `the scope "${entry}" covers all but these`,
    packet: { scope: [entry] },
    action: `${WRITE_STEERING}; mkdir -p .github; echo x >.github/dependabot.yml; echo x >lib/agents.txt`,
    found: STEERING.map((file) => `protected ${file}`),
  })),
  {
    what: "each named, or a folder of it",
    packet: { scope: [...STEERING.filter((file) => !file.startsWith(".github")), ".github/"] },
    action: WRITE_STEERING,
  },
  {
    what: "a glob names none of them",
    packet: { scope: ["*.md", ".git*", ".github/**"] },
    action:
      "echo x >AGENTS.md; echo x >NEWS.md; rm .gitignore; mkdir -p .github/workflows; echo x >.github/workflows/a",
    found: ["protected .github/workflows/a", "protected .gitignore", "protected AGENTS.md"],
  },
  {
    what: "staged or committed, while the tree is put back",
    packet: { scope: ["."], ...COMMITS },
    setup: "for each in AGENTS.md CLAUDE.md; do echo a >$each; done; git add -A; git commit -qm steering",
    action: `echo x >>AGENTS.md; git commit -qam x; git show HEAD~1:AGENTS.md >AGENTS.md
      echo x >>CLAUDE.md; git add CLAUDE.md; git show HEAD:CLAUDE.md >CLAUDE.md`,
    found: ["git-state AGENTS.md", "git-state CLAUDE.md"],
  },
  {
    what: "a link in the place of one",
    packet: { scope: ["."] },
    action: "mkdir src/x; echo x >src/x/settings.json; ln -s src/x .claude",
    found: ["protected .claude"],
  },
]);

testEvidence("IGNORED WRITES by a pattern", [
  {
    what: "are no leave to steer",
    packet: { mode: "verifier", more: "IGNORED WRITES: **" },
    action: "echo x >AGENTS.md; mkdir .codex; echo x >.codex/config.toml; echo x >other.txt",
    found: ["read-only .codex/config.toml", "read-only AGENTS.md"],
  },
  ...[".", "./", ":/"].map((entry): EvidenceCase => ({
    what: `are no leave for secrets, nor is the whole repository: "${entry}"`,
    packet: { mode: "verifier", more: `IGNORED WRITES: ${entry}` },
    action: "echo x >.env; echo x >a.log",
    found: ["read-only .env"],
  })),
]);

testEvidence("waived", [
  {
    what: "by flag and by packet, not .git, the index or the records",
    args: ["--waive", "docs/**", "--waive", "*.log"],
    packet: { more: "WAIVE:\n- README.md — the editor touches it\n- .codex-dispatch/ — whatever" },
    action: `echo x >>docs/guide.md; echo x >a.log; echo x >>README.md; echo x >other.txt; git add docs
      git tag evil; echo x >.codex-dispatch/evil`,
    found: [
      "record-tampered .codex-dispatch/evil",
      "out-of-scope other.txt",
      "git-state .git/refs/tags/evil",
      "git-state docs/guide.md",
    ],
  },
]);

/** | what | the answer says | events | contradictions | */
const CLAIMS: readonly (readonly [string, Record<string, unknown>, Script["events"], readonly string[]])[] = [
  ["a file that never changed", { changed_files: ["src/one.txt", "src/no.txt"] }, [], [
    "claimed-file-unchanged",
  ]],
  ["nothing of what changed", {}, [], ["unclaimed-change"]],
  [
    "a success that failed",
    {
      changed_files: ["src/"],
      verification_run: [{ command: "make test", exit_code: 0, outcome: "passed" }],
    },
    commandEvents("/bin/bash -lc 'cd app && make test'", 2),
    ["claimed-success-failed"],
  ],
  [
    "a command that nobody saw",
    {
      changed_files: ["./src/one.txt"],
      verification_run: [{ command: "make test", exit_code: 0, outcome: "passed" }],
    },
    [],
    ["claimed-command-unseen"],
  ],
  [
    "the truth",
    {
      changed_files: ["src/one.txt"],
      verification_run: [{ command: "make test", exit_code: 0, outcome: "passed" }],
    },
    commandEvents("bash -lc 'make test'", 0),
    [],
  ],
];

Deno.test("contradictions stand in policy.json and change no verdict by themselves", async () => {
  await using repository = await makeTree();
  for (const [what, answer, events, kinds] of CLAIMS) {
    const packet = repository.packet({ verification: ["`make test`"] });
    const run = await dispatchScripted(repository, packet, {
      script: { action: "echo x >>src/one.txt", answer: answerWith(answer), events: events ?? [] },
      args: ["--allow-dirty-overlap"],
    });
    assert.deepEqual(run.policy.contradictions.map(({ kind }) => kind), kinds, what);
    assert.deepEqual([run.code, run.policy.policy_violation], [0, false], what);
  }
});

Deno.test("build output is no unclaimed change, and a claim may name WORKDIR by the packet's own path", async () => {
  await using repository = await makeTree();
  await Deno.symlink(repository.root, `${repository.home}/link`);
  const run = await dispatchScripted(
    repository,
    repository.packet({ workdir: `${repository.home}/link` }),
    {
      script: {
        action: "echo x >>src/one.txt; mkdir build; echo x >build/a; echo x >build/b",
        answer: answerWith({ changed_files: [`${repository.home}/link/src/one.txt`] }),
      },
    },
  );
  assert.deepEqual([run.policy.tolerated, run.policy.contradictions], [["build/a", "build/b"], []]);
});

/** Root reads everything; an ordinary user does not. */
const ORDINARY: readonly EvidenceCase[] = [
  {
    what: "made in scope",
    action:
      "echo x >src/file; chmod 000 src/file; mkdir src/dir; echo x >src/dir/f; chmod 000 src/dir src/one.txt",
  },
  {
    what: "made out of scope",
    action: "chmod 000 README.md docs",
    found: ["out-of-scope README.md", "out-of-scope docs/", "out-of-scope docs/guide.md"],
  },
  {
    what: "of before, left alone",
    setup: "echo a >file; mkdir dir half; echo b >dir/f; echo c >half/f; chmod 000 file dir; chmod 444 half",
    action: "echo x >>src/one.txt",
  },
  {
    what: "of before, opened, changed to the same size and times, closed",
    setup: "echo a >file; chmod 000 file; mkdir dir; echo b >dir/f; chmod 000 dir",
    action: `chmod 600 file; touch -r file "$HOME/r"; echo z >file; touch -r "$HOME/r" file; chmod 000 file
      chmod 700 dir; echo z >dir/f; chmod 000 dir`,
    found: ["out-of-scope dir/", "out-of-scope file"],
  },
  {
    what: "of before, listed but not entered, opened, changed, closed",
    setup:
      "mkdir half other; echo b >half/f; mkdir half/in; echo b >half/in/f; echo b >other/f; chmod 444 half other",
    action: "chmod 700 half; echo zz >half/f; echo z >half/in/f; chmod 444 half; ls half other >/dev/null",
    found: ["out-of-scope half/f", "out-of-scope half/in"],
  },
  {
    what: "in .git",
    action: "chmod 000 .git/refs/tags .git/index .git/info",
    found: ["git-state .git/index", "git-state .git/info/exclude", "git-state .git/refs/tags/v1"],
  },
];

const SHUT: readonly EvidenceCase[] = [
  {
    what: "the run directory",
    action: "chmod 500 .codex-dispatch/runs/*",
    found: ["record-tampered @RUN@/"],
  },
  { what: "and unreadable", action: "chmod 000 .codex-dispatch/runs/*", found: ["record-tampered @RUN@/"] },
  {
    what: "all of them",
    action: "chmod 000 .codex-dispatch",
    found: [
      "record-tampered .codex-dispatch/",
      "record-tampered .codex-dispatch/.gitignore",
      "record-tampered .codex-dispatch/runs/",
      "record-tampered @RUN@/",
    ],
  },
];

// Nothing is unreadable for root: there the same cases run in a process that has given that power up.
if (await readsEverything()) {
  Deno.test("unreadable things, as root without its power over modes", runAsOrdinaryUser);
} else {
  testEvidence("unreadable things, as an ordinary user", ORDINARY);
  testEvidence("unwritable records, as an ordinary user", SHUT);
}

async function runAsOrdinaryUser(): Promise<void> {
  const { success, stdout } = await new Deno.Command("setpriv", {
    args: [
      "--bounding-set=-dac_override,-dac_read_search",
      "--inh-caps=-dac_override,-dac_read_search",
      Deno.execPath(),
      "test",
      "--allow-all",
      "--no-check",
      "--filter=as an ordinary user",
      import.meta.filename ?? "",
    ],
    stdin: "null",
    stderr: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.ok(success, text);
  assert.match(text, /\b[1-9]\d* passed/);
}

async function readsEverything(): Promise<boolean> {
  const file = await Deno.makeTempFile();
  await Deno.chmod(file, 0);
  const text = await Deno.readTextFile(file).catch(() => undefined);
  await Deno.remove(file);
  return text !== undefined;
}
