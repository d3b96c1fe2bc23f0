import assert from "node:assert/strict";
import { madePolicy, madeResult } from "../../helpers/made_run.ts";
import { withFolder } from "../../helpers/with_folder.ts";
import { isUnfinished, readRun } from "../../../lib/records/read_runs.ts";
import { type RunVerdict, stageVerdict, writeVerdict } from "../../../lib/records/verdict_files.ts";
import { EXIT } from "../../../lib/base/exit_codes.ts";

const ACCEPTED: RunVerdict = { policy: madePolicy(), result: madeResult(), resultText: "RESULT: done\n" };
const UNFINISHED: RunVerdict = {
  policy: madePolicy({ exit_code: EXIT.fault, policy_violation: true }),
  result: madeResult({ exit_code: EXIT.fault, status: "interrupted", accepted: false }),
  resultText: "RESULT: interrupted\n",
};

Deno.test("policy.json is put in its place last, and until then a run is interrupted, whatever else stands there", () =>
  withFolder(async (folder) => {
    writeVerdict(folder, UNFINISHED);
    const staged = stageVerdict(folder, ACCEPTED);
    staged.commit(() => {
      const [policy, result] = ["policy.json", "result.json"].map((name) =>
        JSON.parse(Deno.readTextFileSync(`${folder}/${name}`))
      );
      assert.deepEqual([policy.exit_code, result.accepted], [EXIT.fault, true]);
      Deno.mkdirSync(`${folder}/between`);
      for (const name of ["policy.json", "result.json"]) {
        Deno.copyFileSync(`${folder}/${name}`, `${folder}/between/${name}`);
      }
    });
    const between = await readRun(`${folder}/between`);
    assert.ok(isUnfinished(between.policy));
    const { status, accepted, exit_code: exit } = between.result ?? {};
    assert.deepEqual([status, accepted, exit], ["interrupted", false, EXIT.fault]);

    const ended = await readRun(folder);
    assert.deepEqual([isUnfinished(ended.policy), ended.result?.status], [false, "accepted"]);
  }));
