import assert from "node:assert/strict";
import { join } from "node:path";
import { lockFile } from "../../../lib/process/file_lock.ts";
import { placeOf, takeTicket } from "../../../lib/process/tickets.ts";
import {
  type LockRequest,
  lockWorkTree,
  type WorkTreeLock,
  workTreeUser,
} from "../../../lib/process/work_tree_lock.ts";
import { DispatchError } from "../../../lib/base/errors.ts";

interface World {
  /** Folder of the tickets. */
  readonly folder: string;
  readonly tree: string;
  /** Takes the lock of a tree; `id` names it. */
  readonly lock: (request?: Partial<LockRequest> & { root?: string; id?: string }) => Promise<WorkTreeLock>;
}

async function withTree(test: (world: World) => Promise<void>): Promise<void> {
  const base = await Deno.realPath(await Deno.makeTempDir());
  const [folder, tree] = [join(base, "state", "locks"), join(base, "tree")];
  await Deno.mkdir(join(tree, "inner"), { recursive: true });
  await Deno.mkdir(join(base, "tree-2"));
  await Deno.symlink(tree, join(base, "link"));
  try {
    await test({
      folder,
      tree,
      lock: ({ root = tree, id = "one", ...request } = {}) =>
        lockWorkTree(root, {
          folder,
          shared: false,
          holder: { what: "worker run", id },
          noWait: false,
          within: [],
          now: () => new Date("2026-11-22T13:14:15Z"),
          interrupt: new AbortController().signal,
          report: () => {},
          ...request,
        }),
    });
  } finally {
    await Deno.remove(base, { recursive: true });
  }
}

const isInUse = (error: unknown): boolean =>
  error instanceof DispatchError && error.exit === 2 && error.problems[0]?.code === "work-tree-in-use";

/** | held | wanted | where, from the folder above | can be had */
const PAIRS: readonly (readonly ["alone" | "shared", "alone" | "shared", string, boolean])[] = [
  ["alone", "alone", "tree", false],
  ["alone", "shared", "tree", false],
  ["shared", "alone", "tree", false],
  ["shared", "shared", "tree", true],
  ["alone", "alone", "tree-2", true],
  ["alone", "alone", "tree/inner", false],
  ["shared", "shared", "tree/inner", true],
  ["alone", "alone", ".", false],
  ["alone", "alone", "link", false],
];

for (const [held, wanted, where, expected] of PAIRS) {
  const outcome = expected ? "can be had" : "is in use";
  Deno.test(`while tree is held ${held}, ${where} ${wanted} ${outcome}`, () =>
    withTree(async ({ tree, lock }) => {
      using first = await lock({ shared: held === "shared" });
      const request = { root: join(tree, "..", where), shared: wanted === "shared", noWait: true };
      if (expected) (await lock(request)).release();
      else await assert.rejects(lock(request), isInUse);
      first.release();
      (await lock(request)).release();
    }));
}

Deno.test("twenty who want to write have it one at a time, in the order in which they came", () =>
  withTree(async ({ lock }) => {
    const order: number[] = [];
    let inside = 0;
    await Promise.all(Array.from({ length: 20 }, async (_, index) => {
      using _lock = await lock({ id: `run-${index}` });
      assert.equal(++inside, 1);
      order.push(index);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside--;
    }));
    assert.deepEqual(order, Array.from({ length: 20 }, (_, index) => index));
  }));

Deno.test("one who would write is not passed by readers who came later", () =>
  withTree(async ({ lock }) => {
    const order: string[] = [];
    const reader = await lock({ shared: true, id: "reader" });
    const take = async (id: string, shared: boolean): Promise<void> => {
      using _lock = await lock({ shared, id });
      order.push(id);
    };
    const all = [take("writer", false), take("late reader", true), take("later reader", true)];
    await assert.rejects(lock({ shared: true, noWait: true }), isInUse);
    reader.release();
    await Promise.all(all);
    assert.equal(order[0], "writer");
    assert.equal(order.length, 3);
  }));

