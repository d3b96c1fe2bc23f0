import assert from "node:assert/strict";
import { compareRepositories, differences, headOf } from "../../../lib/evidence/repository_changes.ts";
import type { RepositoryState } from "../../../lib/evidence/repository_state.ts";

const state = (
  refs: Record<string, string>,
  more: { files?: Record<string, string>; others?: readonly string[] } = {},
): RepositoryState => ({
  refs: new Map(Object.entries(refs)),
  files: new Map(Object.entries(more.files ?? {})),
  otherBranches: new Set(more.others ?? []),
  indexes: new Map(),
  faults: new Map(),
  stashes: [],
  links: new Map(),
});

const MOVES: readonly { ref: string; may: boolean }[] = [
  { ref: "refs/remotes/origin/main", may: true },
  { ref: "refs/prefetch/remotes/origin/main", may: true },
  { ref: "modules/sub/refs/remotes/origin/main", may: true },
  { ref: "modules/a/b/refs/prefetch/x", may: true },
  { ref: "worktrees/linked/modules/sub/refs/remotes/origin/x", may: true },
  { ref: "refs/heads/theirs", may: true },
  { ref: "refs/heads/main", may: false },
  { ref: "refs/heads/refs/remotes/origin/x", may: false },
  { ref: "refs/heads/modules/x/refs/remotes/y", may: false },
  { ref: "modules/sub/refs/heads/refs/remotes/x", may: false },
  { ref: "refs/tags/refs/prefetch/x", may: false },
  { ref: "refs/remote/x", may: false },
  { ref: "refs/stash", may: false },
  { ref: "HEAD", may: false },
];

for (const { ref, may } of MOVES) {
  Deno.test(`${ref} ${may ? "may move, and is reported" : "may not move"}`, () => {
    const others = ["refs/heads/theirs"];
    for (
      const [before, after] of [[{}, { [ref]: "aa" }], [{ [ref]: "aa" }, {}], [{ [ref]: "aa" }, {
        [ref]: "bb",
      }]] as const
    ) {
      const { changes, movedRefs } = compareRepositories(state(before, { others }), state(after), {
        name: ".git",
        allowed: null,
      });
      assert.deepEqual(
        [changes.map(({ path }) => path), movedRefs],
        may ? [[], [ref]] : [[`.git/${ref}`], []],
      );
    }
  });
}

Deno.test("a ref that is allowed to move is neither told nor reported", () => {
  const [before, after] = [state({ "refs/heads/main": "aa" }), state({ "refs/heads/main": "bb" })];
  assert.deepEqual(compareRepositories(before, after, { name: ".git", allowed: "refs/heads/main" }), {
    changes: [],
    movedRefs: [],
  });
});

Deno.test("who has a branch checked out since the run has no part in it", () => {
  const [before, after] = [
    state({ "refs/heads/x": "aa" }),
    state({ "refs/heads/x": "bb" }, { others: ["refs/heads/x"] }),
  ];
  assert.equal(compareRepositories(before, after, { name: ".git", allowed: null }).changes.length, 1);
});

Deno.test("a change is told with what happened, and a ref's with where it was and is", () => {
  const before = state({ HEAD: "ref: refs/heads/main", "refs/heads/main": "aa", "refs/tags/v1": "cc" }, {
    files: { config: "1", "hooks/a": "1" },
  });
  const after = state({ HEAD: "ref: refs/heads/x", "refs/heads/main": "bb", "refs/heads/x": "aa" }, {
    files: { config: "2", shallow: "1" },
  });
  assert.deepEqual(compareRepositories(before, after, { name: "in/.git", allowed: null }).changes, [
    { path: "in/.git/config", detail: '"in/.git/config" was changed.' },
    { path: "in/.git/hooks/a", detail: '"in/.git/hooks/a" was deleted.' },
    { path: "in/.git/shallow", detail: '"in/.git/shallow" appeared.' },
    { path: "in/.git/HEAD", detail: "HEAD was changed from ref: refs/heads/main to ref: refs/heads/x." },
    { path: "in/.git/refs/heads/main", detail: 'The ref "refs/heads/main" was changed from aa to bb.' },
    { path: "in/.git/refs/heads/x", detail: 'The ref "refs/heads/x" appeared.' },
    { path: "in/.git/refs/tags/v1", detail: 'The ref "refs/tags/v1" was deleted.' },
  ]);
});

Deno.test("of two maps the keys that differ are told, in their order", () => {
  const before = new Map([["same", "1"], ["gone", "1"], ["changed", "1"]]);
  const after = new Map([["new", "1"], ["changed", "2"], ["same", "1"]]);
  assert.deepEqual(differences(before, after), [["changed", "was changed"], ["gone", "was deleted"], [
    "new",
    "appeared",
  ]]);
});

Deno.test("HEAD is told by its branch and its commit", () => {
  assert.deepEqual(headOf(state({ HEAD: "ref: refs/heads/main", "refs/heads/main": "aa" })), {
    branch: "refs/heads/main",
    commit: "aa",
  });
});
