import * as path from "node:path";

export const ROOT = path.dirname(import.meta.dirname ?? ".");

/** Runs this same Deno in the repository's root, and ends the script where it fails. */
export async function runDeno(args: readonly string[]): Promise<void> {
  const { code } = await new Deno.Command(Deno.execPath(), { args: [...args], cwd: ROOT }).spawn().status;
  if (code !== 0) Deno.exit(code);
}
