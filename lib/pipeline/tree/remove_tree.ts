import { runCommand } from "../../process/run_command.ts";
import { toolPath } from "../../process/tool_path.ts";
import { messageOf } from "../../base/errors.ts";

/** No removal is expected to take longer. Milliseconds. */
const DEADLINE = 5 * 60_000;

/**
 * Removes a folder of ours with all in it, folders that were made read-only or shut included. Links are removed, not followed.
 * Undefined if nothing is left, else why not.
 */
export async function removeTree(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  let why: string | undefined;
  // Something may still be writing there: what it made in between is removed at the next try.
  for (let tries = 0; tries < 3; tries++) {
    try {
      await Deno.remove(folder, { recursive: true });
      return undefined;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      why = messageOf(error);
    }
    const env = { PATH: toolPath(environment), LC_ALL: "C" };
    await runCommand("chmod", ["-R", "u+rwx", "--", folder], { env, deadline: DEADLINE }).catch(() => {});
  }
  return why;
}
