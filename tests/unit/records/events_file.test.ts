import assert from "node:assert/strict";
import { withFolder } from "../../helpers/with_folder.ts";
import { EventsFile } from "../../../lib/records/events_file.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function withFiles(test: (file: string, shown: string) => Promise<void>): Promise<void> {
  return withFolder((folder) => test(`${folder}/file`, `${folder}/shown`));
}

Deno.test("what is appended is in the file at once, and a moment later in the one to look on", () =>
  withFiles(async (file, shown) => {
    const events = new EventsFile(file, shown);
    events.append(bytes("one\n"));
    assert.equal(await Deno.readTextFile(file), "one\n");
    while ((await Deno.readTextFile(shown)) !== "one\n") await pause(10);
    assert.equal(events.isAsShown(shown), true);
    events.append(bytes("two\n"));
    events.close();
    assert.equal(await Deno.readTextFile(file), "one\ntwo\n");
  }));

Deno.test("a file to look on that somebody wrote to, or put another in its place, is told", () =>
  withFiles(async (file, shown) => {
    const events = new EventsFile(file, shown);
    await Deno.writeTextFile(shown, "forged\n", { append: true });
    assert.equal(events.isAsShown(shown), false);
    await Deno.remove(shown);
    await Deno.writeTextFile(shown, "");
    assert.equal(events.isAsShown(shown), false);
    events.close();
  }));

/** | what is done to the file to look on | how | */
const DONE: readonly (readonly [string, (file: string) => void])[] = [
  ["emptied", (file) => Deno.truncateSync(file)],
  ["emptied and written to", (file) => Deno.writeTextFileSync(file, "x", { create: false })],
  ["appended to", (file) => Deno.writeTextFileSync(file, "x", { append: true })],
  ["overwritten where it lies", (file) => {
    using open = Deno.openSync(file, { write: true });
    open.writeSync(bytes("ONE"));
  }],
];

for (const [what, change] of DONE) {
  Deno.test(`a file to look on that was ${what} is told, whatever comes after that`, () =>
    withFiles(async (file, shown) => {
      const events = new EventsFile(file, shown);
      events.append(bytes("one\n"));
      while ((await Deno.readTextFile(shown)) !== "one\n") await pause(10);
      change(shown);
      events.append(bytes("two\n"));
      while (!(await Deno.readTextFile(shown)).endsWith("two\n")) await pause(10);
      assert.equal(events.isAsShown(shown), false);
      events.close();
    }));
}

Deno.test("to be asked whether it was touched does the file to look on no harm", () =>
  withFiles(async (file, shown) => {
    const events = new EventsFile(file, shown);
    for (const [count, part] of ["one\n", `${"x".repeat(3_000_000)}\n`, "three\n"].entries()) {
      events.append(bytes(part));
      while ((await Deno.stat(shown)).size !== (await Deno.stat(file)).size) await pause(10);
      assert.equal(events.isAsShown(shown), true, String(count));
    }
    events.close();
    assert.equal(await Deno.readTextFile(shown), await Deno.readTextFile(file));
  }));

Deno.test("a timer that is due when the files are closed does no harm", () =>
  withFiles(async (file, shown) => {
    const events = new EventsFile(file, shown);
    events.append(bytes("one\n"));
    // The timer is due before anything else gets a turn.
    const until = performance.now() + 150;
    while (performance.now() < until);
    events.close();
    await pause(150);
  }));

Deno.test("nothing is shown between the two looks that tell whether the file to look on is as it was shown", () =>
  withFiles(async (file, shown) => {
    const events = new EventsFile(file, shown);
    events.append(bytes("one\n"));
    const until = performance.now() + 150;
    while (performance.now() < until);
    // The timer is due, and gets no turn: an answer that is waited for could come from before and after it.
    assert.equal(events.isAsShown(shown), true);
    events.close();
    await pause(0);
  }));
