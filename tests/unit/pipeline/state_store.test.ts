import assert from "node:assert/strict";
import { join } from "node:path";
import { DispatchError } from "../../../lib/base/errors.ts";
import { initialState } from "../../../lib/pipeline/initial_state.ts";
import { newPipelineId, StateStore } from "../../../lib/pipeline/state_store.ts";
import { isPipelineId } from "../../../lib/records/pipeline_folders.ts";
import { agent, pipelineOf } from "./made_pipeline.ts";

const PIPELINE = pipelineOf([agent("implement", "worker")]);

Deno.test("a pipeline's id sorts by time and can be told from other names", () => {
  const id = newPipelineId("Cross check!", new Date("2026-01-02T03:04:05.678Z"));
  assert.match(id, /^20260102-030405678-pipeline-cross-check-[0-9a-f]{8}$/);
  assert.ok(isPipelineId(id));
  for (const name of ["", "..", "20260102-030405678-worker-x-00000000", "state.json"]) {
    assert.equal(isPipelineId(name), false);
  }
});

Deno.test("what was saved is what is opened, with the files that were frozen", async () => {
  await using place = await places();
  const { store, state } = await begun(place);
  const opened = await StateStore.open(store.id, place);
  assert.deepEqual(opened.state, state);
  assert.equal(await opened.store.read("pipeline.yaml"), "version: 1\n");
  assert.equal(await Deno.readTextFile(join(store.folder, "pipeline.yaml")), "version: 1\n");
  assert.equal(await Deno.readTextFile(join(place.workdir, ".codex-dispatch", ".gitignore")), "*\n");
});

/** What another hand does, and whether it is found out. */
const HANDS: readonly [string, (store: StateStore) => Promise<void>, boolean][] = [
  [
    "changes the state in the tree",
    (store) => Deno.writeTextFile(join(store.folder, "state.json"), "{}"),
    true,
  ],
  [
    "changes the frozen file in the tree",
    (store) => Deno.writeTextFile(join(store.folder, "pipeline.yaml"), ""),
    true,
  ],
  ["changes the state that counts", (store) => edit(join(store.kept, "state.json")), true],
  [
    "writes something else into the state that counts",
    (store) => Deno.writeTextFile(join(store.kept, "state.json"), "no document"),
    true,
  ],
  ["puts back the state of before in both places", async (store) => {
    for (const folder of [store.kept, store.folder]) await putBack(join(folder, "state.json"));
  }, true],
  ["changes the digests", (store) => Deno.writeTextFile(join(store.kept, "digests.json"), "{"), true],
  ["empties the digests", (store) => Deno.writeTextFile(join(store.kept, "digests.json"), "{}"), true],
  [
    "changes the form of the digests",
    (store) => Deno.writeTextFile(join(store.kept, "digests.json"), '{ "state.json": 1 }'),
    true,
  ],
  ["deletes the digests", (store) => Deno.remove(join(store.kept, "digests.json")), true],
  ["puts a folder in the place of the digests", async (store) => {
    await Deno.remove(join(store.kept, "digests.json"));
    await Deno.mkdir(join(store.kept, "digests.json"));
  }, true],
  ["puts a link in the place of the state", (store) => toLink(join(store.folder, "state.json")), true],
  ["deletes one file in the tree", (store) => Deno.remove(join(store.folder, "state.json")), true],
  [
    "deletes a file in the tree that is written once",
    (store) => Deno.remove(join(store.folder, "pipeline.yaml")),
    true,
  ],
  ["changes a kept document", (store) => Deno.writeTextFile(join(store.kept, "tree.json"), "[2]"), true],
  [
    "puts back a kept document of before",
    (store) => Deno.writeTextFile(join(store.kept, "tree.json"), "[0]"),
    true,
  ],
  ["puts a link in the place of a kept document", (store) => toLink(join(store.kept, "tree.json")), true],
  ["deletes a kept document", (store) => Deno.remove(join(store.kept, "tree.json")), true],
  ["deletes the folder in the tree", (store) => Deno.remove(store.folder, { recursive: true }), false],
];

