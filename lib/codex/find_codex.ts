import * as path from "node:path";
import { refusal } from "../base/errors.ts";
import { isProgram, programOnPath } from "../base/program_on_path.ts";

/** The program that is started as Codex. */
export interface CodexProgram {
  readonly path: string;
  /** What the npm wrapper would have added to the environment, where its native binary is started directly. */
  readonly env: Readonly<Record<string, string>>;
}

export interface FindOptions {
  /** `--codex`, or CODEX_DISPATCH_CODEX. */
  readonly given: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Finds Codex: the given path, else `codex` on PATH. Behind the wrapper of the npm package its native binary is taken: a
 * kill of the wrapper, a Node program, would leave the real Codex running.
 *
 * @throws DispatchError (exit 2) if there is none
 */
export async function findCodex({ given, environment }: FindOptions): Promise<CodexProgram> {
  const found = given === undefined ? programOnPath("codex", environment) : asGiven(given, environment);
  if (found === undefined) {
    const message = given === undefined
      ? "codex was not found on PATH. Install it (npm install -g @openai/codex), or name it with --codex PATH."
      : `No program stands at "${given}", where --codex or CODEX_DISPATCH_CODEX points.`;
    throw refusal("codex-missing", message);
  }
  return await nativeBehind(found) ?? { path: found, env: {} };
}

function asGiven(
  given: string,
  environment: Readonly<Record<string, string>>,
): string | undefined {
  if (!/[/\\]/.test(given)) return programOnPath(given, environment);
  const absolute = path.resolve(given);
  return isProgram(absolute) ? absolute : undefined;
}

/** Source: bin/codex.js and the layout of the platform packages of @openai/codex 0.169.0. */
async function nativeBehind(found: string): Promise<CodexProgram | undefined> {
  const script = await wrapperScript(found);
  if (script === undefined) return undefined;
  const packageRoot = path.dirname(path.dirname(script));
  const { triple, platform } = targetOf(Deno.build);
  if (triple === undefined) return undefined;
  const binary = path.join("vendor", triple, "bin", Deno.build.os === "windows" ? "codex.exe" : "codex");
  const candidates = [
    path.join(packageRoot, "node_modules", "@openai", platform, binary),
    path.join(path.dirname(packageRoot), platform, binary),
    path.join(packageRoot, binary),
  ];
  for (const candidate of candidates) {
    if (!isProgram(candidate)) continue;
    return { path: candidate, env: { CODEX_MANAGED_BY_NPM: "1", CODEX_MANAGED_PACKAGE_ROOT: packageRoot } };
  }
  return undefined;
}

/** The wrapper's script: behind a link on POSIX, beside a .cmd file on Windows. */
async function wrapperScript(found: string): Promise<string | undefined> {
  if (found.toLowerCase().endsWith(".cmd")) {
    const script = path.join(path.dirname(found), "node_modules", "@openai", "codex", "bin", "codex.js");
    return isProgram(script) ? script : undefined;
  }
  const real = await Deno.realPath(found);
  return /[/\\]bin[/\\]codex\.js$/.test(real) ? real : undefined;
}

/** Names of the platform packages, as the wrapper maps them. Exported for its table. */
export function targetOf(
  build: { readonly os: string; readonly arch: string },
): { triple: string | undefined; platform: string } {
  const cpu = build.arch === "aarch64" ? "arm64" : "x64";
  const system =
    { linux: "unknown-linux-musl", darwin: "apple-darwin", windows: "pc-windows-msvc" }[build.os];
  const triple = system === undefined ? undefined : `${build.arch}-${system}`;
  return { triple, platform: `codex-${build.os === "windows" ? "win32" : build.os}-${cpu}` };
}
