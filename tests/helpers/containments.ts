import { dirname, join } from "node:path";
import { type Containment, containment, type Supervision } from "../../lib/process/contain.ts";

const main = join(dirname(dirname(import.meta.dirname ?? ".")), "main.ts");

/** How a test starts codex-dispatch as a supervisor. */
export const self: readonly string[] = [
  Deno.execPath(),
  "run",
  "--allow-all",
  "--quiet",
  "--no-check",
  main,
];

/**
 * A containment of this kind. A namespace has to be allowed here; a supervisor is what is taken where there is no unshare, and
 * a tree where there is no supervisor either.
 */
export async function containmentOf(supervision: Supervision, scratch: string): Promise<Containment> {
  const PATH = supervision === "namespace" ? Deno.env.get("PATH") ?? "/usr/bin:/bin" : "/nowhere";
  const contained = await containment({
    environment: { PATH },
    self: supervision === "tree" ? [] : self,
    scratch,
  });
  if (contained.supervision === supervision) return contained;
  throw new Error(`This machine offers the supervision "${contained.supervision}", not "${supervision}".`);
}
