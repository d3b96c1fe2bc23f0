import assert from "node:assert/strict";
import {
  commandOf,
  parsePs,
  parseStat,
  readProcess,
  readProcesses,
} from "../../../lib/process/process_table.ts";
import { processIdentity } from "../../../lib/process/identity.ts";

// `LC_ALL=C ps -A -o pid=,ppid=,pgid=,state=,lstart=,command=` of procps 4.0; the last three in the form of macOS.
const PS = `\
      1       0       0 S Sun Nov 22 12:58:13 2026 /sbin/init splash
   7341    7340    7340 Z Sun Nov  2 09:05:00 2026 [sh] <defunct>
  7349    7340   7349 S Sun Nov 22 16:34:01 2026 sh -c echo 5 5 5 S Sun Nov 22 16:34:01 2026
    1     0     1 Ss   Mon Nov  2 09:15:08 2026     /sbin/launchd
  501   433   501 S+   Tue Nov 24 23:59:59 2026     /usr/local/bin/codex exec -C /Users/me/a b
 9001   501  9001 ?Es  Tue Nov 24 23:59:59 2026
ps: a line that is none
`;

Deno.test("what ps prints is read, whatever the width of its columns and the text of a command", () => {
  assert.deepEqual(parsePs(PS).map(({ pid, parent, group, ended }) => [pid, parent, group, ended]), [
    [1, 0, 0, false],
    [7341, 7340, 7340, true],
    [7349, 7340, 7349, false],
    [1, 0, 1, false],
    [501, 433, 501, false],
    [9001, 501, 9001, false],
  ]);
  assert.deepEqual(parsePs(PS).slice(3, 5).map(({ started, command }) => [started, command]), [
    ["Mon Nov 2 09:15:08 2026", "/sbin/launchd"],
    ["Tue Nov 24 23:59:59 2026", "/usr/local/bin/codex exec -C /Users/me/a b"],
  ]);
});

Deno.test("the name of a process may hold what separates the fields", () => {
  const rest = "20 0 1 0 4711 0 0";
  assert.deepEqual(parseStat(`42 (a) S (b c)) R 7 40 39 0 -1 4194304 1 2 3 4 5 6 7 8 ${rest}`), {
    pid: 42,
    parent: 7,
    group: 40,
    started: "4711",
    ended: false,
    command: "a) S (b c)",
  });
  assert.equal(parseStat(`42 (x) Z 7 40 39 0 -1 4194304 1 2 3 4 5 6 7 8 ${rest}`)?.ended, true);
  for (const none of ["", "42", "42 (x", "42 (x) S 1 2"]) assert.equal(parseStat(none), undefined);
});

Deno.test("the system's list holds this process and its children, and one that is gone no more", async () => {
  const child = new Deno.Command("sleep", { args: ["60"] }).spawn();
  const listed = (await readProcesses()).find(({ pid }) => pid === child.pid);
  const before = await processIdentity(child.pid);
  child.kill("SIGKILL");
  await child.status;
  assert.equal(listed?.parent, Deno.pid);
  assert.equal(listed.started, before);
  assert.match(commandOf(listed), /^sleep/);
  assert.ok((await readProcesses()).some(({ pid }) => pid === Deno.pid));
  assert.equal(await processIdentity(child.pid), undefined);
  if (Deno.build.os === "linux") assert.equal(readProcess(child.pid), undefined);
});
