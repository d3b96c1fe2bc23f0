import { type CliContext, DETACHED_COMMAND } from "./context.ts";
import { readDispatchLine } from "./dispatch_flags.ts";
import { SUPERVISE } from "../process/supervise_command.ts";
import type { ExitCode } from "../base/exit_codes.ts";
import { renderJson } from "../base/render_json.ts";

/** Runs a command line to its exit status. Nothing is thrown: what goes wrong is reported here, once. */
export async function main(context: CliContext): Promise<ExitCode> {
  try {
    return await run(context);
  } catch (error) {
    const { reportError } = await import("./error_report.ts");
    const { exit, text, document } = reportError(error);
    context.stderr(text);
    if (context.args.includes("--json")) context.stdout(renderJson(document));
    return exit;
  }
}

/**
 * The lines that scripts and people write most start without the library that reads all the others; and the one by which
 * codex-dispatch starts itself, whose arguments are another program's.
 */
async function run(context: CliContext): Promise<ExitCode> {
  const [first, ...others] = context.args;
  if ((first === "--help" || first === "-h") && others.length === 0) {
    const { HELP_TEXT } = await import("./help_text.ts");
    context.stdout(HELP_TEXT);
    return 0;
  }
  if (first === SUPERVISE) {
    const { superviseCommand } = await import("./commands/supervise.ts");
    return await superviseCommand(context);
  }
  if (isVersionDocument(context.args)) {
    const { versionDocument } = await import("./commands/version.ts");
    return versionDocument(context);
  }
  if (first === DETACHED_COMMAND) {
    const { runDetached } = await import("./run_detached.ts");
    return await runDetached(others, { context, main });
  }
  const line = readDispatchLine(context.args);
  if (line) {
    const { dispatchCommand } = await import("./commands/dispatch.ts");
    return await dispatchCommand(line.packet, line.flags, context);
  }
  const { runProgram } = await import("./program.ts");
  return await runProgram(context);
}

/** `--version --json`: commander ends at `--version`, whatever else stands there. */
function isVersionDocument(args: readonly string[]): boolean {
  return args.length === 2 && args.includes("--version") && args.includes("--json");
}
