/** Finds what main.ts is built from, and under which licences. */
import * as path from "node:path";
import type { Licence } from "../lib/cli/build_info.ts";
import { VERSION } from "../lib/cli/version.ts";
import { ROOT } from "./run_deno.ts";

/**
 * The licences of codex-dispatch, of the Deno that it runs on, and of every npm package that main.ts loads, by itself or by
 * way of another.
 *
 * @throws Error where a package names no licence or brings no text of it: such a one is not to be shipped
 */
export async function collectLicences(): Promise<Licence[]> {
  const graph: Graph = await readDenoInfo(path.join(ROOT, "main.ts"));
  const { npmCache }: Caches = await readDenoInfo();
  const loaded = graph.modules.map(({ specifier }) => specifier).filter((name) => name.startsWith("npm:/"));
  const packages = await Promise.all(
    namePackages(loaded, graph.npmPackages).map((of) => readLicence(of, npmCache)),
  );
  return [
    { name: "codex-dispatch", version: VERSION, licence: "MIT", text: await readText("LICENSE") },
    {
      name: "deno",
      version: Deno.version.deno,
      licence: "MIT",
      text: await readText(path.join("scripts", "deno_licence.txt")),
    },
    ...packages,
  ];
}

interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** Keys of the same table. */
  readonly dependencies: readonly string[];
  readonly registryUrl: string;
}

/** The part that is used of what `deno info --json main.ts` prints. */
interface Graph {
  readonly modules: readonly { readonly specifier: string }[];
  readonly npmPackages: Readonly<Record<string, NpmPackage>>;
}

/** The part that is used of what `deno info --json` prints. */
interface Caches {
  readonly npmCache: string;
}

async function readDenoInfo<Info>(...of: string[]): Promise<Info> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", ...of],
    cwd: ROOT,
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`"deno info --json ${of.join(" ")}" failed.`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/**
 * The packages behind `npm:/name@version/path` specifiers, with those that they depend on, by name.
 *
 * @param table all packages that the lock file knows
 */
export function namePackages(
  specifiers: readonly string[],
  table: Readonly<Record<string, NpmPackage>>,
): NpmPackage[] {
  const found = new Map<string, NpmPackage>();
  const add = (key: string): void => {
    const known = table[key];
    if (!known) throw new Error(`"deno info" names the package "${key}" and does not describe it.`);
    if (found.has(key)) return;
    found.set(key, known);
    known.dependencies.forEach(add);
  };
  for (const specifier of specifiers) {
    const [, name, version] = /^npm:\/((?:@[^/]+\/)?[^@/]+)@([^/]+)/.exec(specifier) ?? [];
    const keys = Object.entries(table).filter(([, of]) => of.name === name && of.version === version);
    add(keys[0]?.[0] ?? specifier);
  }
  return [...found.values()].sort((a, b) => a.name < b.name ? -1 : 1);
}

async function readLicence({ name, version, registryUrl }: NpmPackage, cache: string): Promise<Licence> {
  const folder = path.join(cache, new URL(registryUrl).hostname, name, version);
  const { license } = JSON.parse(await Deno.readTextFile(path.join(folder, "package.json")));
  const files = [...Deno.readDirSync(folder)].map((entry) => entry.name);
  const file = files.find((candidate) => /^licen[cs]e(\.md|\.txt)?$/i.test(candidate));
  if (typeof license !== "string" || file === undefined) {
    throw new Error(`The package "${name}@${version}" names no licence, or brings no text of it.`);
  }
  return { name, version, licence: license, text: await Deno.readTextFile(path.join(folder, file)) };
}

async function readText(file: string): Promise<string> {
  return await Deno.readTextFile(path.join(ROOT, file));
}
