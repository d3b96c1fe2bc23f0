import assert from "node:assert/strict";
import { type DetachedReport, readReport, renderReport } from "../../../lib/cli/detached_report.ts";

/** What must come through as it was. */
const REPORTS: readonly DetachedReport[] = [
  { kind: "stdout", text: "a\nb\u2028\u{1F600}\n" },
  { kind: "stderr", text: "" },
  { kind: "run", runId: "id", runDir: '/w/with "quotes"\nand lines', log: "/state/id.log" },
];

for (const report of REPORTS) {
  Deno.test(`a report of ${report.kind} is one line, and is read as it was written`, () => {
    const line = renderReport(report);
    assert.equal(line.indexOf("\n"), line.length - 1);
    assert.deepEqual(readReport(line), report);
  });
}

for (
  const line of ["", "null", "[]", "{}", '{"kind":"run"}', '{"kind":"stdout","text":1}', "Segmentation fault"]
) {
  Deno.test(`"${line}" is no report`, () => {
    assert.throws(() => readReport(line));
  });
}
