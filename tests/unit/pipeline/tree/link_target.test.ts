import assert from "node:assert/strict";
import { linkTarget } from "../../../../lib/pipeline/tree/link_target.ts";
import type { Entries, Entry } from "../../../../lib/evidence/entry.ts";

/** What stands in a tree; a text is where a link leads. */
const TREE: Readonly<Record<string, string | null>> = {
  "file": null,
  "a": null,
  "a/b": null,
  "a/b/file": null,
  "link": "a/b/file",
  "to-folder": "./a//b/",
  "a/up": "../file",
  "chain": "a/up",
  "absolute": "/etc/hostname",
  "out": "../elsewhere",
  "a/out": "../../file",
  "dangling": "nothing",
  "self": "self",
  "ping": "pong",
  "pong": "ping",
  "through": "to-folder/../up",
  "root": ".",
};

/** A path, where it leads, and by what links. */
const PATHS: readonly [string, string | undefined, string[]?][] = [
  ["file", "file", []],
  ["a/b/file", "a/b/file", []],
  ["link", "a/b/file", ["link"]],
  ["to-folder/file", "a/b/file", ["to-folder"]],
  ["chain", "file", ["chain", "a/up"]],
  // Behind a link "up" is above where it leads to, and not above the link.
  ["through", "file", ["through", "to-folder", "a/up"]],
  ["root/file", "file", ["root"]],
  ["root", "", ["root"]],
  ["absolute", undefined],
  ["out", undefined],
  ["a/out", undefined],
  ["dangling", undefined],
  ["missing", undefined],
  ["self", undefined],
  ["ping", undefined],
];

for (const [path, target, links] of PATHS) {
  Deno.test(`"${path}" leads ${target === undefined ? "nowhere in the tree" : `to "${target}"`}`, () => {
    assert.deepEqual(linkTarget(path, treeOf(TREE)), target === undefined ? undefined : { target, links });
  });
}

function treeOf(tree: Readonly<Record<string, string | null>>): Entries {
  return new Map(
    Object.entries(tree).map(([path, target]): [string, Entry] => [path, {
      kind: target === null ? "file" : "link",
      mode: 0,
      target: target ?? undefined,
      uid: 0,
      gid: 0,
      size: 0,
      mtime: 0,
      ctime: 0,
      inode: 0,
      device: 0,
    }]),
  );
}
