import assert from "node:assert/strict";
import { findGitFolder } from "../../../lib/evidence/git_folder.ts";
import { readRepositoryState } from "../../../lib/evidence/repository_state.ts";
import { bestWalker } from "../../../lib/evidence/walker.ts";
import { makeRepository } from "../../helpers/repository.ts";
import { shell } from "./observing.ts";

/** Opened here and not in a test: the C library stays open. */
const walker = bestWalker();

Deno.test("a link of a repository's to a folder that is shut to us is followed no further, and keeps nobody from the rest", async () => {
  await using repository = await makeRepository();
  await shell(repository, "mv .git/hooks ../hooks; ln -s ../../hooks .git/hooks");
  const folder = await findGitFolder(repository.root);
  assert.ok(folder);
  const shut = await readRepositoryState(folder, {
    ...walker,
    walk: (root, skip) =>
      root.endsWith("/hooks")
        ? Promise.reject(new Deno.errors.PermissionDenied("shut"))
        : walker.walk(root, skip),
  });
  const open = await readRepositoryState(folder, walker);
  const hooks = (files: ReadonlyMap<string, string>): string[] =>
    [...files.keys()].filter((name) => name.startsWith("hooks"));
  assert.deepEqual(hooks(shut.files), ["hooks"]);
  assert.ok(hooks(open.files).length > 1);
  assert.deepEqual(shut.refs, open.refs);
});
