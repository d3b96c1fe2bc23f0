import type { Walker } from "./entry.ts";
import { linuxWalker } from "./walk_linux.ts";
import { portableWalker } from "./walk_portable.ts";

/** The best walker of this machine. */
export function bestWalker(): Walker {
  return linuxWalker() ?? portableWalker;
}
