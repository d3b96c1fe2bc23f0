import * as path from "node:path";
import { type Bar, type Bench, type Row } from "../bar.ts";
import { figuresOf } from "../compare.ts";
import { makeRepository } from "../make_repository.ts";
import { prepareDispatch } from "../prepare_dispatch.ts";
import { writeCodex } from "../write_codex.ts";

/** Bar 8: how soon after its deadline a run is over. */
export const ending: Bar = { number: 8, rounds: 9, measure };

/** The heartbeat of the runs. Milliseconds. */
const HEARTBEAT = 1_000;

/**
 * Two processes that write down the time without end, one of them in a session of its own and without a parent, and both deaf to
 * SIGTERM; then one event, the last sign of life.
 */
const WORK = `beat='trap "" TERM HUP INT; while :; do date +%s%N >>"$0"; done'
sh -c "$beat" "$here/beats" &
(setsid sh -c "$beat" "$here/beats" &)
while [ ! -s "$here/beats" ]; do sleep 0.01; done
trap '' TERM
date +%s%N >"$here/spoke"
echo '{"type":"turn.started"}'
while :; do sleep 1; done`;

/** By which programs are on PATH, a supervision comes about. */
const WAYS = [
  { supervision: "namespace", missing: [] },
  { supervision: "subreaper", missing: ["unshare", "setpriv"] },
] as const;

async function* measure(bench: Bench): AsyncGenerator<Row> {
  if (Deno.build.os !== "linux") {
    yield { kind: "left-out", what: "the end", why: "what still runs is read off /proc, which is Linux's." };
    return;
  }
  for (const { supervision, missing } of WAYS) {
    const folder = path.join(bench.folder, supervision);
    const repository = path.join(folder, "repository");
    await makeRepository(repository, { files: 100, env: bench.env });
    const codex = path.join(folder, "codex");
    await writeCodex(codex, { work: WORK });
    const { dispatch } = await prepareDispatch({ ...bench, folder }, { repository, codex });
    const env = { ...bench.env, PATH: await pathWithout(missing, path.join(folder, "bin")) };
    const ends: End[] = [];
    // The first fills the caches.
    for (let round = 0; round <= bench.rounds; round++) {
      const end = await endOf([...dispatch, "--heartbeat-sec", String(HEARTBEAT / 1000)], {
        folder,
        repository,
        env,
      });
      if (round > 0) ends.push(end);
    }
    yield row(
      `${supervision}: from the deadline to the last process gone`,
      ends.map(({ gone }) => gone),
      150,
    );
    yield row(`${supervision}: from there to the exit of codex-dispatch`, ends.map(({ exit }) => exit), 100);
    const survivors = ends.reduce((sum, each) => sum + each.survivors, 0);
    yield {
      kind: "measured",
      what: `${supervision}: survivors of ${ends.length} runs`,
      ours: String(survivors),
      floor: "–",
      value: String(survivors),
      bar: "0",
      held: survivors === 0,
    };
  }
}

interface End {
  /** Milliseconds both. */
  readonly gone: number;
  readonly exit: number;
  readonly survivors: number;
}

async function endOf(
  [program, ...args]: readonly string[],
  { folder, repository, env }: {
    readonly folder: string;
    readonly repository: string;
    readonly env: Readonly<Record<string, string>>;
  },
): Promise<End> {
  for (const name of ["beats", "spoke"]) await Deno.remove(path.join(folder, name)).catch(() => {});
  const { code, stderr } = await new Deno.Command(program ?? "", {
    args: [...args],
    cwd: repository,
    env: { ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  const over = Date.now();
  const survivors = processesNaming(folder);
  for (const pid of survivors) Deno.kill(pid, "SIGKILL");
  if (code !== 5) {
    throw new Error(`A run ended with ${code} instead of 5: ${new TextDecoder().decode(stderr)}`);
  }
  const spoke = milliseconds(await Deno.readTextFile(path.join(folder, "spoke")));
  const beats = (await Deno.readTextFile(path.join(folder, "beats"))).trimEnd().split("\n");
  const last = Math.max(...beats.slice(-20).map(milliseconds).filter((each) => each > 0));
  await Deno.remove(path.join(repository, ".codex-dispatch"), { recursive: true });
  return { gone: last - spoke - HEARTBEAT, exit: over - last, survivors: survivors.length };
}

/** Of nanoseconds since 1970, as `date` prints them; NaN for a line that was cut short. */
function milliseconds(nanoseconds: string): number {
  return /^\d{19}$/.test(nanoseconds.trim()) ? Number(nanoseconds.trim().slice(0, 16)) / 1000 : NaN;
}

function processesNaming(folder: string): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => {
    try {
      return pid > 0 && Deno.readTextFileSync(`/proc/${pid}/cmdline`).includes(`${folder}/beats`);
    } catch {
      return false;
    }
  });
}

/** PATH with the same programs but for these. */
async function pathWithout(missing: readonly string[], folder: string): Promise<string> {
  await Deno.mkdir(folder);
  for (const place of (Deno.env.get("PATH") ?? "").split(":")) {
    for (const { name } of await Array.fromAsync(Deno.readDir(place)).catch(() => [])) {
      if (!missing.includes(name)) {
        await Deno.symlink(path.join(place, name), path.join(folder, name)).catch(() => {});
      }
    }
  }
  return folder;
}

function row(what: string, seen: readonly number[], bar: number): Row {
  const { median, least, most } = figuresOf(seen);
  const ours = `${median.toFixed(0)} ms (${least.toFixed(0)}–${most.toFixed(0)})`;
  return {
    kind: "measured",
    what,
    ours,
    floor: "–",
    value: `${median.toFixed(0)} ms`,
    bar: `≤ ${bar} ms`,
    held: median <= bar,
  };
}
