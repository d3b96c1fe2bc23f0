import type { CliContext } from "../context.ts";
import { resolvePath } from "../dispatch_options.ts";
import { showProblems } from "../error_report.ts";
import { loadPacket } from "../load_packet.ts";
import { MODES } from "../../packet/fields.ts";
import { packetTemplate } from "../../packet/template.ts";
import { badInput, DispatchError, type Problem } from "../../base/errors.ts";
import { EXIT, type ExitCode } from "../../base/exit_codes.ts";
import { nearest } from "../../base/text.ts";
import { renderJson } from "../../base/render_json.ts";

/** `packet new`: a packet to fill in, on standard output. */
export function packetNew(
  flags: { readonly mode: string; readonly workdir?: string },
  context: CliContext,
): ExitCode {
  const mode = MODES.find((candidate) => candidate === flags.mode.toLowerCase());
  if (!mode) {
    const meant = nearest(flags.mode.toLowerCase(), MODES);
    throw badInput(
      "mode",
      `--mode is "${flags.mode}". It takes ${MODES.join(", ")}.${meant ? ` Did you mean ${meant}?` : ""}`,
    );
  }
  context.stdout(
    packetTemplate(mode, flags.workdir === undefined ? context.cwd : resolvePath(flags.workdir, context)),
  );
  return EXIT.accepted;
}

/** `packet check`: all that is wrong with all of the files; standard output has a line for each that is fine. */
export async function packetCheck(
  files: readonly string[],
  flags: { readonly json?: true },
  context: CliContext,
): Promise<ExitCode> {
  const problems: Problem[] = [];
  const fine: string[] = [];
  for (const file of files) {
    try {
      const loaded = await loadPacket(file, context);
      problems.push(...loaded.problems);
      if (!flags.json) context.stderr(showProblems("warning", loaded.warnings));
      if (loaded.packet) fine.push(file);
    } catch (error) {
      if (!(error instanceof DispatchError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (!flags.json) context.stdout(fine.map((file) => `${file}: ok\n`).join(""));
  if (problems.length > 0) throw new DispatchError(EXIT.badInput, problems);
  if (flags.json) context.stdout(renderJson({ ok: true, files: fine }));
  return EXIT.accepted;
}
