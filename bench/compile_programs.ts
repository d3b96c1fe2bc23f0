import { cp } from "node:fs/promises";
import * as path from "node:path";
import { COMPILE } from "../scripts/compile.ts";
import { type CommandLine, runTimed } from "./run_timed.ts";

/** The programs that are measured. */
export interface Programs {
  readonly product: CommandLine;
  /** Which codex-dispatch that is, for people. */
  readonly origin: string;
  /** `export {}`, compiled as codex-dispatch is; or why there is none. */
  readonly empty: CommandLine | { readonly missing: string };
}

const ROOT = path.dirname(import.meta.dirname ?? ".");
const DIST = path.join(ROOT, "dist");

const NO_COLOR = { NO_COLOR: "1" };

/**
 * Compiles codex-dispatch and an empty program with this Deno. Copies of both stand in `folder`, where nobody replaces them
 * while they are measured; how a file was written decides how much of it the kernel maps at a time. Where nothing can be compiled, codex-dispatch is bundled and run by this Deno.
 *
 * @param binary a codex-dispatch to take instead, compiled with this same Deno
 * @throws Error if `binary` does not run
 */
export async function compilePrograms(folder: string, binary: string | undefined): Promise<Programs> {
  const product = path.join(folder, "codex-dispatch");
  const noProduct = await failureOf(async () => {
    if (binary === undefined) await runScript("compile.ts");
    await Deno.copyFile(binary ?? path.join(DIST, "codex-dispatch"), product);
    await runTimed([product, "--version"], { cwd: folder, env: NO_COLOR });
  });
  if (noProduct !== undefined && binary !== undefined) {
    throw new Error(`"${binary}" does not run: ${noProduct}`);
  }

  const empty = path.join(folder, "empty");
  const noEmpty = await failureOf(async () => {
    const source = path.join(folder, "empty.js");
    await Deno.writeTextFile(source, "export {};\n");
    const compiled = path.join(folder, "empty-compiled");
    await deno([...COMPILE, "--output", compiled, source], folder);
    await Deno.copyFile(compiled, empty);
    await runTimed([empty], { cwd: folder, env: NO_COLOR });
  });
  return {
    ...(noProduct === undefined
      ? { product: [product], origin: binary ?? "compiled now" }
      : { product: await bundle(folder), origin: `bundled and not compiled. ${noProduct}` }),
    empty: noEmpty === undefined ? [empty] : { missing: noEmpty },
  };
}

async function bundle(folder: string): Promise<CommandLine> {
  await runScript("build.ts");
  const copy = path.join(folder, "bundle");
  await cp(path.join(DIST, "bundle"), copy, { recursive: true });
  return [Deno.execPath(), "run", "--allow-all", "--no-check", "--quiet", path.join(copy, "main.js")];
}

async function runScript(name: string): Promise<void> {
  await deno(["run", "--allow-all", path.join(ROOT, "scripts", name)], ROOT);
}

async function deno(args: readonly string[], cwd: string): Promise<void> {
  await runTimed([Deno.execPath(), ...args], { cwd, env: { ...Deno.env.toObject(), ...NO_COLOR } });
}

async function failureOf(action: () => Promise<void>): Promise<string | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