Deno.test("whoever waits is told for whom: run, mode, process, since when, and how many more", () =>
  withTree(async ({ tree, folder, lock }) => {
    const said: string[] = [];
    const first = await lock({ id: "run-1" });
    const waiting = lock({ id: "run-2" });
    const last = lock({ id: "run-3", report: (text) => said.push(text) });
    const who = `worker run run-1 (pid ${Deno.pid}, since 2026-11-22 13:14:15 UTC)`;
    assert.equal(await workTreeUser(tree, folder), who);
    await assert.rejects(lock({ noWait: true }), (error: Error) => error.message.includes(who));
    await new Promise((resolve) => setTimeout(resolve, 350));
    assert.deepEqual(said, [
      `waiting for the work tree: in use by ${who}; 1 other comes before this one`,
    ]);
    first.release();
    const second = await waiting;
    await new Promise((resolve) => setTimeout(resolve, 350));
    second.release();
    using third = await last;
    assert.equal(said.length, 2);
    assert.match(said[1] ?? "", /worker run run-2 \(pid \d+, since [^)]*\)$/);
    assert.ok(third.waited >= 650, `${third.waited}`);
    third.release();
    assert.equal(await workTreeUser(tree, folder), undefined);
  }));

for (const [signal, exit] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`${signal} ends the wait with ${exit}, and leaves nothing`, () =>
    withTree(async ({ folder, lock }) => {
      using first = await lock();
      const interrupt = new AbortController();
      const waiting = lock({ interrupt: interrupt.signal });
      setTimeout(() => interrupt.abort(signal), 20);
      await assert.rejects(waiting, (error) => error instanceof DispatchError && error.exit === exit);
      first.release();
      assert.deepEqual([...Deno.readDirSync(folder)], []);
    }));
}

Deno.test("a holder that is killed holds nothing, even if its children live on", () =>
  withTree(async ({ folder, tree, lock }) => {
    const holder = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", join(import.meta.dirname ?? "", "hold_tree.ts"), folder, tree],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const { value } = await holder.stdout.getReader().read();
    const child = Number(new TextDecoder().decode(value));
    assert.ok(child > 1, "the holder said nothing");
    try {
      await assert.rejects(lock({ noWait: true }), isInUse);
      holder.kill("SIGKILL");
      await holder.status;
      using after = await lock({ noWait: true });
      assert.ok(after.stands());
      assert.equal([...Deno.readDirSync(folder)].length, 1);
      // It would throw if the child were gone.
      Deno.kill(child, "SIGCONT");
    } finally {
      Deno.kill(child, "SIGKILL");
    }
  }));

Deno.test("a ticket can be taken at any moment, however busily others sweep", () =>
  withTree(async ({ folder }) => {
    await Deno.mkdir(folder, { recursive: true });
    const script = join(import.meta.dirname ?? "", "sweep_again.ts");
    const sweeper = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", script, folder],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    try {
      await sweeper.stdout.getReader().read();
      for (const until = performance.now() + 1_000; performance.now() < until;) {
        const own = takeTicket(folder, { shared: false, place: "0123456789abcdef", content: "" });
        assert.ok(own, "the file could not be locked");
        own.giveBack();
      }
    } finally {
      sweeper.kill("SIGKILL");
      await sweeper.status;
    }
  }));

