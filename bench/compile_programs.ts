import * as path from "node:path";
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
const BUILT = path.join(ROOT, "dist", "codex-dispatch");

/** As in scripts/compile.ts. */
const COMPILE = [
  "compile",
  "--quiet",
  "--no-check",
  "--no-code-cache",
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-run",
  "--allow-env",
  "--allow-sys=uid,gid",
  "--allow-ffi",
];

/**
 * Compiles codex-dispatch and an empty program with this Deno. Both stand in `folder`, where nobody replaces them while
 * they are measured. Where nothing can be compiled, codex-dispatch is run from its source.
 *
 * @param binary a codex-dispatch to take instead, compiled with this same Deno
 * @throws Error if `binary` does not run
 */
export async function compilePrograms(folder: string, binary: string | undefined): Promise<Programs> {
  const product = path.join(folder, "codex-dispatch");
  const noProduct = await failureOf(async () => {
    if (binary === undefined) {
      await deno(["run", "--allow-all", path.join(ROOT, "scripts", "compile.ts")], ROOT);
    }
    await Deno.copyFile(binary ?? BUILT, product);
    await runTimed([product, "--version"], { cwd: folder, env: {} });
  });
  if (noProduct !== undefined && binary !== undefined) {
    throw new Error(`"${binary}" does not run: ${noProduct}`);
  }

  const empty = path.join(folder, "empty");
  const noEmpty = await failureOf(async () => {
    const source = path.join(folder, "empty.js");
    await Deno.writeTextFile(source, "export {};\n");
    await deno([...COMPILE, "--output", empty, source], folder);
    await runTimed([empty], { cwd: folder, env: {} });
  });
  return {
    ...(noProduct === undefined
      ? { product: [product], origin: binary ?? "compiled now" }
      : { product: fromSource(), origin: `main.ts from source, as it could not be compiled: ${noProduct}` }),
    empty: noEmpty === undefined ? [empty] : { missing: noEmpty },
  };
}

function fromSource(): CommandLine {
  return [Deno.execPath(), "run", "--allow-all", "--no-check", "--quiet", path.join(ROOT, "main.ts")];
}

async function deno(args: readonly string[], cwd: string): Promise<void> {
  const env = { ...Deno.env.toObject(), NO_COLOR: "1" };
  await runTimed([Deno.execPath(), ...args], { cwd, env });
}

async function failureOf(action: () => Promise<void>): Promise<string | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
