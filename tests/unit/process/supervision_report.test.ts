import assert from "node:assert/strict";
import { readReport, type SupervisionReport, writeReport } from "../../../lib/process/supervision_report.ts";

const REPORTS: readonly SupervisionReport[] = [
  { kind: "failed", why: "No such file" },
  { kind: "started", pid: 7 },
  { kind: "ended", pid: 7, code: 0, signal: null, survivors: [] },
  { kind: "ended", pid: 7, code: null, signal: "SIGKILL", survivors: [{ pid: 8, command: "sudo x" }] },
];

/** What stands in the file, and is no report. */
const NONE = [
  "",
  "null",
  "[]",
  '{"kind":"ended"}',
  '{"kind":"started","pid":"7"}',
  '{"kind":"ended","pid":7,"code":"0","signal":null,"survivors":[]}',
  '{"kind":"ended","pid":7,"code":0,"signal":null,"survivors":{}}',
  '{"kind":"ended","pid":7,"code":0,"signal":null,"survivors":[{"pid":1}]}',
  '{"kind":"ended","pid":7,"code":0',
];

Deno.test("a report is read as it was written, one after the other; anything else is none", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/report.json`;
  try {
    assert.equal(readReport(file), undefined);
    for (const report of REPORTS) {
      writeReport(file, report);
      assert.deepEqual(readReport(file), report);
    }
    for (const text of NONE) {
      await Deno.writeTextFile(file, text);
      assert.equal(readReport(file), undefined, text);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
