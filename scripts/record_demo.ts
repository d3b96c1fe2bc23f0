/** Writes docs/images/demo.svg anew: `codex-dispatch demo` on a terminal, as it went. Linux alone. */
import * as path from "node:path";
import { type Recording, recordTerminal } from "./record_terminal.ts";
import { renderRecording } from "./render_recording.ts";
import { ROOT } from "./run_deno.ts";
import { shellQuoted } from "../lib/base/shell_quoted.ts";

export const DEMO_PICTURE = path.join(ROOT, "docs", "images", "demo.svg");

/** Runs the demo of a program, given as its command line. */
export async function recordDemo(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Recording> {
  const quoted = command.map(shellQuoted).join(" ");
  return await recordTerminal(`${quoted} demo`, {
    columns: 100,
    rows: 32,
    cwd: "/",
    // Paths of one length break lines in one place.
    env: { ...env, TMPDIR: "/tmp" },
  });
}

if (import.meta.main) {
  const { CI: _, ...environment } = Deno.env.toObject();
  const binary = environment["CODEX_DISPATCH_BINARY"];
  const source = [Deno.execPath(), "run", "--allow-all", "--quiet", path.join(ROOT, "main.ts")];
  const recording = await recordDemo(binary ? [binary] : source, environment);
  await Deno.mkdir(path.dirname(DEMO_PICTURE), { recursive: true });
  await Deno.writeTextFile(DEMO_PICTURE, renderRecording(recording, "codex-dispatch demo"));
}
