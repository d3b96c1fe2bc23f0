import * as path from "node:path";
import { codesOf } from "../../evidence/clean_in_index.ts";
import type { Git } from "../../evidence/git.ts";
import { filterNames, type GitConfig } from "../../evidence/git_config.ts";
import type { GitFolder } from "../../evidence/git_folder.ts";
import type { Index, IndexEntry } from "../../evidence/git_index.ts";
import { listOf } from "../../evidence/nul_list.ts";
import type { Status } from "../../evidence/status.ts";
import { encodePath, type TreePath } from "../../base/tree_path.ts";
import type { IndexStat } from "./copier.ts";
import { type IndexRecord, renderIndex } from "./render_index.ts";
import type { PlannedRepository } from "./work_tree.ts";

/**
 * Makes a repository for a copy of a work tree: the same HEAD, refs and index, objects borrowed from the original's store,
 * and of its settings those that say what content means and who commits. No hook, filter, alias, remote address or program of
 * the original gets in, and of the user's own none that would run by itself.
 */
export async function makeBorrowedRepository(
  original: PlannedRepository,
  { root, target, statOf }: {
    /** The root of the work tree that is copied, and of its copy: a setting may name a file there. */
    readonly root: string;
    readonly target: string;
    /** The numbers of a file whose content is known to be the index's. */
    readonly statOf: (file: TreePath) => IndexStat | undefined;
  },
): Promise<void> {
  const { prefix, git, folder, config, index, status } = original;
  const gitFolder = path.join(target, prefix, ".git");
  for (const name of ["objects/info", "objects/pack", "refs/heads", "refs/tags", "info"]) {
    await Deno.mkdir(path.join(gitFolder, name), { recursive: true, mode: 0o700 });
  }
  const write = (name: string, text: string): Promise<void> =>
    Deno.writeFile(path.join(gitFolder, name), encodePath(text), { createNew: true });
  const hash = config.values.get("extensions.objectformat") === "sha256" ? "sha256" : "sha1";
  await write("config", renderSettings(borrowedSettings(config, { root, target, hash })));
  await write("objects/info/alternates", `${quoteLine(path.join(folder.shared, "objects"))}\n`);
  await copyStateFiles(folder, gitFolder);
  await writeRefs(git, { status, gitFolder, write });
  const records = indexRecords(index, { status, unborn: await intentsToAdd(git, index, status), statOf });
  await Deno.writeFile(path.join(gitFolder, "index"), renderIndex(records, { hash }), { createNew: true });
}

