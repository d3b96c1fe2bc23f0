import assert from "node:assert/strict";
import {
  openReports,
  prepareReports,
  readReport,
  type SupervisionReport,
} from "../../../lib/process/supervision_report.ts";

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

Deno.test("a report is read as it was written, the last one of a supervisor; anything else is none", async () => {
  const folder = await Deno.makeTempDir();
  try {
    assert.equal(readReport(`${folder}/none`), undefined);
    const file = prepareReports(folder);
    assert.equal(readReport(file), undefined);
    for (const report of REPORTS) {
      prepareReports(folder);
      const say = openReports(file);
      if (report.kind === "ended") say({ kind: "started", pid: report.pid });
      say(report);
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

Deno.test("a supervisor that dies while it writes leaves what it said before", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = prepareReports(folder);
    const say = openReports(file);
    say({ kind: "started", pid: 7 });
    say({ kind: "ended", pid: 7, code: 0, signal: null, survivors: [] });
    const whole = await Deno.readFile(file);
    await Deno.writeFile(file, whole.fill(0x20, whole.lastIndexOf("}".charCodeAt(0))));
    assert.deepEqual(readReport(file), { kind: "started", pid: 7 });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** | what stands where the reports go |, put there by shell commands in the scratch folder */
const PLANTED = [
  "ln -s ../elsewhere supervision",
  "ln ../elsewhere supervision",
  "mkdir -p supervision/x",
  ": >supervision; chmod 600 supervision",
] as const;

for (const planted of PLANTED) {
  Deno.test(`reports have a file and its room, and are written nowhere else: ${planted}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const [scratch, elsewhere] = [`${folder}/scratch`, `${folder}/elsewhere`];
      await Deno.mkdir(scratch);
      await Deno.writeTextFile(elsewhere, "as it was");
      await new Deno.Command("sh", { args: ["-c", planted], cwd: scratch }).output();
      const file = prepareReports(scratch);
      const { size } = await Deno.lstat(file);
      const say = openReports(file);
      const survivors = [{ pid: 8, command: "x".repeat(1e6) }];
      say({ kind: "ended", pid: 7, code: null, signal: "SIGKILL", survivors });
      assert.equal((await Deno.lstat(file)).size, size, "it took more room");
      assert.equal(readReport(file)?.kind, "ended");
      assert.equal(await Deno.readTextFile(elsewhere), "as it was");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
