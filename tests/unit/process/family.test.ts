import assert from "node:assert/strict";
import { familyIn } from "../../../lib/process/family.ts";
import type { ProcessEntry } from "../../../lib/process/process_table.ts";

/** pid, parent, group, and when it started. */
type Row = readonly [number, number, number, string?];

function table(rows: readonly Row[]): ProcessEntry[] {
  return rows.map(([pid, parent, group, started = "t"]) => ({
    pid,
    parent,
    group,
    started,
    ended: false,
    command: "",
  }));
}

/** | what | processes | known | the family | */
const FAMILIES:
  readonly (readonly [string, readonly Row[], readonly [number, string][], readonly number[]])[] = [
    ["the known alone", [[1, 0, 1], [10, 1, 10]], [[10, "t"]], [10]],
    ["children and grandchildren", [[12, 11, 12], [11, 10, 11], [10, 1, 10], [20, 1, 20]], [[10, "t"]], [
      10,
      11,
      12,
    ]],
    ["an orphan in the group of one who lives", [[10, 1, 10], [13, 1, 10]], [[10, "t"]], [10, 13]],
    ["an orphan in the group of one who is gone", [[13, 1, 10], [14, 13, 14]], [[10, "t"]], [13, 14]],
    ["an orphan in the group of a child", [[10, 1, 10], [11, 10, 11], [15, 1, 11]], [[10, "t"]], [
      10,
      11,
      15,
    ]],
    ["an orphan that left its group is lost", [[10, 1, 10], [16, 1, 16]], [[10, "t"]], [10]],
    ["an orphan that was seen before", [[16, 1, 16], [17, 16, 16]], [[10, "t"], [16, "t"]], [16, 17]],
    ["a later process of the same id is a stranger", [[10, 1, 10, "later"], [11, 10, 10]], [[10, "t"]], []],
  ];

for (const [what, rows, known, expected] of FAMILIES) {
  Deno.test(`a family: ${what}`, () => {
    const family = familyIn(table(rows), new Map(known)).map(({ pid }) => pid);
    assert.deepEqual(family.sort((a, b) => a - b), expected);
  });
}
