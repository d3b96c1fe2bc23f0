import assert from "node:assert/strict";
import * as path from "node:path";

const LIB = path.join(import.meta.dirname ?? ".", "..", "..", "lib");

/** The rooms from top to bottom: imports run downwards. Those on one line know each other only without a circle. */
const FLOORS = [
  ["cli"],
  ["pipeline"],
  ["dispatch"],
  ["evidence", "codex", "process", "packet", "records"],
  ["base"],
];

Deno.test("every room of lib is one of the house's rooms", () => {
  const rooms = [...Deno.readDirSync(LIB)].filter((entry) => entry.isDirectory).map((entry) => entry.name);
  const known = FLOORS.flat();
  assert.deepEqual(rooms.filter((room) => !known.includes(room)), []);
});

Deno.test("imports between rooms run downwards, and base imports nothing of ours", async () => {
  const upwards: string[] = [];
  for (const [file, imports] of await importGraph()) {
    for (const imported of imports) {
      if (floorOf(imported) < floorOf(file)) upwards.push(`${file} imports ${imported}`);
      if (roomOf(file) === "base" && roomOf(imported) !== "base") upwards.push(`${file} imports ${imported}`);
    }
  }
  assert.deepEqual(upwards, []);
});

Deno.test("no module imports itself by way of others", async () => {
  const graph = await importGraph();
  assert.deepEqual(circlesIn(graph), []);
});

Deno.test("no room knows another that knows it", async () => {
  const rooms = new Map<string, string[]>();
  for (const [file, imports] of await importGraph()) {
    const known = imports.map(roomOf).filter((room) => room !== roomOf(file));
    rooms.set(roomOf(file), [...new Set([...rooms.get(roomOf(file)) ?? [], ...known])]);
  }
  assert.deepEqual(circlesIn(rooms), []);
});

Deno.test("no file is named for what it is not about", async () => {
  const vague = /(^|\/)(utils?|helpers?|common|index)\.ts$/;
  assert.deepEqual([...(await importGraph()).keys()].filter((file) => vague.test(file)), []);
});

Deno.test("what stands between a dispatch and the start of Codex loads no library", async () => {
  const loaded = await loadedAtOnce("dispatch/dispatch.ts");
  assert.ok(loaded.has("evidence/baseline.ts"));
  const libraries = [...loaded].filter((file) => !file.startsWith("node:") && !file.endsWith(".ts"));
  assert.deepEqual(libraries, []);
});

Deno.test("the search for circles finds one", () => {
  const graph = new Map([["a.ts", ["b.ts"]], ["b.ts", ["c.ts"]], ["c.ts", ["a.ts"]], ["d.ts", ["a.ts"]]]);
  assert.deepEqual(circlesIn(graph), [["a.ts", "b.ts", "c.ts"]]);
});

function roomOf(file: string): string {
  return file.split("/")[0] ?? "";
}

function floorOf(file: string): number {
  return FLOORS.findIndex((floor) => floor.includes(roomOf(file)));
}

/** Every file of lib with the files of lib that it imports, for types too: a type ties rooms as well. */
async function importGraph(): Promise<Map<string, string[]>> {
  const graph = new Map<string, string[]>();
  for (const file of await filesIn(LIB)) {
    const text = await Deno.readTextFile(path.join(LIB, file));
    const specifiers = [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map((match) => match[1] ?? "");
    graph.set(file, specifiers.map((specifier) => path.join(path.dirname(file), specifier)));
  }
  return graph;
}

/** What is loaded with a file before it runs: all that it imports, itself or by way of others, but for types. */
async function loadedAtOnce(first: string): Promise<Set<string>> {
  const loaded = new Set<string>();
  const load = async (file: string): Promise<void> => {
    if (loaded.has(file)) return;
    loaded.add(file);
    if (!file.endsWith(".ts")) return;
    const text = await Deno.readTextFile(path.join(LIB, file));
    for (
      const [, names = "", specifier = ""] of text.matchAll(/^import (?!type )([^;]*?) from "([^"]+)";/gms)
    ) {
      const isTypesAlone = /^\{/.test(names) &&
        names.replace(/[{}]/g, "").split(",").every((name) => /^\s*(type .*)?$/s.test(name));
      if (isTypesAlone) continue;
      await load(specifier.startsWith(".") ? path.join(path.dirname(file), specifier) : specifier);
    }
  };
  await load(first);
  return loaded;
}

async function filesIn(folder: string, prefix = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory) files.push(...await filesIn(path.join(folder, entry.name), `${name}/`));
    else if (name.endsWith(".ts")) files.push(name);
  }
  return files.sort();
}

/** Each circle once, beginning at its first file in the order of the graph. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file);
    if (at >= 0) circles.push(trail.slice(at));
    if (at >= 0 || done.has(file)) return;
    for (const imported of graph.get(file) ?? []) visit(imported, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return circles;
}
