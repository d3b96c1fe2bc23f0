import { join, resolve } from "node:path";

const release = "0.169.0-linux-x64";
const specifier = `npm:@openai/codex@${release}`;
const override = "CODEX_DISPATCH_TEST_CODEX";
const downloadDeadlineMs = 300_000;

let found: Promise<string> | undefined;

/**
 * The absolute path of the native Codex CLI 0.169.0 (linux-x64): the binary that `CODEX_DISPATCH_TEST_CODEX` names,
 * else the one in Deno's npm cache, downloaded (167 MB) if it is not there yet. Throws if it cannot be had: tests
 * against the real codex fail then, they are never skipped.
 */
export function realCodex(): Promise<string> {
  return found ??= findCodex().then(started);
}

/** Starts it once: read off a slow disk, a program of this size takes longer than codex-dispatch waits for its version. */
async function started(codex: string): Promise<string> {
  const signal = AbortSignal.timeout(downloadDeadlineMs);
  const { success } = await new Deno.Command(codex, { args: ["--version"], stdin: "null", signal }).output();
  if (!success) throw new Error(`"${codex} --version" failed.`);
  return codex;
}

async function findCodex(): Promise<string> {
  const named = Deno.env.get(override);
  if (named !== undefined && named !== "") {
    const path = resolve(named);
    if (await isExecutable(path)) return path;
    throw new Error(
      `${override} names "${named}": no executable file at "${path}". Point it at the native codex binary, or unset it.`,
    );
  }
  const { os, arch } = Deno.build;
  if (os !== "linux" || arch !== "x86_64") {
    throw new Error(
      `The tests fetch codex for linux x86_64 only; this is ${os} ${arch}. ` +
        `Set ${override} to the path of a native codex 0.169.0 binary.`,
    );
  }
  return await cachedCodex();
}

async function cachedCodex(): Promise<string> {
  const npmCache = await npmCacheFolder();
  const path = join(
    npmCache,
    "registry.npmjs.org/@openai/codex",
    release,
    "vendor/x86_64-unknown-linux-musl/bin/codex",
  );
  // Deno unpacks into a temporary folder and renames it: a path that exists is complete.
  if (await isExecutable(path)) return path;

  await Deno.mkdir(npmCache, { recursive: true });
  using lock = await Deno.open(join(npmCache, ".codex-dispatch-tests.lock"), { create: true, write: true });
  // One download for all workers. The wait ends: the holder has a deadline, and its death frees the lock.
  await lock.lock(true);
  if (await isExecutable(path)) return path;
  await deno(["cache", "--no-config", "--no-lock", specifier]);
  if (await isExecutable(path)) return path;
  throw new Error(
    `"deno cache ${specifier}" succeeded, but there is no executable file at "${path}". ` +
      `Is another npm registry configured? ${remedy()}`,
  );
}

async function npmCacheFolder(): Promise<string> {
  const info: unknown = JSON.parse(await deno(["info", "--json", "--no-config"]));
  if (typeof info === "object" && info !== null && "npmCache" in info && typeof info.npmCache === "string") {
    return resolve(info.npmCache);
  }
  throw new Error(`"deno info --json" names no "npmCache". ${remedy()}`);
}

async function deno(args: readonly string[]): Promise<string> {
  const signal = AbortSignal.timeout(downloadDeadlineMs);
  const { success, code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { NO_COLOR: "1", DENO_NO_PACKAGE_JSON: "1" },
    stdin: "null",
    signal,
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  const command = `"deno ${args.join(" ")}"`;
  const ending = signal.aborted ? `ran past ${downloadDeadlineMs / 1000} s` : `ended with status ${code}`;
  const report = decoder.decode(stderr).trim();
  throw new Error(`No codex for the tests: ${command} ${ending}. ${remedy()}\n${report}`);
}

function remedy(): string {
  return `Run "deno cache ${specifier}" where the npm registry can be reached, or set ${override} to a native codex binary.`;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    const { isFile, mode } = await Deno.stat(path);
    return isFile && ((mode ?? 0o111) & 0o111) !== 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}
