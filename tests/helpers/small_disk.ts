import { join } from "node:path";
import { writePacket } from "./dispatching.ts";
import { programCommand, programWords } from "./program.ts";
import type { PacketFields, TestRepository } from "./repository.ts";
import { scriptCodex } from "./scripted_codex.ts";
import { shellQuoted } from "../../lib/base/shell_quoted.ts";

export interface SmallDisk {
  /** Options of tmpfs, such as `size=8m`. */
  readonly options: string;
  /** Where the state folder is: on the small disk with the tree, or beside it. */
  readonly state?: "small" | "beside";
  /** Shell commands of Codex; `$DISK` is the small disk. */
  readonly action?: string;
  readonly packet?: PacketFields;
  /** Shell commands before the dispatch. */
  readonly before?: string;
  readonly args?: readonly string[];
}

export interface SmallDiskOutcome {
  readonly code: number;
  readonly stderr: string;
  /** What stood in the folder of the runs afterwards: a folder for each run. */
  readonly runs: string;
  readonly started: boolean;
}

/** How a file system of one's own is mounted here; undefined where that is not allowed. */
export async function mounting(): Promise<readonly string[] | undefined> {
  const ways = Deno.uid() === 0 ? [["unshare", "-m"], ["unshare", "-Urm"]] : [["unshare", "-Urm"]];
  for (const way of ways) {
    const script = 'd=$(mktemp -d) && mount -t tmpfs -o size=1m tmpfs "$d"';
    const [program = "", ...args] = way;
    const command = new Deno.Command(program, { args: [...args, "sh", "-c", script], stderr: "null" });
    if (await command.output().then(({ success }) => success, () => false)) return way;
  }
  return undefined;
}

/** Dispatches a packet in a copy of the repository on a file system that is small, and saves what there is afterwards. */
export async function dispatchOnSmallDisk(
  way: readonly string[],
  repository: TestRepository,
  { options, state = "small", action = ":", packet = {}, before = "", args = [] }: SmallDisk,
): Promise<SmallDiskOutcome> {
  const [disk, saved] = [join(repository.home, "disk"), join(repository.home, "saved")];
  for (const folder of [disk, saved]) await Deno.mkdir(folder);
  const codex = await scriptCodex(repository, {
    action: `touch "${saved}/started"; DISK='${disk}'; ${action}`,
  });
  const file = await writePacket(repository, repository.packet({ workdir: join(disk, "tree"), ...packet }));
  const { variables } = await programCommand();
  const words = await programWords(["--task", file, "--codex", codex, "--force", ...args], repository.env);
  const line = words.map(shellQuoted).join(" ");
  const script = `DISK='${disk}'; mount -t tmpfs -o ${options} tmpfs "$DISK" || exit 99
    cp -a '${repository.root}' "$DISK/tree" || exit 98
    mkdir "$DISK/state"
    ${before}
    XDG_STATE_HOME=${
    state === "small" ? '"$DISK/state"' : shellQuoted(join(repository.home, "state"))
  } ${line} \\
      >'${saved}/stdout' 2>'${saved}/stderr'
    echo $? >'${saved}/status'
    cp -a "$DISK/tree/.codex-dispatch/runs" '${saved}/runs' 2>/dev/null || mkdir '${saved}/runs'`;
  const [program = "", ...before_] = way;
  const { code, stderr } = await new Deno.Command(program, {
    args: [...before_, "sh", "-c", script],
    cwd: "/",
    env: { ...variables, ...repository.env },
    clearEnv: true,
    stdin: "null",
  }).output();
  const read = (name: string): Promise<string> => Deno.readTextFile(join(saved, name));
  if (code !== 0) throw new Error(`status ${code}: ${new TextDecoder().decode(stderr)}`);
  return {
    code: Number(await read("status")),
    stderr: await read("stderr"),
    runs: join(saved, "runs"),
    started: await Deno.lstat(join(saved, "started")).then(() => true, () => false),
  };
}
