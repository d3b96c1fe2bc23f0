import * as path from "node:path";
import { readText } from "./content.ts";
import type { Entries, Walker } from "./entry.ts";
import { Git } from "./git.ts";
import type { GitConfig } from "./git_config.ts";
import type { GitFolder } from "./git_folder.ts";
import { gitFilesIn } from "./entry_lookups.ts";
import { makeScratchRepository, scratchEnvironment } from "./scratch_repository.ts";
import { listOf } from "./nul_list.ts";
import { concatBytes } from "../base/bytes.ts";
import { encodePath, hasOddBytes, type TreePath } from "../base/tree_path.ts";

/** What git ignored before the run: the texts of all files that say so. */
export interface IgnoreRules {
  /** By path of the `.gitignore`. */
  readonly inTree: ReadonlyMap<TreePath, string>;
  readonly infoExclude: string;
  readonly globalExcludes: string;
  readonly ignoreCase: boolean;
}

/** Reads the rules as they are now. */
export async function readIgnoreRules(
  { root, entries, config, folder, environment, walker }: {
    readonly root: string;
    readonly entries: Entries;
    readonly config: GitConfig;
    readonly folder: GitFolder;
    readonly environment: Readonly<Record<string, string>>;
    readonly walker: Walker;
  },
): Promise<IgnoreRules> {
  const inTree = new Map<TreePath, string>();
  for (const [file, entry] of gitFilesIn(entries)) {
    const isRules = entry.kind === "file" && (file === ".gitignore" || file.endsWith("/.gitignore"));
    if (isRules && !hasOddBytes(file)) inTree.set(file, readText(walker, root, file) ?? "");
  }
  const home = environment["HOME"] ?? environment["USERPROFILE"] ?? "/";
  const own = path.join(environment["XDG_CONFIG_HOME"] || path.join(home, ".config"), "git", "ignore");
  const named = config.values.get("core.excludesfile")?.replace(/^~(?=\/)/, home);
  const file = await Deno.realPath(named === undefined ? own : path.resolve(root, named)).catch(() =>
    undefined
  );
  // A device may have no end.
  const isFile = file !== undefined && (await Deno.lstat(file)).isFile;
  return {
    inTree,
    infoExclude: readText(walker, folder.shared, "info/exclude") ?? "",
    globalExcludes: isFile ? readText(walker, path.dirname(file), path.basename(file)) ?? "" : "",
    ignoreCase: config.values.get("core.ignorecase") === "true",
  };
}

/**
 * Which of the paths the rules ignore, whether they exist or not; a folder ends in `/`. git itself says it, in a scratch
 * repository that holds the rules and nothing else.
 */
export async function ignoredBy(
  rules: IgnoreRules,
  paths: readonly TreePath[],
  { scratch, environment }: {
    readonly scratch: string;
    readonly environment: Readonly<Record<string, string>>;
  },
): Promise<Set<TreePath>> {
  if (paths.length === 0) return new Set();
  const folder = path.join(scratch, "ignore-rules");
  await makeScratchRepository(folder, {
    bare: false,
    settings: [
      `ignoreCase = ${rules.ignoreCase}`,
      `excludesFile = ${JSON.stringify(path.join(folder, ".git", "excludes"))}`,
    ],
  });
  await Deno.writeTextFile(path.join(folder, ".git", "excludes"), rules.globalExcludes);
  await Deno.writeTextFile(path.join(folder, ".git", "info", "exclude"), rules.infoExclude);
  for (const [file, text] of rules.inTree) {
    await Deno.mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await Deno.writeTextFile(path.join(folder, file), text);
  }
  // A rule for folders alone ("build/") asks the file system whether a path is one.
  for (const each of new Set(paths.map((name) => name.slice(0, name.lastIndexOf("/"))))) {
    if (each !== "" && !hasOddBytes(each)) {
      await Deno.mkdir(path.join(folder, each), { recursive: true }).catch(() => {});
    }
  }
  // Behind "./" no name is taken for a pattern of git's.
  const input = concatBytes(paths.flatMap((each) => [encodePath(`./${each}`), new Uint8Array(1)]));
  const git = new Git(folder, scratchEnvironment(folder, environment));
  const { code, stdout, stderr } = await git.run(["check-ignore", "-z", "--stdin"], { stdin: input });
  await Deno.remove(folder, { recursive: true });
  if (code !== 0 && code !== 1) {
    throw new Error(`git check-ignore failed: ${new TextDecoder().decode(stderr)}`);
  }
  return new Set(listOf(stdout).map((each) => each.slice("./".length)));
}
