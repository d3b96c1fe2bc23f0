import * as path from "node:path";
import { identifyAt } from "./content.ts";
import type { Walker } from "./entry.ts";
import type { GitConfig } from "./git_config.ts";
import type { GitFolder } from "./git_folder.ts";
import { isInside } from "../base/is_inside.ts";

/**
 * What tells the files outside of the repository that steer git from others in their place: the user's own settings, what they
 * name, and hooks that are kept elsewhere.
 */
export async function readGlobalConfig(
  { config, root, folder, environment, walker }: {
    readonly config: GitConfig;
    readonly root: string;
    /** What lies in it is told by the repository's state. */
    readonly folder: GitFolder;
    readonly environment: Readonly<Record<string, string>>;
    readonly walker: Walker;
  },
): Promise<Map<string, string>> {
  const home = environment["HOME"] ?? environment["USERPROFILE"] ?? "/";
  const own = globalGitFolder(environment);
  const absolute = (file: string): string => path.resolve(root, file.replace(/^~(?=\/)/, home));
  const named = ["core.excludesfile", "core.attributesfile"].flatMap((key) => config.values.get(key) ?? []);
  // Our own git takes no GIT_*; Codex's has these, and writes there with --global and --system.
  const instead = ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"].flatMap((name) => environment[name] || []);
  const hooks = config.values.get("core.hookspath");
  const candidates = [
    path.join(home, ".gitconfig"),
    ...["config", "ignore", "attributes"].map((name) => path.join(own, name)),
    ...[...config.files, ...named, ...instead].map(absolute),
    // In the tree they are part of it.
    ...hooks === undefined || isInside(absolute(hooks), root)
      ? []
      : HOOKS.map((name) => path.join(absolute(hooks), name)),
  ];
  const identities = new Map<string, string>();
  for (const file of new Set(candidates)) {
    // Dotfiles are often links into a repository: what counts is what git reads.
    const real = await Deno.realPath(file).catch(() => file);
    if (real.startsWith(`${folder.shared}/`)) continue;
    const label = file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file;
    identities.set(label, identifyAt(walker, real));
  }
  return identities;
}

/** Where git looks for the user's own settings, beside `~/.gitconfig`. */
export function globalGitFolder(environment: Readonly<Record<string, string>>): string {
  const home = environment["HOME"] ?? environment["USERPROFILE"] ?? "/";
  return path.join(environment["XDG_CONFIG_HOME"] || path.join(home, ".config"), "git");
}

/** What git runs from a folder of hooks. Source: githooks(5). */
const HOOKS: readonly string[] = [
  "applypatch-msg",
  "pre-applypatch",
  "post-applypatch",
  "pre-commit",
  "pre-merge-commit",
  "prepare-commit-msg",
  "commit-msg",
  "post-commit",
  "pre-rebase",
  "post-checkout",
  "post-merge",
  "pre-push",
  "pre-receive",
  "update",
  "proc-receive",
  "post-receive",
  "post-update",
  "reference-transaction",
  "push-to-checkout",
  "pre-auto-gc",
  "post-rewrite",
  "sendemail-validate",
  "fsmonitor-watchman",
  "p4-changelist",
  "p4-prepare-changelist",
  "p4-post-changelist",
  "p4-pre-submit",
  "post-index-change",
];
