import assert from "node:assert/strict";
import { findAll, type Finding } from "../../../lib/cli/doctor/finding.ts";
import {
  clockFinding,
  diskFinding,
  freeBytes,
  sandbox,
  supervisionFinding,
} from "../../../lib/cli/doctor/machine_checks.ts";
import { isOldGit } from "../../../lib/cli/doctor/program_checks.ts";
import { findingsDocument, findingsText, isFit } from "../../../lib/cli/doctor/report.ts";

const GOOD: Finding = { name: "git", status: "ok", found: "git version 2.39.5", remedy: null };
const LESS: Finding = { name: "sandbox", status: "warn", found: "runs as root", remedy: "Do not." };
const BAD: Finding = { name: "codex", status: "fail", found: "none", remedy: "Install it." };

Deno.test("findings are a line each, with the remedy below, and a sentence at the end", () => {
  assert.equal(
    findingsText([GOOD, LESS, BAD]),
    `ok    git      git version 2.39.5
warn  sandbox  runs as root
               Do not.
fail  codex    none
               Install it.

A dispatch does not work here: 1 failed.
`,
  );
  assert.match(findingsText([GOOD, LESS]), /\n\nA dispatch works here, with one thing to know\.\n$/);
  assert.match(findingsText([GOOD]), /\n\nA dispatch works here\.\n$/);
});

Deno.test("a warning does not make a machine unfit, a failure does", () => {
  assert.deepEqual([isFit([GOOD, LESS]), isFit([GOOD, BAD])], [true, false]);
  assert.deepEqual(findingsDocument([BAD]), { ok: false, checks: [BAD] });
});

Deno.test("a check that throws, and one that hangs, are failures, and the others are heard", async () => {
  let release = (): void => {};
  const findings = await findAll([
    { name: "throws", run: () => Promise.reject(new Error("broken")) },
    {
      name: "hangs",
      run: () =>
        new Promise((resolve) => release = () => resolve({ status: "ok", found: "late", remedy: null })),
    },
    { name: "fine", run: () => Promise.resolve({ status: "ok", found: "here", remedy: null }) },
  ], 30);
  release();
  assert.deepEqual(findings.map(({ name, status, found }) => [name, status, found]), [
    ["throws", "fail", "broken"],
    ["hangs", "fail", "no answer within 30 ms"],
    ["fine", "ok", "here"],
  ]);
});

/** | git says | too old | */
const GITS: readonly (readonly [string, boolean])[] = [
  ["git version 2.29.9", true],
  ["git version 1.8.3.1", true],
  ["git version 2.30.0", false],
  ["git version 2.47.1 (Apple Git-154)", false],
  ["git version 10.0", false],
  ["something else", false],
];

for (const [version, old] of GITS) {
  Deno.test(`"${version}" is ${old ? "" : "not "}too old`, () => assert.equal(isOldGit(version), old));
}

/** | supervision | system | AppArmor restricts | status | remedy | */
const SUPERVISIONS = [
  ["namespace", "linux", false, "ok", null],
  ["subreaper", "linux", false, "warn", /util-linux/],
  ["subreaper", "linux", true, "warn", /apparmor_restrict_unprivileged_userns=0/],
  ["tree", "linux", false, "warn", /util-linux/],
  ["tree", "darwin", false, "warn", /Linux alone/],
] as const;

for (const [supervision, os, restricted, status, remedy] of SUPERVISIONS) {
  Deno.test(`${supervision} on ${os}${restricted ? " with AppArmor" : ""}: ${status}`, () => {
    const finding = supervisionFinding(supervision, { os, restricted });
    assert.equal(finding.status, status);
    if (remedy === null) assert.equal(finding.remedy, null);
    else assert.match(finding.remedy ?? "", remedy);
  });
}

Deno.test("root is warned of what Codex may do", () => {
  assert.deepEqual([sandbox(0).status, sandbox(1000).status, sandbox(null).status], ["warn", "ok", "ok"]);
});

/** | free bytes | status | */
const DISKS = [[undefined, "warn"], [0, "fail"], [49e6, "fail"], [51e6, "warn"], [2e9, "ok"]] as const;

for (const [free, status] of DISKS) {
  Deno.test(`${free ?? "unknown"} bytes free: ${status}`, () => {
    assert.equal(diskFinding("/w", free).status, status);
  });
}

/** | df -P -k prints | free bytes | */
const DFS: readonly (readonly [string, number | undefined])[] = [
  [
    "Filesystem     1024-blocks    Used Available Capacity Mounted on\n/dev/sda1  100000 40000     60000      40% /\n",
    61_440_000,
  ],
  [
    "Filesystem 1024-blocks Used Available Capacity Mounted on\nhost:/a b 1 100000 40000 7 100% /with 5% in it\n",
    7_168,
  ],
  ["", undefined],
  ["df: no such file\n", undefined],
];

for (const [text, free] of DFS) {
  Deno.test(`of ${JSON.stringify(text.split("\n")[1] ?? "")} ${free ?? "nothing"} is free`, () => {
    assert.equal(freeBytes(text), free);
  });
}

const NOON = new Date("2026-11-22T12:00:00Z");

/** | now | skew in ms | status | */
const CLOCKS = [
  [NOON, 0, "ok"],
  [NOON, -1_500, "ok"],
  [NOON, 60_000, "warn"],
  [NOON, -60_000, "warn"],
  [new Date(0), 0, "warn"],
] as const;

for (const [now, skew, status] of CLOCKS) {
  Deno.test(`at ${now.toISOString()} with files ${skew} ms ahead: ${status}`, () => {
    assert.equal(clockFinding(now, skew).status, status);
  });
}
