import { setTimeout as delay } from "node:timers/promises";

/** A way in which a process gets out of its parent's sight. */
export interface Escape {
  readonly what: string;
  /** A line of sh that starts it; `$1` is the file that it makes as soon as it runs. */
  readonly line: string;
  /** It can be found by its parent or its group, also by who only looks at the list of processes. */
  readonly inSight: boolean;
}

const LOOP = `': >"$0"; while :; do sleep 0.1; done'`;
const STUBBORN = `'trap "" TERM HUP INT; : >"$0"; while :; do sleep 0.1; done'`;

export const ESCAPES: readonly Escape[] = [
  { what: "a plain child", line: `sh -c ${LOOP} "$1" &`, inSight: true },
  { what: "a session of its own", line: `setsid sh -c ${LOOP} "$1" &`, inSight: true },
  {
    what: "a session and a double fork",
    line: `(setsid sh -c '(sh -c "$0" "$1" &)' ${LOOP} "$1" &)`,
    inSight: false,
  },
  {
    what: "the same with an empty environment",
    line: `(setsid env -i sh -c '(sh -c "$0" "$1" &)' ${LOOP} "$1" &)`,
    inSight: false,
  },
  {
    what: "one that ignores every signal it can",
    line: `(trap '' TERM HUP INT; setsid sh -c ${STUBBORN} "$1" &)`,
    inSight: false,
  },
  {
    what: "one that forks itself anew, again and again",
    line: `(setsid sh -c "$AGAIN" "$AGAIN" "$1" &)`,
    inSight: false,
  },
];

/** Starts these in sh, and waits until each of them runs. Their files lie in the folder. */
export function escapeScript(escapes: readonly Escape[], folder: string): string {
  const lines = escapes.map(({ line }, index) => `set -- '${folder}/escape-${index}'\n${line}`);
  const waits = escapes.map((_, index) => `while [ ! -e '${folder}/escape-${index}' ]; do sleep 0.01; done`);
  return [
    `AGAIN=': >"$1"; sleep 0.01; setsid sh -c "$0" "$0" "$1" &'`,
    ...lines,
    ...waits,
  ].join("\n");
}

/** The processes that name a folder in their command line, such as the escapes that were started there. Linux alone. */
export async function processesNaming(folder: string): Promise<{ pid: number; command: string }[]> {
  const found: { pid: number; command: string }[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // Empty for one that has ended, and was not waited for.
    const line = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    if (line.includes(`${folder}/`)) found.push({ pid: Number(name), command: line.replaceAll("\0", " ") });
  }
  return found;
}

/** What still names a folder in its command line after a while in which all that was killed should be gone. */
export async function survivorsOf(folder: string): Promise<string[]> {
  let found = await processesNaming(folder);
  for (let tries = 0; found.length > 0 && tries < 100; tries++) {
    await delay(20);
    found = await processesNaming(folder);
  }
  return found.map(({ command }) => command);
}

/** Ends what names a folder, so that a test that fails leaves nothing behind. */
export async function endProcessesNaming(folder: string): Promise<void> {
  for (let rounds = 0; rounds < 200; rounds++) {
    const found = await processesNaming(folder);
    if (found.length === 0) return;
    for (const { pid } of found) {
      try {
        Deno.kill(pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
  }
}
