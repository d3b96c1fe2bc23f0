import assert from "node:assert/strict";
import { join } from "node:path";
import { endProcessesNaming, ESCAPES, escapeScript, processesNaming } from "../helpers/escapes.ts";
import { appears } from "../helpers/held_command.ts";
import { withoutTools, withTools } from "../helpers/lean_path.ts";
import { type ModelStep, scriptedModel, startModelServer } from "../helpers/model_server.ts";
import { startProgram } from "../helpers/program.ts";
import { realCodex } from "../helpers/real_codex.ts";
import { makeRepository } from "../helpers/repository.ts";
import { answerWith } from "../helpers/scripted_codex.ts";
import { giveTo, publish, publishProgram, type TestUser, USERS } from "../helpers/users.ts";
import { type Policy, PolicySchema } from "../../lib/records/policy.ts";

/** What PATH has of these decides on the supervision. */
const UTIL_LINUX = ["unshare", "setpriv"];

const SUPERVISIONS = [
  { supervision: "namespace", withPath: withTools },
  { supervision: "subreaper", withPath: withoutTools },
] as const;

/** | how the run ends, once the daemons that a command of Codex has forked run | exit | */
const ENDS = [
  { what: "the end of its turn", interrupt: false, exit: 0 },
  { what: "an interruption while the command runs", interrupt: true, exit: 143 },
] as const;

for (const user of USERS) {
  for (const { supervision, withPath } of SUPERVISIONS) {
    for (const { what, interrupt, exit } of ENDS) {
      Deno.test(`as ${user.name}, ${supervision}: what a command of the real Codex has forked does not outlive ${what}`, async () => {
        const run = await dispatch({ user, withPath, interrupt });
        assert.equal(run.code, exit, run.stderr);
        assert.deepEqual(run.left, []);
        assert.equal(run.policy.supervision, supervision);
        assert.deepEqual(run.policy.violations.map(({ kind }) => kind), interrupt ? ["interrupted"] : []);
        assert.equal(run.policy.scope_ok, true);
      });
    }
  }
}

interface Plan {
  readonly user: TestUser;
  readonly withPath: typeof withTools;
  readonly interrupt: boolean;
}

interface Ended {
  readonly code: number;
  readonly stderr: string;
  readonly policy: Policy;
  readonly left: readonly unknown[];
}

async function dispatch({ user, withPath, interrupt }: Plan): Promise<Ended> {
  await using repository = await makeRepository();
  const open = await Deno.makeTempDir();
  const folder = join(repository.home, "escapes");
  const all = join(folder, "all");
  await Deno.mkdir(folder);
  const cmd = `${escapeScript(ESCAPES, folder)}\n: >'${all}'\n${interrupt ? "sleep 300" : ":"}`;
  const steps: ModelStep[] = [{ kind: "command", cmd }, {
    kind: "answer",
    text: JSON.stringify(answerWith()),
  }];
  await using server = await startModelServer(steps);
  try {
    const packet = join(repository.home, "task.md");
    await Deno.writeTextFile(packet, repository.packet());
    const codex = user.ids ? await publish(await realCodex(), open) : await realCodex();
    const as = user.ids ? { user, program: await publishProgram(user, open) } : undefined;
    const env = await withPath(repository.env, join(repository.home, "bin"), UTIL_LINUX);
    for (const place of [join(repository.home, ".."), server.env()["CODEX_HOME"] ?? ""]) {
      await giveTo(user, place);
    }
    const config = server.codexConfig().flatMap((value) => ["--codex-config", value]);
    const args = ["--task", packet, "--force", "--model", scriptedModel, "--codex", codex, ...config];
    await using program = await startProgram(args, {
      env: { ...env, ...server.env() },
      cwd: repository.home,
      ...(as ? { as } : {}),
    });
    if (interrupt) {
      await appears(all);
      program.child.kill("SIGTERM");
    }
    const { code, stdout, stderr } = await program.outcome;
    const left = await processesNaming(folder);
    assert.ok(await Deno.stat(all).then(() => true, () => false), "the daemons were never started");
    const text = await Deno.readTextFile(join(stdout.trimEnd(), "policy.json"));
    return { code, stderr, left, policy: PolicySchema.parse(JSON.parse(text)) };
  } finally {
    await endProcessesNaming(folder);
    await Deno.remove(open, { recursive: true });
  }
}