/** A path in a list that ends lines with a newline. Source: gitrepository-layout(5), objects/info/alternates. */
function quoteLine(text: string): string {
  return /[\n"]/.test(text) ? `"${text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"` : text;
}

/** What git keeps beside refs and index that says how history and tree are to be read, and a merge that goes on. */
const STATE_FILES: readonly (readonly [side: keyof Omit<GitFolder, "identity">, name: string])[] = [
  ["shared", "shallow"],
  ["shared", "info/exclude"],
  ["shared", "info/attributes"],
  ["own", "info/sparse-checkout"],
  ["own", "MERGE_HEAD"],
  ["own", "MERGE_MODE"],
  ["own", "MERGE_MSG"],
  ["own", "CHERRY_PICK_HEAD"],
  ["own", "REVERT_HEAD"],
];

async function copyStateFiles(folder: GitFolder, gitFolder: string): Promise<void> {
  for (const [side, name] of STATE_FILES) {
    const file = path.join(folder[side], name);
    const isFile = await Deno.lstat(file).then((info) => info.isFile, () => false);
    if (isFile) await Deno.copyFile(file, path.join(gitFolder, name));
  }
}

async function writeRefs(
  git: Git,
  { status, gitFolder, write }: {
    readonly status: Status;
    readonly gitFolder: string;
    readonly write: (name: string, text: string) => Promise<void>;
  },
): Promise<void> {
  const head = await git.run(["symbolic-ref", "-q", "HEAD"]);
  const [branch] = head.code === 0 ? listOf(head.stdout) : [];
  await write("HEAD", branch === undefined ? `${status.head ?? ""}\n` : `ref: ${branch.trimEnd()}\n`);
  const format = "%(objectname) %(refname)%00%(symref)%00";
  const fields = listOf(await git.read(["for-each-ref", `--format=${format}`]));
  const packed: string[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [line = "", symbolic = ""] = [(fields[i] ?? "").trimStart(), fields[i + 1]];
    if (symbolic === "") packed.push(`${line}\n`);
    else {
      const name = line.slice(line.indexOf(" ") + 1);
      await Deno.mkdir(path.join(gitFolder, path.dirname(name)), { recursive: true });
      await write(name, `ref: ${symbolic}\n`);
    }
  }
  if (packed.length > 0) await write("packed-refs", packed.join(""));
}

/**
 * Paths in the index by `git add --intent-to-add`. Git's status tells them by a file that is added in the tree; where the
 * file is gone, they are the empty ones that HEAD has not.
 */
async function intentsToAdd(git: Git, index: Index, status: Status): Promise<Set<TreePath>> {
  const intents = new Set<TreePath>();
  const doubtful: TreePath[] = [];
  for (const { path: file, code } of status.entries) {
    if (code[1] === "A" && index.has(file)) intents.add(file);
    if (code === " D" && EMPTY_BLOBS.has(index.get(file)?.object ?? "")) doubtful.push(file);
  }
  if (doubtful.length === 0) return intents;
  const args = ["ls-tree", "-r", "-z", "--name-only", "HEAD"];
  const inHead = new Set(status.head === null ? [] : listOf(await git.read(args)));
  for (const file of doubtful) if (!inHead.has(file)) intents.add(file);
  return intents;
}

/** The id of the empty blob, in SHA-1 and in SHA-256. */
const EMPTY_BLOBS = new Set([
  "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
  "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
]);

function indexRecords(
  index: Index,
  { status, unborn, statOf }: {
    readonly status: Status;
    readonly unborn: ReadonlySet<TreePath>;
    readonly statOf: (file: TreePath) => IndexStat | undefined;
  },
): IndexRecord[] {
  const codes = codesOf(status);
  return [...index].map(([key, entry]) => {
    const [file = "", stage = "0"] = key.split("\0");
    return {
      path: file,
      stage: Number(stage),
      mode: entry.mode,
      object: entry.object,
      assumeUnchanged: entry.tag !== entry.tag.toUpperCase(),
      skipWorktree: entry.tag.toUpperCase() === "S",
      intentToAdd: unborn.has(file),
      stat: isUnchanged(entry, codes.get(file)) ? statOf(file) : undefined,
    };
  });
}

/** Whether git holds the file for what the index says. Only then may the index say that it knows the file. */
function isUnchanged({ tag, mode }: IndexEntry, code: string | undefined): boolean {
  return tag === "H" && mode !== "160000" && (code === undefined || code[1] === " ");
}

/** Settings of the original that say what content and names mean, and who commits. */
const BORROWED = new RegExp(
  "^(?:core\\.(?:autocrlf|eol|safecrlf|checkroundtripencoding|filemode|symlinks|ignorecase|precomposeunicode|" +
    "protecthfs|protectntfs|sparsecheckout|sparsecheckoutcone|bigfilethreshold|excludesfile|attributesfile)|" +
    "i18n\\.commitencoding|diff\\.ignoresubmodules|(?:user|author|committer)\\.(?:name|email)|" +
    "branch\\..*\\.(?:remote|merge)|remote\\..*\\.fetch|submodule\\..*\\.(?:active|ignore))$",
  "s",
);

function borrowedSettings(
  { values }: GitConfig,
  { root, target, hash }: { readonly root: string; readonly target: string; readonly hash: string },
): [key: string, value: string][] {
  const settings: [string, string][] = [
    ["core.repositoryformatversion", hash === "sha256" ? "1" : "0"],
    ...(hash === "sha256" ? [["extensions.objectformat", hash] satisfies [string, string]] : []),
    ["core.bare", "false"],
    ["core.hookspath", "/dev/null"],
    ["core.fsmonitor", "false"],
    ["core.untrackedcache", "false"],
    // Nothing goes on in the background that would hold up the removal.
    ["gc.auto", "0"],
    ["maintenance.auto", "false"],
  ];
  for (const [key, value] of values) {
    if (!BORROWED.test(key)) continue;
    const isFile = key === "core.excludesfile" || key === "core.attributesfile";
    settings.push([key, isFile ? relocate(value, { root, target }) : value]);
  }
  for (const key of values.keys()) {
    const module = /^submodule\.(.*)\.url$/s.exec(key)?.[1];
    if (module !== undefined) settings.push([`submodule.${module}.active`, "true"]);
  }
  for (const name of filterNames({ values, files: [] })) {
    for (const part of ["clean", "smudge", "process"]) settings.push([`filter.${name}.${part}`, ""]);
    settings.push([`filter.${name}.required`, "false"]);
  }
  return settings;
}

/** A file that a setting names, which may be one of the tree. */
function relocate(
  file: string,
  { root, target }: { readonly root: string; readonly target: string },
): string {
  if (file.startsWith("~")) return file;
  const absolute = path.resolve(root, file);
  return absolute.startsWith(`${root}/`) ? target + absolute.slice(root.length) : absolute;
}

/** Source of the form: git-config(1), "Syntax". */
function renderSettings(settings: readonly (readonly [key: string, value: string])[]): string {
  return settings.map(([key, value]) => {
    const [first, last] = [key.indexOf("."), key.lastIndexOf(".")];
    const name = first === last ? "" : ` "${key.slice(first + 1, last).replace(/["\\]/g, "\\$&")}"`;
    const text = value.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
    return `[${key.slice(0, first)}${name}]\n\t${key.slice(last + 1)} = "${text}"\n`;
  }).join("");
}
