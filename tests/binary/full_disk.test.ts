import assert from "node:assert/strict";
import { join } from "node:path";
import { ARTIFACT_NAMES, writePacket } from "../helpers/dispatching.ts";
import { programCommand, programWords } from "../helpers/program.ts";
import { makeRepository } from "../helpers/repository.ts";
import { scriptCodex } from "../helpers/scripted_codex.ts";
import {
  dispatchOnSmallDisk,
  mounting,
  type SmallDisk,
  type SmallDiskOutcome,
} from "../helpers/small_disk.ts";
import { type Policy, PolicySchema } from "../../lib/records/policy.ts";
import { type Result, ResultSchema } from "../../lib/records/result.ts";

/** Commands that fill the small disk: to the last byte, and to the last file. */
/** Once the first events are kept: else it is a matter of luck whether they find room. */
const SETTLED =
  'until find "$DISK" -name events.jsonl -size +0c 2>/dev/null | grep -q .; do sleep 0.05; done';
const fill = (name: string): string => `cat /dev/zero >"$DISK/${name}" 2>/dev/null`;
const FILL = `${SETTLED}; ${fill("fill")}`;
const FILL_INODES = 'i=0; while : >"$DISK/fill$i"; do i=$((i+1)); done 2>/dev/null';
/** Events, whole lines, more than fit; and the same few bytes again and again would do as well. */
const LINE = '{"type":"item.completed","item":{"id":"x","type":"agent_message","text":"hello"}}';
const FLOOD = `yes '${LINE}' | head -n 400000`;

interface Case extends Omit<SmallDisk, "options"> {
  readonly what: string;
  readonly options?: string;
  readonly exit: number;
  /** Kinds of the violations. */
  readonly kinds: readonly string[];
  /** What could not be written. */
  readonly lost?: RegExp;
}

const BESIDE = { state: "beside" } as const;

const CASES: readonly Case[] = [
  {
    what: "the worker fills the disk of its tree",
    ...BESIDE,
    action: `echo x >>src/one.txt; ${FILL}`,
    exit: 0,
    kinds: [],
  },
  {
    what: "the worker fills the disk of its tree and oversteps its scope",
    ...BESIDE,
    action: `echo x >>README.md; ${FILL}`,
    exit: 3,
    kinds: ["out-of-scope"],
  },
  {
    what: "the worker uses up the disk's files",
    ...BESIDE,
    options: "size=16m,nr_inodes=400",
    action: `echo x >>src/one.txt; ${FILL_INODES}`,
    exit: 0,
    kinds: [],
  },
  {
    what: "the worker fills the disk and wrecks its own record",
    ...BESIDE,
    action: `${FILL}; rm -rf .codex-dispatch/runs/*; ${fill("fill2")}`,
    exit: 3,
    kinds: ["record-tampered"],
  },
  {
    what: "events come in floods that fit in the state folder alone",
    ...BESIDE,
    action: FLOOD,
    exit: 5,
    kinds: ["record-incomplete"],
    lost: /^events\.jsonl could not be written: No space left/,
  },
  {
    what: "a change in scope fills the disk",
    ...BESIDE,
    action: 'head -c 9000000 /dev/urandom >src/big; cat /dev/zero >"$DISK/fill"',
    exit: 5,
    kinds: ["record-incomplete"],
    lost: /^changes\.patch could not be written: No space left/,
  },
  {
    what: "the disk is that of the state folder too, and Codex finds no room for its answer",
    action: `echo x >>src/one.txt; ${FILL}`,
    exit: 5,
    kinds: ["answer-missing"],
  },
  {
    what: "the disk is that of the state folder too, and Codex oversteps its scope",
    action: `echo x >>README.md; ${FILL}`,
    exit: 3,
    kinds: ["answer-missing", "out-of-scope"],
  },
  {
    what: "the disk is that of the state folder too, and the events fill it",
    action: FLOOD,
    exit: 5,
    kinds: ["answer-missing", "record-incomplete"],
    lost: /^events\.jsonl could not be written: No space left/,
  },
];

const way = await mounting();

