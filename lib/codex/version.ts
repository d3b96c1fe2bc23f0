import type { CodexProgram } from "./find_codex.ts";
import { codexEnvironment } from "./invocation.ts";
import { runCommand } from "../process/run_command.ts";
import { oneLine } from "../base/text.ts";

/** What `codex --version` prints, such as `0.169.0`; null if it does not say within 10 s, or until the signal. */
export async function codexVersion(
  codex: CodexProgram,
  environment: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<string | null> {
  const env = codexEnvironment(environment, codex.env);
  try {
    const { code, stdout } = await runCommand(codex.path, ["--version"], { env, deadline: 10_000, signal });
    if (code !== 0) return null;
    return oneLine(new TextDecoder().decode(stdout), 80).replace(/^codex-cli\s+/, "") || null;
  } catch {
    return null;
  }
}
