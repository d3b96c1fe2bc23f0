/** Bundles main.ts into dist/bundle, split where commands are loaded on demand. No minifying: it breaks CommonJS packages. */
import * as path from "node:path";
import { BUILD_INFO_FILE, type BuildInfo } from "../lib/cli/build_info.ts";
import { collectLicences } from "./collect_licences.ts";
import { ROOT, runDeno } from "./run_deno.ts";

const BUNDLE = path.join(ROOT, "dist", "bundle");
export const BUNDLED_MAIN = path.join(BUNDLE, "main.js");
export const BUNDLED_BUILD_INFO = path.join(BUNDLE, BUILD_INFO_FILE);

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
  const info: BuildInfo = { ...await readCommit(), licences: await collectLicences() };
  await Deno.writeTextFile(BUNDLED_BUILD_INFO, `${JSON.stringify(info)}\n`);
}

/** A source that was unpacked from an archive knows no commit. */
async function readCommit(): Promise<Pick<BuildInfo, "commit" | "modified">> {
  const commit = await git("rev-parse", "--verify", "HEAD");
  const status = await git("status", "--porcelain", "--untracked-files=no");
  return commit === undefined || status === undefined
    ? { commit: null, modified: false }
    : { commit, modified: status !== "" };
}

async function git(...args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("git", { args, cwd: ROOT, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

if (import.meta.main) await build();
