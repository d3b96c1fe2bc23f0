import type { CliContext } from "../context.ts";
import { supervise } from "../../process/supervise.ts";
import { badInput } from "../../base/errors.ts";
import { EXIT, type ExitCode } from "../../base/exit_codes.ts";

/** `supervise REPORT PARENT PROGRAM [ARGS…]`: a dispatch starts it where the kernel gives it no process namespace. */
export async function superviseCommand({ args }: CliContext): Promise<ExitCode> {
  const [, report, parent, program, ...others] = args;
  if (report === undefined || program === undefined || !/^\d+$/.test(parent ?? "")) {
    throw badInput("usage", `"supervise" is for codex-dispatch itself: it starts it where it needs it.`);
  }
  await supervise({ report, parent: Number(parent), program, args: others });
  return EXIT.accepted;
}
