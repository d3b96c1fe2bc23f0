import assert from "node:assert/strict";
import type { HeldTicket } from "../../../lib/process/concerning_tickets.ts";
import { WaitingNotice } from "../../../lib/process/waiting_notice.ts";

const ticket = (id: string): HeldTicket => ({
  name: id,
  file: `/locks/${id}`,
  number: 1,
  shared: false,
  place: "",
  isLive: true,
  holder: { what: "worker run", id, pid: 7, since: "2026-11-22T13:14:15.016Z", root: "/tree" },
});

Deno.test("a wait is told at once, when another is waited for, and now and then, ever more seldom", async () => {
  const said: string[] = [];
  let seconds = 0;
  const notice = new WaitingNotice((text) => said.push(`${seconds}: ${text}`), () => seconds * 1_000);
  for (; seconds < 1_300; seconds++) await notice.say(ticket("run-1"), 0);
  await notice.say(ticket("run-2"), 2);
  const first =
    "waiting for the work tree: in use by worker run run-1 (pid 7, since 2026-11-22 13:14:15 UTC)";
  assert.deepEqual(said, [
    `0: ${first}`,
    `30: ${first} (30 s so far)`,
    `90: ${first} (1 min 30 s so far)`,
    `210: ${first} (3 min 30 s so far)`,
    `450: ${first} (7 min 30 s so far)`,
    `750: ${first} (12 min 30 s so far)`,
    `1050: ${first} (17 min 30 s so far)`,
    `1300: ${first.replace("run-1", "run-2")}; 2 others come before this one`,
  ]);
});

Deno.test("a ticket that somebody wrote into is told as that, and what it holds is not obeyed", async () => {
  const said: string[] = [];
  const notice = new WaitingNotice((text) => said.push(text));
  await notice.say({ ...ticket("run-1"), holder: undefined }, 1);
  const { holder } = ticket("run-\x1b[2J\nrun-2");
  await notice.say({ ...ticket("run-2"), holder }, 0);
  assert.deepEqual(said, [
    "waiting for the work tree: in use by another dispatch, whose ticket cannot be read; 1 other comes before this one",
    "waiting for the work tree: in use by worker run run- [2J run-2 (pid 7, since 2026-11-22 13:14:15 UTC)",
  ]);
});
