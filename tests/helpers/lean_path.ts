import { join } from "node:path";
import { makeToolFolder } from "./tool_folder.ts";
import { shellQuoted } from "../../lib/base/shell_quoted.ts";

/** The machine's own PATH: by it tests find their tools, and so does what stands in for Codex. */
export const MACHINE_PATH = Deno.env.get("PATH") ?? "/usr/bin:/bin";

/** In sh: what follows has the tools of the machine, whatever PATH the program was started with. */
export const USE_MACHINE_PATH = `PATH=${shellQuoted(MACHINE_PATH)}; export PATH`;

/** Where the lean folders are made; undefined where the program is started with the machine's PATH. */
const parent = Deno.env.get("CODEX_DISPATCH_LEAN_PATH") || undefined;

export interface Start {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * How the program is started. With `CODEX_DISPATCH_LEAN_PATH`, which names a folder, what the machine's PATH would be is a folder
 * in there with git, Codex and nothing else: what `--codex` would name is found in it as `codex`. A PATH that a test made itself
 * stays as it is.
 */
export async function leanStart({ args, env }: Start): Promise<Start> {
  const { PATH = "" } = env;
  if (parent === undefined || !PATH.includes(MACHINE_PATH)) return { args, env };
  const at = args.indexOf("--codex");
  const named = at < 0 ? undefined : args[at + 1];
  const codex = named !== undefined && await isFile(named) ? named : undefined;
  const folder = join(parent, crypto.randomUUID());
  await makeToolFolder(folder, ["git"]);
  if (codex !== undefined) await Deno.symlink(codex, join(folder, "codex"));
  return {
    args: codex === undefined ? args : [...args.slice(0, at), ...args.slice(at + 2)],
    env: { ...env, PATH: PATH.replace(MACHINE_PATH, () => folder) },
  };
}

/** An environment in which commands find these tools besides: those that a project calls, say, whose pipeline is run. */
export async function withTools(
  env: Readonly<Record<string, string>>,
  folder: string,
  names: readonly string[],
): Promise<Record<string, string>> {
  if (parent === undefined) return { ...env };
  await makeToolFolder(folder, names);
  return { ...env, PATH: `${env["PATH"]}:${folder}` };
}

/** An environment whose PATH, lean or not, has none of these programs. */
export async function withoutTools(
  env: Readonly<Record<string, string>>,
  folder: string,
  names: readonly string[],
): Promise<Record<string, string>> {
  if (parent !== undefined) return { ...env };
  await Deno.mkdir(folder, { recursive: true });
  for (const place of MACHINE_PATH.split(":")) {
    const programs = await Array.fromAsync(Deno.readDir(place)).catch(() => []);
    for (const { name } of programs) {
      if (!names.includes(name)) await Deno.symlink(join(place, name), join(folder, name)).catch(() => {});
    }
  }
  return { ...env, PATH: folder };
}

async function isFile(file: string): Promise<boolean> {
  return await Deno.stat(file).then((info) => info.isFile, () => false);
}
