import type { CliContext } from "./context.ts";
import { runProgram } from "./program.ts";
import type { ExitCode } from "../base/exit_codes.ts";

/** Runs a command line to its exit status. Nothing is thrown: what goes wrong is reported here, once. */
export async function main(context: CliContext): Promise<ExitCode> {
  try {
    return await runProgram(context);
  } catch (error) {
    const { reportError } = await import("./error_report.ts");
    const { exit, text, document } = reportError(error);
    context.stderr(text);
    if (context.args.includes("--json")) context.stdout(`${JSON.stringify(document, null, 2)}\n`);
    return exit;
  }
}
