import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { writePacket } from "../helpers/dispatching.ts";
import { endProcessesNaming, ESCAPES, escapeScript, processesNaming } from "../helpers/escapes.ts";
import { appears } from "../helpers/held_command.ts";
import { withoutTools, withTools } from "../helpers/lean_path.ts";
import { type ProgramOptions, startProgram } from "../helpers/program.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";
import { scriptCodex } from "../helpers/scripted_codex.ts";
import { giveTo, publishProgram, type TestUser, USERS } from "../helpers/users.ts";
import { type Policy, PolicySchema } from "../../lib/records/policy.ts";

/** What PATH has of these decides on the supervision. */
const UTIL_LINUX = ["unshare", "setpriv"];

const SUPERVISIONS = [
  { supervision: "namespace", withPath: withTools },
  { supervision: "subreaper", withPath: withoutTools },
] as const;

/** | what Codex does once all of its escapes run | what is done to codex-dispatch | exit | */
const ENDS = [
  { what: "a normal end", then: ":", signal: undefined, exit: 0 },
  { what: "an interruption", then: "sleep 60", signal: "SIGTERM", exit: 143 },
  { what: "the death of codex-dispatch", then: "sleep 60", signal: "SIGKILL", exit: 137 },
] as const;

for (const user of USERS) {
  for (const { supervision, withPath } of SUPERVISIONS) {
    for (const { what, then, signal, exit } of ENDS) {
      Deno.test(`as ${user.name}, ${supervision}: nothing that Codex started outlives ${what}`, async () => {
        await using scene = await makeScene(user, withPath);
        const escapes = escapeScript(ESCAPES, scene.folder);
        const all = join(scene.folder, "all");
        const run = await scene.start(`id -u >"$HOME/uid"\n${escapes}\n: >'${all}'\n${then}`);
        if (signal !== undefined) {
          await appears(all);
          run.child.kill(signal);
        }
        const { code, stderr } = await run.outcome;
        // Only a wrapper that was killed cannot see to it that they are gone before it ends.
        for (let tries = 0; signal === "SIGKILL" && tries < 250; tries++) {
          if ((await processesNaming(scene.folder)).length === 0) break;
          await delay(20);
        }
        assert.deepEqual(await processesNaming(scene.folder), []);
        assert.equal(code, exit, stderr);
        const policy = await scene.policy();
        assert.equal(policy.supervision, supervision);
        assert.equal(policy.policy_violation, exit !== 0);
        assert.deepEqual(policy.violations.map(({ kind }) => kind), exit === 0 ? [] : ["interrupted"]);
        const uid = Number(await Deno.readTextFile(join(scene.repository.home, "uid")));
        assert.equal(uid, user.ids?.uid ?? Deno.uid());
      });
    }
  }

  Deno.test(`as ${user.name}: a process that became another user's is a survivor, or was none`, async () => {
    await using scene = await makeScene(user, withoutTools);
    const other = join(scene.folder, "become-another");
    // Root makes a program for it; whoever is not root cannot, and then nobody becomes anybody.
    await Deno.copyFile(await Deno.realPath("/usr/bin/env"), other);
    if (user.ids) {
      await Deno.copyFile(await Deno.realPath("/usr/bin/setpriv"), other);
      await Deno.chmod(other, 0o4755);
    }
    const become = user.ids ? `'${other}' --reuid=0 --regid=0 --clear-groups` : "";
    const flag = join(scene.folder, "became");
    const run = await scene.start(
      `${become} sh -c 'id -u >"$0"; while :; do sleep 0.1; done' '${flag}' &\n` +
        `while [ ! -s '${flag}' ]; do sleep 0.01; done`,
    );
    const { code, stderr } = await run.outcome;
    const became = user.ids !== undefined && (await Deno.readTextFile(flag)).trim() === "0";
    const policy = await scene.policy();
    assert.deepEqual([code, policy.scope_ok], became ? [3, false] : [0, true], stderr);
    assert.deepEqual(policy.violations.map(({ kind }) => kind), became ? ["survivor"] : []);
    const left = await processesNaming(scene.folder);
    assert.equal(left.length, became ? 1 : 0);
    if (became) {
      assert.match(
        policy.violations[0]?.detail ?? "",
        new RegExp(`^Process ${left[0]?.pid} could not be ended`),
      );
      assert.ok(policy.violations[0]?.detail.includes("while :; do sleep"));
    }
  });
}

interface Scene extends AsyncDisposable {
  readonly repository: TestRepository;
  /** Processes that name it in their command line are ended with the scene. */
  readonly folder: string;
  /** Dispatches to a Codex that does this. */
  readonly start: (action: string) => ReturnType<typeof startProgram>;
  readonly policy: () => Promise<Policy>;
}

async function makeScene(user: TestUser, withPath: typeof withTools): Promise<Scene> {
  const repository = await makeRepository();
  const open = await Deno.makeTempDir();
  const folder = join(repository.home, "escapes");
  await Deno.mkdir(folder);
  const env = await withPath(repository.env, join(repository.home, "bin"), UTIL_LINUX);
  const packet = await writePacket(repository, repository.packet());
  const as = user.ids ? { user, program: await publishProgram(user, open) } : undefined;
  await giveTo(user, join(repository.home, ".."));
  const options: ProgramOptions = {
    env,
    cwd: repository.home,
    ...(as ? { as } : {}),
  };
  return {
    repository,
    folder,
    start: async (action) => {
      const codex = await scriptCodex(repository, { action });
      return await startProgram(["--task", packet, "--codex", codex, "--force"], options);
    },
    policy: async () => {
      const runs = join(repository.root, ".codex-dispatch/runs");
      const [run] = await Array.fromAsync(Deno.readDir(runs));
      const text = await Deno.readTextFile(join(runs, run?.name ?? "", "policy.json"));
      return PolicySchema.parse(JSON.parse(text));
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await endProcessesNaming(folder);
      await repository[Symbol.asyncDispose]();
      await Deno.remove(open, { recursive: true });
    },
  };
}
