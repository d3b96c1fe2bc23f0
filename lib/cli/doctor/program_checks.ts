import * as path from "node:path";
import { type Check, fail, ok, warn } from "./finding.ts";
import { type CodexProgram, findCodex } from "../../codex/find_codex.ts";
import { codexEnvironment } from "../../codex/invocation.ts";
import { codexVersion } from "../../codex/version.ts";
import { Git } from "../../evidence/git.ts";
import { runCommand } from "../../process/run_command.ts";
import { oneLine } from "../../base/text.ts";

type Environment = Readonly<Record<string, string>>;

/** The oldest git that a dispatch was written for. */
const OLDEST_GIT = [2, 30] as const;

/** The programs that a dispatch starts. */
export function programChecks(
  { environment, codex }: { readonly environment: Environment; readonly codex: string | undefined },
): Check[] {
  let found: Promise<CodexProgram> | undefined;
  const lookUp = (): Promise<CodexProgram> => found ??= findCodex({ given: codex, environment });
  return [
    { name: "git", run: () => git(environment) },
    {
      name: "codex",
      run: async () => {
        const program = await lookUp();
        const version = await codexVersion(program, environment);
        if (version === null) {
          return fail(
            `${program.path} does not say its version`,
            "Try it by hand: codex --version. Install it anew: npm install -g @openai/codex",
          );
        }
        return ok(`codex ${version}, ${program.path}`);
      },
    },
    {
      name: "login",
      run: async () => {
        const program = await lookUp().catch(() => undefined);
        return program
          ? await login(program, environment)
          : warn("not known without codex", "Install Codex first.");
      },
    },
  ];
}

async function git(environment: Environment): ReturnType<Check["run"]> {
  const { code, stdout } = await new Git("/", environment, { deadline: 10_000 }).run(["version"]);
  const version = oneLine(new TextDecoder().decode(stdout), 80);
  if (code !== 0) return fail("git does not run", "Try it by hand: git version");
  if (isOldGit(version)) return fail(version, `Install git ${OLDEST_GIT.join(".")} or newer.`);
  return ok(version);
}

/** Whether `git version 2.29.1` and the like are too old; a form that is not known passes. Pure. */
export function isOldGit(version: string): boolean {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  if (major === undefined || minor === undefined) return false;
  return major < OLDEST_GIT[0] || (major === OLDEST_GIT[0] && minor < OLDEST_GIT[1]);
}

/** Source: `codex login status` of 0.169.0 exits 1 when not logged in, and knows nothing of CODEX_API_KEY. */
async function login(codex: CodexProgram, environment: Environment): ReturnType<Check["run"]> {
  if (environment["CODEX_API_KEY"]) return ok("CODEX_API_KEY is set; Codex takes it before any login");
  const env = codexEnvironment(environment, codex.env);
  const { code, stdout, stderr, timedOut } = await runCommand(codex.path, ["login", "status"], {
    env,
    deadline: 10_000,
  });
  const decoder = new TextDecoder();
  const said = oneLine(`${decoder.decode(stderr)} ${decoder.decode(stdout)}`, 120);
  if (code === 0) return ok(said || "logged in");
  if (timedOut) return warn("codex login status does not answer", "Try it by hand.");
  if (await hasOwnProvider(environment)) {
    return warn(
      `${said || "not logged in"}; config.toml names a provider of your own`,
      "Its key is its own affair.",
    );
  }
  const instead = environment["OPENAI_API_KEY"]
    ? " OPENAI_API_KEY is set, but codex exec does not read it."
    : "";
  return fail(said || "not logged in", `Log in: codex login. Or set CODEX_API_KEY.${instead}`);
}

async function hasOwnProvider(environment: Environment): Promise<boolean> {
  const home = environment["CODEX_HOME"] || path.join(environment["HOME"] ?? "", ".codex");
  try {
    return /^\s*model_provider\s*=/m.test(await Deno.readTextFile(path.join(home, "config.toml")));
  } catch {
    return false;
  }
}
