import type { CliContext } from "../context.ts";
import { resolvePath } from "../dispatch_options.ts";
import { findAll } from "../doctor/finding.ts";
import { machineChecks } from "../doctor/machine_checks.ts";
import { programChecks } from "../doctor/program_checks.ts";
import { findingsDocument, findingsText, isFit } from "../doctor/report.ts";
import { EXIT, type ExitCode } from "../../base/exit_codes.ts";
import { renderJson } from "../../base/render_json.ts";

interface DoctorFlags {
  readonly codex?: string;
  readonly workdir?: string;
  readonly json?: true;
}

/** `doctor`: what this machine offers to a dispatch, each with the remedy. Exit 2 if one would not work. */
export async function doctorCommand(flags: DoctorFlags, context: CliContext): Promise<ExitCode> {
  const { environment, self, now } = context;
  const codex = flags.codex ?? (environment["CODEX_DISPATCH_CODEX"] || undefined);
  const folder = flags.workdir === undefined ? context.cwd : resolvePath(flags.workdir, context);
  const findings = await findAll([
    ...programChecks({ environment, codex }),
    ...machineChecks({ environment, folder, self, now, searchPath: Deno.env.get("PATH") ?? "" }),
  ]);
  context.stdout(
    flags.json ? renderJson(findingsDocument(findings)) : findingsText(findings),
  );
  return isFit(findings) ? EXIT.accepted : EXIT.refused;
}
