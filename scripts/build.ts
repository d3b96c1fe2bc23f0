/** Bundles main.ts into dist/bundle, split where commands are loaded on demand. No minifying: it breaks CommonJS packages. */
import * as path from "node:path";

export const ROOT = path.dirname(import.meta.dirname ?? ".");
const BUNDLE = path.join(ROOT, "dist", "bundle");
export const BUNDLED_MAIN = path.join(BUNDLE, "main.js");

export async function build(): Promise<void> {
  await Deno.remove(BUNDLE, { recursive: true }).catch(() => {});
  await runDeno([
    "bundle",
    "--quiet",
    "--code-splitting",
    "--platform=deno",
    "--outdir",
    BUNDLE,
    path.join(ROOT, "main.ts"),
  ]);
}

/** Runs this same Deno in the repository's root, and ends the script where it fails. */
export async function runDeno(args: readonly string[]): Promise<void> {
  const { code } = await new Deno.Command(Deno.execPath(), { args: [...args], cwd: ROOT }).spawn().status;
  if (code !== 0) Deno.exit(code);
}

if (import.meta.main) await build();