for (const [what, act, isFound] of HANDS) {
  Deno.test(`one that ${what} is ${isFound ? "refused" : "no matter"}`, async () => {
    await using place = await places();
    const { store, state } = await begun(place);
    for (const text of ["[0]", "[1]"]) await store.keep("tree.json", text);
    await store.save({ ...state, active_ms: 2 });
    await act(store);
    const opening = StateStore.open(store.id, place);
    if (isFound) await assert.rejects(opening, (error) => error instanceof DispatchError && error.exit === 3);
    else assert.equal((await opening).state.active_ms, 2);
  });
}

Deno.test("a crash between the writings of one step is no tampering", async () => {
  await using place = await places();
  const { store, state } = await begun(place);
  const before = await Deno.readTextFile(join(store.folder, "state.json"));
  const digests = JSON.parse(await Deno.readTextFile(join(store.kept, "digests.json")));
  await store.save({ ...state, active_ms: 2 });
  // As it is noted before the two are written.
  const { "state.json": [digest] } = JSON.parse(await Deno.readTextFile(join(store.kept, "digests.json")));
  digests["state.json"].push(digest);
  await Deno.writeTextFile(join(store.kept, "digests.json"), JSON.stringify(digests));
  assert.equal((await StateStore.open(store.id, place)).state.active_ms, 2);
  // The copy in the tree had not been written yet; then neither had the one that counts.
  await Deno.writeTextFile(join(store.folder, "state.json"), before);
  const opened = await StateStore.open(store.id, place);
  assert.equal(opened.state.active_ms, 2);
  await Deno.writeTextFile(join(store.kept, "state.json"), before);
  assert.equal((await StateStore.open(store.id, place)).state.active_ms, 0);
  // Whatever the two hold then, the next step is whole.
  await opened.store.save({ ...state, active_ms: 3 });
  assert.equal((await StateStore.open(store.id, place)).state.active_ms, 3);
});

Deno.test("what is kept out of the tree alone is read as it was kept, by whoever opens the pipeline next", async () => {
  await using place = await places();
  const store = new StateStore(newPipelineId("made", new Date(0)), place);
  // Before there is a state, and side by side.
  await Promise.all(["a.json", "b.json", "b.json"].map((name, index) => store.keep(name, `\ufeff${index}`)));
  await store.save(stateOf(store.id, place.workdir));
  await store.keep("c.json", "");
  assert.deepEqual([...Deno.readDirSync(store.folder)].map(({ name }) => name), ["state.json"]);
  const opened = await StateStore.open(store.id, place);
  const read = await Promise.all(
    ["a.json", "b.json", "c.json", "d.json"].map((name) => opened.store.readKept(name)),
  );
  assert.deepEqual(read, ["\ufeff0", "\ufeff2", "", undefined]);
  await Deno.writeTextFile(join(store.kept, "a.json"), "forged");
  await assert.rejects(opened.store.readKept("a.json"), {
    exit: 3,
    message: /another hand.*a\.json.*start the pipeline anew/,
  });
});

Deno.test("a crash while a document is kept is no tampering: it is the one of before, or the new one", async () => {
  await using place = await places();
  const { store } = await begun(place);
  const states = new Set<string>();
  // Its digest is noted first; what stands in the way of the document itself is a crash here.
  await Deno.mkdir(join(store.kept, "tree.json"));
  await assert.rejects(store.keep("tree.json", "[0]"));
  await Deno.remove(join(store.kept, "tree.json"));
  for (const text of [undefined, "[0]"]) {
    if (text !== undefined) await Deno.writeTextFile(join(store.kept, "tree.json"), text);
    const opened = await StateStore.open(store.id, place);
    assert.equal(await opened.store.readKept("tree.json"), text);
    states.add(await Deno.readTextFile(join(store.kept, "state.json")));
  }
  assert.equal(states.size, 1);
});

Deno.test("a folder in the tree that was deleted is whole again with the next step", async () => {
  await using place = await places();
  const { store, state } = await begun(place);
  await Deno.remove(store.folder, { recursive: true });
  const opened = await StateStore.open(store.id, place);
  await opened.store.save({ ...state, active_ms: 2 });
  assert.equal(await Deno.readTextFile(join(store.folder, "pipeline.yaml")), "version: 1\n");
  assert.equal((await StateStore.open(store.id, place)).state.active_ms, 2);
});