if (way === undefined) {
  Deno.test("no file system can be mounted here: a full disk is tried with a limit on the size of files alone", () => {
    assert.notEqual(Deno.uid(), 0, "root may mount, and could not");
  });
} else {
  for (const { what, exit, kinds, lost, options = "size=16m", ...disk } of CASES) {
    Deno.test(`${what}: exit ${exit}, and the verdict is there`, async () => {
      await using repository = await makeRepository();
      const outcome = await dispatchOnSmallDisk(way, repository, { options, ...disk });
      assert.equal(outcome.code, exit, outcome.stderr);
      const { policy, result, names } = await onlyRun(outcome);
      assert.deepEqual(
        [[...new Set(policy.violations.map(({ kind }) => kind))].sort(), policy.exit_code, result.exit_code],
        [kinds, exit, exit],
      );
      assert.deepEqual([result.accepted, policy.policy_violation], [exit === 0, exit !== 0]);
      const told = policy.violations.filter(({ kind }) => kind === "record-incomplete").map(({ detail }) =>
        detail
      );
      assert.equal(told.length, lost ? 1 : 0, told.join("\n"));
      if (lost) assert.match(told[0] ?? "", lost);
      assert.deepEqual(
        names.filter((name) => name !== "changes.patch"),
        ARTIFACT_NAMES,
      );
    });
  }

  Deno.test("a work tree that cannot be judged for want of room leaves its events, and a run that says interrupted", async () => {
    await using repository = await makeRepository({ "src/one.txt": "one\n" });
    // The rules are written down once more to be asked, which takes as much room as they do.
    await repository.write(".gitignore", "# a rule\n".repeat(400_000));
    await repository.git("add", "--all");
    await repository.git("commit", "-qm", "rules");
    const outcome = await dispatchOnSmallDisk(way, repository, {
      options: "size=24m",
      action: `echo x >src/new; ${FILL}`,
    });
    assert.equal(outcome.code, 5, outcome.stderr);
    assert.match(outcome.stderr, /could not be brought to its end: No space left .* says "interrupted"/);
    const { policy, result, names } = await onlyRun(outcome);
    assert.deepEqual([result.status, result.accepted, policy.policy_violation], ["interrupted", false, true]);
    assert.ok(names.includes("events.jsonl") && names.includes("stderr.txt"));
  });

  for (const state of ["small", "beside"] as const) {
    Deno.test(`a disk that is full before (state folder: ${state}) is refused: nothing is started, nothing is left`, async () => {
      await using repository = await makeRepository();
      const outcome = await dispatchOnSmallDisk(way, repository, {
        options: "size=16m",
        state,
        before: fill("fill"),
        args: ["--output-dir", join(repository.home, "disk", "tree", ".codex-dispatch", "runs")],
      });
      assert.deepEqual(
        [outcome.code, outcome.started, await runsIn(outcome)],
        [2, false, []],
        outcome.stderr,
      );
      assert.match(outcome.stderr, /error: .*"\/.*disk\/.*" ?.*No space left on device.* Make room/);
    });
  }

  /** | what is read-only | where the state folder is | its folder, from the disk | */
  for (
    const [what, state, folder, setting] of [
      ["the work tree", "beside", "tree", "--output-dir"],
      ["the output folder", "beside", "out", "--output-dir"],
      ["the state folder", "small", "state", "XDG_STATE_HOME"],
    ] as const
  ) {
    Deno.test(`${what} is read-only: refused before Codex starts, with the remedy`, async () => {
      await using repository = await makeRepository();
      const args = folder === "out" ? ["--output-dir", join(repository.home, "disk", "out")] : [];
      const outcome = await dispatchOnSmallDisk(way, repository, {
        options: "size=16m",
        state,
        args,
        before:
          `mkdir -p "$DISK/out" "$DISK/tree/.codex-dispatch/runs" "$DISK/state/codex-dispatch"; printf '*\\n' >"$DISK/tree/.codex-dispatch/.gitignore"
          mount --bind "$DISK/${folder}" "$DISK/${folder}" && mount -o remount,ro,bind "$DISK/${folder}" || exit 97`,
      });
      assert.deepEqual(
        [outcome.code, outcome.started, await runsIn(outcome)],
        [2, false, []],
        outcome.stderr,
      );
      assert.match(outcome.stderr, new RegExp(`Read-only file system.*${setting}`));
    });
  }
}

Deno.test("events beyond the size that a file may have are let go, and the verdict says so", async () => {
  await using repository = await makeRepository();
  const codex = await scriptCodex(repository, { action: `yes '${LINE}' | head -n 100000` });
  const file = await writePacket(repository, repository.packet());
  const { variables } = await programCommand();
  const words = await programWords(["--task", file, "--codex", codex, "--force"], repository.env);
  const line = words.map((word) => `'${word}'`).join(" ");
  // 4 MiB, in blocks of 512 bytes.
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", `trap '' XFSZ; ulimit -f 8192; ${line}`],
    cwd: "/",
    env: { ...variables, ...repository.env },
    clearEnv: true,
    stdin: "null",
  }).output();
  assert.equal(code, 5, new TextDecoder().decode(stderr));
  const runDir = new TextDecoder().decode(stdout).trim();
  const policy = PolicySchema.parse(JSON.parse(await Deno.readTextFile(join(runDir, "policy.json"))));
  assert.deepEqual(policy.violations.map(({ kind }) => kind), ["record-incomplete"]);
  assert.match(policy.violations[0]?.detail ?? "", /^events\.jsonl could not be written: File too large/);
  assert.equal((await Deno.stat(join(runDir, "events.jsonl"))).size, 4 * 1024 * 1024);
});

async function runsIn({ runs }: SmallDiskOutcome): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(runs))).map(({ name }) => name);
}

async function onlyRun(
  outcome: SmallDiskOutcome,
): Promise<{ policy: Policy; result: Result; names: string[] }> {
  const [name = "", ...others] = await runsIn(outcome);
  assert.deepEqual(others, []);
  const folder = join(outcome.runs, name);
  const read = async (file: string): Promise<unknown> =>
    JSON.parse(await Deno.readTextFile(join(folder, file)));
  return {
    policy: PolicySchema.parse(await read("policy.json")),
    result: ResultSchema.parse(await read("result.json")),
    names: [...Deno.readDirSync(folder)].map((entry) => entry.name).sort(),
  };
}
