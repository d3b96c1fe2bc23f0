import { readBuildInfo } from "../build_info.ts";
import type { CliContext } from "../context.ts";
import { VERSION } from "../version.ts";
import { EXIT, type ExitCode } from "../../base/exit_codes.ts";
import { renderJson } from "../../base/render_json.ts";

/** `--version --json`: what this program is made of, with the text of every licence. */
export function versionDocument(context: CliContext): ExitCode {
  const { commit, modified, licences } = readBuildInfo();
  const document = {
    version: VERSION,
    commit,
    modified,
    target: Deno.build.target,
    deno: Deno.version.deno,
    licences,
  };
  context.stdout(renderJson(document));
  return EXIT.accepted;
}
