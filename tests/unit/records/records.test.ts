import assert from "node:assert/strict";
import { withFolder } from "../../helpers/with_folder.ts";
import { openRunsFolder, openStateFolder } from "../../../lib/records/folders.ts";
import { isRunId, newRunId, startOfRun } from "../../../lib/records/run_id.ts";
import { writeWhole } from "../../../lib/records/write_file.ts";
import { DispatchError } from "../../../lib/base/errors.ts";
import { isInside } from "../../../lib/base/is_inside.ts";

const isRefused = (error: unknown): boolean => error instanceof DispatchError && error.exit === 2;

Deno.test("a run's id tells the moment, the mode and the objective, and never comes twice", () => {
  const started = new Date("2026-11-22T13:14:15.016Z");
  const ids = Array.from({ length: 2_000 }, () => newRunId("worker", "Ünit tests / for ../x", started));
  assert.match(ids[0] ?? "", /^20261122-131415016-worker-u-nit-tests-for-x-[0-9a-f]{8}$/);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.every(isRunId));
  assert.ok(isRunId(newRunId("verifier", "", started)));
  assert.deepEqual(startOfRun(ids[0] ?? ""), started);
});

Deno.test("names that are no run ids are not taken for runs", () => {
  for (const name of [".gitignore", "old", "20261122-131415-worker-x", "../x", ""]) {
    assert.equal(isRunId(name), false, name);
  }
});

Deno.test("a file is written whole, for its owner alone, and a link in its place is replaced and not followed", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/victim`, "untouched");
    await Deno.symlink(`${folder}/victim`, `${folder}/file`);
    writeWhole(`${folder}/file`, "new");
    assert.equal(await Deno.readTextFile(`${folder}/victim`), "untouched");
    const info = await Deno.lstat(`${folder}/file`);
    assert.deepEqual([info.isFile, (info.mode ?? 0) & 0o777], [true, 0o600]);
    assert.deepEqual([...Deno.readDirSync(folder)].length, 2);
  }));

Deno.test("a write that fails leaves no temporary file behind", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/taken/inside`, { recursive: true });
    assert.throws(() => writeWhole(`${folder}/taken`, "new"));
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["taken"]);
  }));

Deno.test("the folder of the runs is made for its owner alone, and git is told to ignore it", () =>
  withFolder(async (folder) => {
    assert.equal(await openRunsFolder(folder, undefined), `${folder}/.codex-dispatch/runs`);
    assert.equal(((await Deno.lstat(`${folder}/.codex-dispatch/runs`)).mode ?? 0) & 0o777, 0o700);
    assert.equal(await Deno.readTextFile(`${folder}/.codex-dispatch/.gitignore`), "*\n");
    await openRunsFolder(folder, undefined);
  }));

for (const planted of [".codex-dispatch", ".codex-dispatch/runs"]) {
  Deno.test(`a link planted as ${planted} is refused, and nothing is written behind it`, () =>
    withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/outside`);
      if (planted.includes("/")) await Deno.mkdir(`${folder}/.codex-dispatch`);
      await Deno.symlink(`${folder}/outside`, `${folder}/${planted}`);
      await assert.rejects(openRunsFolder(folder, undefined), isRefused);
      assert.deepEqual([...Deno.readDirSync(`${folder}/outside`)], []);
    }));
}

Deno.test("an output folder that cannot be made is refused", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    await assert.rejects(openRunsFolder(folder, `${folder}/file/runs`), isRefused);
  }));

Deno.test("an output folder in .git, by its name or behind a link, is refused", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/.git/hooks`, { recursive: true });
    await Deno.symlink(`${folder}/.git/hooks`, `${folder}/link`);
    for (const runs of [".git", ".git/a/b", "x/../.git/a", "link"]) {
      await assert.rejects(openRunsFolder(folder, `${folder}/${runs}`), isRefused, runs);
    }
    assert.deepEqual([...Deno.readDirSync(`${folder}/.git`)].map(({ name }) => name), ["hooks"]);
    assert.equal(await openRunsFolder(folder, `${folder}/a.git/.github`), `${folder}/a.git/.github`);
  }));

Deno.test("the state folder lies outside of the repository, wherever the variables point", () =>
  withFolder(async (folder) => {
    const inside = await openStateFolder(`${folder}/repo`, { XDG_STATE_HOME: `${folder}/state` });
    assert.equal(inside, `${folder}/state/codex-dispatch`);
    const moved = await openStateFolder(`${folder}/repo`, {
      XDG_STATE_HOME: `${folder}/repo/state`,
      TMPDIR: `${folder}/tmp`,
    });
    assert.equal(isInside(moved, `${folder}/repo`), false);
    await assert.rejects(openStateFolder(folder, { XDG_STATE_HOME: folder, TMPDIR: folder }), isRefused);
  }));

Deno.test("a folder holds itself and what lies in it, and not its neighbours", () => {
  assert.deepEqual(["/a/b", "/a/b/c", "/a/bc", "/a", "/a/b/..c"].map((path) => isInside(path, "/a/b")), [
    true,
    true,
    false,
    false,
    true,
  ]);
});