/** | what is planted under the name of a ticket | how | */
const PLANTED: readonly (readonly [string, (file: string, folder: string) => Promise<void>])[] = [
  ["garbage", (file) => Deno.writeTextFile(file, "\0\xff{")],
  ["nothing", (file) => Deno.writeTextFile(file, "")],
  ["a link to nowhere", (file) => Deno.symlink("/nowhere", file)],
  ["a link to a live ticket", (file, folder) => {
    const [live] = [...Deno.readDirSync(folder)].filter(({ name }) => name.includes("alone"));
    return Deno.symlink(join(folder, live?.name ?? ""), file);
  }],
  ["a second name of a locked file", async (file) => {
    await Deno.writeTextFile(`${file}.foreign`, "");
    assert.ok(lockFile(`${file}.foreign`));
    await Deno.link(`${file}.foreign`, file);
  }],
  ["a pipe", async (file) => void await new Deno.Command("mkfifo", { args: [file] }).output()],
  ["a folder", (file) => Deno.mkdir(join(file, "inner"), { recursive: true })],
  ["a shut file", (file) => Deno.writeTextFile(file, "", { mode: 0 })],
  // The process lives; the ticket is of an earlier one with its id.
  ["the ticket of a process whose id is another's now", (file) =>
    Deno.writeTextFile(
      file,
      JSON.stringify({
        what: "worker run",
        id: "forged",
        pid: Deno.pid,
        since: "2026-01-01T00:00:00Z",
        root: "/",
      }),
    )],
];

for (const [what, plant] of PLANTED) {
  Deno.test(`${what} in place of a ticket holds up nobody and lets nobody in`, () =>
    withTree(async ({ folder, tree, lock }) => {
      using other = await lock({ root: `${tree}-2` });
      await plant(join(folder, `000000000001-alone-${placeOf(tree)}-00000000`), folder);
      await plant(join(folder, `999999999999-shared-${placeOf(tree)}-00000001`), folder);
      using first = await lock();
      await assert.rejects(lock({ noWait: true }), isInUse);
      assert.ok(first.stands() && other.stands());
    }));
}

Deno.test("a ticket that is taken away while it waits goes to the end of the row, and lets nobody in", () =>
  withTree(async ({ folder, lock }) => {
    const first = await lock({ id: "run-1" });
    const order: string[] = [];
    const take = async (id: string): Promise<void> => {
      using held = await lock({ id });
      assert.ok(held.stands());
      order.push(id);
    };
    const second = take("run-2");
    const [, name = ""] = [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
    const third = take("run-3");
    await Deno.remove(join(folder, name));
    await new Promise((resolve) => setTimeout(resolve, 250));
    assert.deepEqual(order, []);
    first.release();
    await Promise.all([second, third]);
    assert.deepEqual(order, ["run-3", "run-2"]);
  }));

Deno.test("a holder notices that its ticket was taken away, or replaced", () =>
  withTree(async ({ folder, lock }) => {
    for (const replace of [false, true]) {
      using held = await lock();
      const [{ name } = { name: "" }] = [...Deno.readDirSync(folder)];
      await Deno.remove(join(folder, name));
      if (replace) await Deno.writeTextFile(join(folder, name), "");
      assert.equal(held.stands(), false);
      held.release();
    }
  }));

Deno.test("a dispatch within a run that excludes it is refused at once; one that shares its tree passes the row", () =>
  withTree(async ({ tree, lock }) => {
    const writer = await lock({ id: "outer" });
    for (const root of [tree, join(tree, "inner")]) {
      await assert.rejects(
        lock({ root, within: ["outer"] }),
        (error: Error) => isInUse(error) && /started from within "outer"/.test(error.message),
      );
    }
    writer.release();
    using _reader = await lock({ id: "outer", shared: true });
    const interrupt = new AbortController();
    const waiting = lock({ id: "writer", interrupt: interrupt.signal });
    (await lock({ shared: true, within: ["outer"], noWait: true })).release();
    await assert.rejects(lock({ within: ["outer"] }), isInUse);
    interrupt.abort("SIGINT");
    await assert.rejects(waiting);
  }));

Deno.test("a folder that cannot be written to is refused with the remedy", () =>
  withTree(async ({ folder, lock }) => {
    await Deno.writeTextFile(join(folder, "..", "..", "file"), "");
    await assert.rejects(
      lock({ folder: join(folder, "..", "..", "file", "locks") }),
      (error) => error instanceof DispatchError && error.exit === 2 && /XDG_STATE_HOME/.test(error.message),
    );
  }));
