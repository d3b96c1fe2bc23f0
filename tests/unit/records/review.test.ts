import assert from "node:assert/strict";
import { withFolder } from "../../helpers/with_folder.ts";
import { decide, type Decision, readReview, writeReview } from "../../../lib/records/review.ts";
import { brokenReview } from "../../../lib/records/review_file.ts";

const accept: Decision = { decision: "accept", reason: "good", at: "2026-11-22T13:14:15.016Z", by: "me" };
const reject: Decision = { decision: "reject", reason: "no", at: "2026-11-22T13:15:15.016Z", by: "you" };

Deno.test("a decision is kept with all that were made before it", () => {
  const first = decide("run", accept, undefined);
  assert.deepEqual(first, { schema: 1, run_id: "run", ...accept, earlier: [] });
  const third = decide("run", accept, decide("run", reject, first));
  assert.deepEqual([third.decision, third.earlier], ["accept", [accept, reject]]);
});

interface Place {
  readonly folder: string;
  readonly state: string;
}

function withPlace(test: (place: Place) => Promise<void>): Promise<void> {
  return withFolder(async (base) => {
    const place = { folder: `${base}/runs/run`, state: `${base}/state` };
    await Deno.mkdir(place.folder, { recursive: true });
    await test(place);
  });
}

Deno.test("a review is read back, and leaves the run directory its time", () =>
  withPlace(async ({ folder, state }) => {
    const before = new Date("2026-01-02T03:04:05Z");
    await Deno.utime(folder, before, before);
    const review = decide("run", accept, undefined);
    await writeReview(folder, state, review);
    assert.deepEqual(await readReview(state, "run"), review);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(`${folder}/review.json`)), review);
    assert.equal((await Deno.lstat(folder)).mtime?.getTime(), before.getTime());
    assert.equal(brokenReview(folder, state), undefined);
  }));

/** | what somebody did | how | what is found | */
const DONE: readonly (readonly [string, (place: Place) => Promise<void>, string | undefined])[] = [
  ["nothing", () => Promise.resolve(), undefined],
  [
    "added a word",
    ({ folder }) => Deno.writeTextFile(`${folder}/review.json`, "x", { append: true }),
    "changed",
  ],
  ["took it away", ({ folder }) => Deno.remove(`${folder}/review.json`), "missing"],
  ["put a link in its place", async ({ folder }) => {
    await Deno.rename(`${folder}/review.json`, `${folder}/moved`);
    await Deno.symlink("moved", `${folder}/review.json`);
  }, "changed"],
  ["wrote it where there was none", ({ state }) => Deno.remove(`${state}/runs/run.review.json`), "added"],
];

for (const [what, act, found] of DONE) {
  Deno.test(`somebody ${what}: the review is ${found ?? "as it was"}`, () =>
    withPlace(async (place) => {
      await writeReview(place.folder, place.state, decide("run", accept, undefined));
      await act(place);
      assert.equal(brokenReview(place.folder, place.state), found);
    }));
}

Deno.test("what stands in the run directory alone is nobody's word", () =>
  withPlace(async ({ folder, state }) => {
    await Deno.writeTextFile(`${folder}/review.json`, JSON.stringify(decide("run", accept, undefined)));
    assert.equal(await readReview(state, "run"), undefined);
  }));
