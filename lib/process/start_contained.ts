import type { Containment } from "./contain.ts";
import type { ContainedCommand, ContainedProcess } from "./contained_process.ts";
import { startInGroup } from "./group_process.ts";
import { startSupervised } from "./supervised_process.ts";

/**
 * Starts a program so that all of it ends with it, as far as the containment reaches.
 *
 * @throws Deno.errors.NotFound and the like if it cannot be started
 */
export function startContained(command: ContainedCommand, containment: Containment): ContainedProcess {
  return containment.supervision === "subreaper"
    ? startSupervised(command, containment)
    : startInGroup(command, containment);
}
