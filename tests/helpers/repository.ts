import { dirname, join } from "node:path";
import { MACHINE_PATH } from "./lean_path.ts";

/** A small real git repository in a temporary folder. Disposing removes it, with its home. */
export interface TestRepository extends AsyncDisposable {
  /** Real path of the work tree. */
  readonly root: string;
  /** A home folder outside of the work tree: the place for packets, and for other files that are no part of it. */
  readonly home: string;
  /** A whole environment, in which nothing but PATH is the machine's own. */
  readonly env: Readonly<Record<string, string>>;
  /** Standard output of a git command that must succeed, without white space around it. */
  git(...args: string[]): Promise<string>;
  /** Writes a file of the work tree, and the folders above it. */
  write(path: string, text: string): Promise<void>;
  /** A packet for this repository. What is not given is filled in, so that the packet can be dispatched. */
  packet(fields?: PacketFields): string;
}

export interface PacketFields {
  readonly mode?: "worker" | "verifier" | "reviewer" | "synthesizer";
  readonly workdir?: string;
  readonly objective?: string;
  /** By default `src/` for a worker, and none in the other modes. */
  readonly scope?: readonly string[];
  readonly nonGoals?: readonly string[];
  readonly verification?: readonly string[];
  readonly deliverable?: readonly string[];
  /** Appended as it is: further fields, such as `CONTEXT: …`. */
  readonly more?: string;
}

/** Makes a repository with these files in its first commit, on the branch main. */
export async function makeRepository(
  files: Readonly<Record<string, string>> = { "README.md": "A repository.\n", "src/one.txt": "one\n" },
): Promise<TestRepository> {
  const base = await Deno.realPath(await Deno.makeTempDir({ prefix: "dispatch-repository-" }));
  const [root, home] = [join(base, "work tree"), join(base, "home")];
  const env = {
    PATH: MACHINE_PATH,
    HOME: home,
    XDG_STATE_HOME: join(base, "state"),
    LANG: "C.UTF-8",
  };
  const repository: TestRepository = {
    root,
    home,
    env,
    git: (...args) => runGit(args, { root, env }),
    write: (path, text) => writeFile(join(root, path), text),
    packet: (fields = {}) => renderPacket({ workdir: root, ...fields }),
    [Symbol.asyncDispose]: () => Deno.remove(base, { recursive: true }),
  };
  await writeFile(join(home, ".gitconfig"), GIT_CONFIG);
  await Deno.mkdir(root);
  await repository.git("init", "--quiet");
  for (const [path, text] of Object.entries(files)) await repository.write(path, text);
  await repository.git("add", "--all");
  await repository.git("commit", "--quiet", "--allow-empty", "--message", "first commit");
  return repository;
}

const GIT_CONFIG = `[user]
	name = Test
	email = test@example.org
[init]
	defaultBranch = main
`;

async function runGit(
  args: readonly string[],
  { root, env }: Readonly<{ root: string; env: Record<string, string> }>,
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: [...args],
    cwd: root,
    env: { ...env, GIT_CONFIG_NOSYSTEM: "1" },
    clearEnv: true,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout).trim();
  throw new Error(`"git ${args.join(" ")}" failed in "${root}": ${decoder.decode(stderr).trim()}`);
}

async function writeFile(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
}

function renderPacket(fields: PacketFields): string {
  const { mode = "worker", workdir, objective = "Do what the test says.", more } = fields;
  const { scope = mode === "worker" ? ["src/"] : ["none"], nonGoals = ["Do not add dependencies."] } = fields;
  const { verification = ["git status --short"], deliverable = ["What was done."] } = fields;
  const list = (items: readonly string[]): string => items.map((item) => `- ${item}\n`).join("");
  return [
    `MODE: ${mode}\nWORKDIR: ${workdir}\nOBJECTIVE: ${objective}\n`,
    `WRITE SCOPE:\n${list(scope)}`,
    `NON-GOALS:\n${list(nonGoals)}`,
    `VERIFICATION:\n${list(verification)}`,
    `DELIVERABLE:\n${list(deliverable)}`,
    ...(more === undefined ? [] : [`${more.trimEnd()}\n`]),
  ].join("\n");
}