Deno.test("what the tree lost is not made anew of what was changed", async () => {
  await using place = await places();
  const { store, state } = await begun(place);
  await Deno.remove(join(store.folder, "pipeline.yaml"));
  await Deno.writeTextFile(join(store.kept, "pipeline.yaml"), "forged");
  await assert.rejects(store.save(state), { exit: 3, message: /another hand.*pipeline\.yaml/ });
});

Deno.test("what was being written when the process was killed is swept away, and nothing else", async () => {
  await using place = await places();
  const { store } = await begun(place);
  const names = [".state.json.0123abcd", ".hidden", "interrupted.patch"];
  for (const folder of [store.folder, store.kept]) {
    for (const name of names) await Deno.writeTextFile(join(folder, name), "");
  }
  const before = [...Deno.readDirSync(store.folder)].length;
  await StateStore.open(store.id, place);
  const left = [...Deno.readDirSync(store.folder)].map(({ name }) => name);
  assert.equal(left.length, before - 1);
  assert.ok(!left.includes(".state.json.0123abcd"));
  assert.equal(await Deno.lstat(join(store.kept, ".state.json.0123abcd")).catch(() => "none"), "none");
});

Deno.test("a link that stands where the folder should be is replaced, never written through", async () => {
  await using place = await places();
  const elsewhere = join(place.workdir, "elsewhere");
  await Deno.mkdir(elsewhere);
  const { store, state } = await begun(place);
  await Deno.remove(store.folder, { recursive: true });
  await Deno.symlink(elsewhere, store.folder);
  await store.save(state);
  assert.deepEqual([...Deno.readDirSync(elsewhere)], []);
  assert.ok((await Deno.lstat(store.folder)).isDirectory);
});

Deno.test("only what was written here, and as it was written, is the pipeline's own", async () => {
  await using place = await places();
  const { store } = await begun(place);
  const own = `.codex-dispatch/pipelines/${store.id}`;
  assert.ok(store.isAsWritten(place.workdir, own));
  assert.ok(store.isAsWritten(place.workdir, `${own}/state.json`));
  assert.equal(store.isAsWritten(place.workdir, `${own}/other.json`), false);
  assert.equal(store.isAsWritten(place.workdir, `${own}2/state.json`), false);
  assert.equal(store.isAsWritten(place.workdir, ".codex-dispatch/pipelines"), false);
  await Deno.writeTextFile(join(store.folder, "state.json"), "{}");
  assert.equal(store.isAsWritten(place.workdir, `${own}/state.json`), false);
});

Deno.test("a pipeline that nobody knows here is refused by its id", async () => {
  await using place = await places();
  await assert.rejects(StateStore.open("20260102-030405678-x-00000000", place), /cannot be read/);
});

type Place = { readonly workdir: string; readonly state: string };

async function places(): Promise<Place & AsyncDisposable> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  const place = { workdir: join(root, "work"), state: join(root, "state") };
  for (const folder of Object.values(place)) await Deno.mkdir(folder);
  return { ...place, [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
}

async function begun(place: Place): Promise<{ store: StateStore; state: ReturnType<typeof initialState> }> {
  const id = newPipelineId("made", new Date(0));
  const store = new StateStore(id, place);
  const state = stateOf(id, place.workdir);
  await store.write("pipeline.yaml", "version: 1\n");
  await store.save(state);
  return { store, state };
}

function stateOf(id: string, workdir: string): ReturnType<typeof initialState> {
  const facts = { started_at: "", repository: workdir, file: "f", file_digest: "", inputs: {} };
  return initialState(PIPELINE, { id, workdir, ...facts });
}

/** The state of before the last step, as it was to the byte. */
async function putBack(file: string): Promise<void> {
  await Deno.writeTextFile(file, (await Deno.readTextFile(file)).replace('"active_ms": 2', '"active_ms": 0'));
}

async function edit(file: string): Promise<void> {
  await Deno.writeTextFile(file, (await Deno.readTextFile(file)).replace('"running"', '"passed"'));
}

async function toLink(file: string): Promise<void> {
  const copy = `${file}.copy`;
  await Deno.rename(file, copy);
  await Deno.symlink(copy, file);
}
