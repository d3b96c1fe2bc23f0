import { dirname, join } from "node:path";

const root = dirname(dirname(import.meta.dirname ?? "."));

/** Somebody as whom the program is run. */
export interface TestUser {
  readonly name: string;
  /** Undefined for whoever runs the tests. */
  readonly ids?: { readonly uid: number; readonly gid: number };
}

const NOBODY: TestUser = { name: "an ordinary user", ids: { uid: 65_534, gid: 65_534 } };

/** Where root runs the tests, root and an ordinary user; otherwise an ordinary user alone, oneself. */
export const USERS: readonly TestUser[] = Deno.uid() === 0
  ? [{ name: "root" }, NOBODY]
  : [{ name: NOBODY.name }];

/** Gives a folder, and everything in it, to a user. */
export async function giveTo({ ids }: TestUser, folder: string): Promise<void> {
  if (ids) await run("chown", ["-R", `${ids.uid}:${ids.gid}`, folder]);
}

export interface PublicProgram {
  readonly command: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Puts codex-dispatch where a user can run it: the sources, Deno and its cache may lie in a home that is shut. The folder is
 * removed by whoever asked for it.
 */
export async function publishProgram(user: TestUser, folder: string): Promise<PublicProgram> {
  await Deno.chmod(folder, 0o755);
  const binary = Deno.env.get("CODEX_DISPATCH_BINARY");
  if (binary !== undefined && binary !== "") {
    return { command: [await publish(await Deno.realPath(binary), folder)], variables: {} };
  }
  const deno = await publish(Deno.execPath(), folder);
  const bundle = join(folder, "bundle");
  const flags = ["--quiet", "--code-splitting", "--platform=deno", "--outdir", bundle];
  await run(Deno.execPath(), ["bundle", ...flags, join(root, "main.ts")]);
  await run("chmod", ["-R", "a+rX", bundle]);
  const cache = join(folder, "deno");
  await Deno.mkdir(cache);
  await giveTo(user, cache);
  return {
    command: [deno, "run", "--allow-all", "--quiet", "--no-config", join(bundle, "main.js")],
    variables: { DENO_NO_UPDATE_CHECK: "1", DENO_DIR: cache },
  };
}

/**
 * A file under another path, which everybody can reach: a second name of it where that can be, else a copy. It is not to be
 * written to, nor given to anybody.
 */
export async function publish(file: string, folder: string): Promise<string> {
  const real = await Deno.realPath(file);
  const target = join(folder, `public-${crypto.randomUUID().slice(0, 8)}`);
  const isOpen = ((await Deno.stat(real)).mode ?? 0) & 0o5;
  await (isOpen === 0o5 ? Deno.link(real, target) : Promise.reject()).catch(async () => {
    await Deno.copyFile(real, target);
    await Deno.chmod(target, 0o755);
  });
  return target;
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args: [...args], stdout: "null" }).output();
  if (!success) throw new Error(`"${program} ${args.join(" ")}": ${new TextDecoder().decode(stderr)}`);
}
