import type { ProcessEntry } from "./process_table.ts";

/** Processes that are known to be of one family: their ids, and when each started. */
export type Known = ReadonlyMap<number, string>;

/**
 * The processes of a table that belong to a family: those that are known, their children and children's children, and what is
 * left of the groups that they led. What lost its parent and left its group before anybody looked is not found. Pure.
 */
export function familyIn(table: readonly ProcessEntry[], known: Known): ProcessEntry[] {
  const present = new Map(table.map((entry) => [entry.pid, entry]));
  const family = new Map<number, ProcessEntry>();
  const isKnown = ({ pid, started }: ProcessEntry): boolean => known.get(pid) === started;
  // While a group has members nobody else is given its number: one whose leader is gone is the one that was known.
  const isOfKnownGroup = ({ pid, group }: ProcessEntry): boolean =>
    pid !== group && known.has(group) && !present.has(group);
  for (const entry of table) if (isKnown(entry) || isOfKnownGroup(entry)) family.set(entry.pid, entry);
  for (let before = -1; before < family.size;) {
    before = family.size;
    for (const entry of table) {
      if (family.has(entry.parent) || family.has(entry.group)) family.set(entry.pid, entry);
    }
  }
  return [...family.values()];
}
