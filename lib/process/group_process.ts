import { type Containment, signalBehind } from "./contain.ts";
import type { ContainedCommand, ContainedEnd, ContainedProcess } from "./contained_process.ts";
import { inOwnSession } from "./own_session.ts";
import { KILL_MOST, ProcessTree } from "./process_tree.ts";
import { signalGroup, TERM_GRACE } from "./signal_group.ts";

/** How often a tree that nothing holds together is looked at while it runs. Milliseconds. */
const LOOK_EVERY = 1_000;

/** Starts a program in a group of its own: within a namespace, or with nothing but its tree to find what it started. */
export function startInGroup(
  { program, args, cwd, env }: ContainedCommand,
  containment: Containment,
): ContainedProcess {
  // Where the program is started as it is, Deno itself is to throw what is wrong with it.
  const command = containment.program === ""
    ? { program, args: [...args], detached: true }
    : inOwnSession(containment.program, [...containment.args, program, ...args]);
  const child = new Deno.Command(command.program, {
    args: command.args,
    cwd,
    env: { ...env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: command.detached,
  }).spawn();
  const inNamespace = containment.supervision === "namespace";
  const group = new Group(child, inNamespace ? undefined : LOOK_EVERY);
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    end: () => group.end(),
    ended: group.ended.then((end) => inNamespace ? withoutShell(end) : end),
  };
}

/** A shell stands between: the signal that ended the program comes as a status. */
function withoutShell(end: ContainedEnd): ContainedEnd {
  const signal = end.signal ?? (end.code === null ? undefined : signalBehind(end.code)) ?? null;
  return signal === null ? end : { ...end, signal, code: null };
}

class Group {
  readonly ended: Promise<ContainedEnd>;
  readonly #pid: number;
  readonly #tree: ProcessTree;
  readonly #looking: ReturnType<typeof setInterval> | undefined;
  readonly #givenUp = Promise.withResolvers<undefined>();
  #ending = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(child: Deno.ChildProcess, lookEvery: number | undefined) {
    this.#pid = child.pid;
    this.#tree = new ProcessTree(child.pid);
    if (lookEvery !== undefined) {
      this.#look();
      this.#looking = setInterval(() => this.#look(), lookEvery);
    }
    this.ended = this.#untilEnded(child.status);
  }

  end(): void {
    if (this.#ending) return this.#kill();
    this.#ending = true;
    // Who is an orphan once its parent is gone must be known before.
    const looked = this.#looking === undefined ? Promise.resolve() : this.#look();
    looked.then(() => signalGroup(this.#pid, "SIGTERM"));
    this.#timer = setTimeout(() => this.#kill(), TERM_GRACE);
  }

  #kill(): void {
    clearTimeout(this.#timer);
    signalGroup(this.#pid, "SIGKILL");
    this.#timer = setTimeout(() => this.#givenUp.resolve(undefined), KILL_MOST);
  }

  async #untilEnded(exit: Promise<Deno.CommandStatus>): Promise<ContainedEnd> {
    const status = await Promise.race([exit, this.#givenUp.promise]);
    clearTimeout(this.#timer);
    clearInterval(this.#looking);
    // Of a namespace nothing is left once its first process is gone, which is of this group.
    const isEmpty = !signalGroup(this.#pid, "SIGKILL") && this.#looking === undefined;
    const survivors = isEmpty ? [] : await this.#tree.end();
    const signal = status?.signal ?? null;
    return { code: signal === null ? status?.code ?? null : null, signal, survivors };
  }

  async #look(): Promise<void> {
    // A table that cannot be read now can be read the next time; until then the group has to do.
    await this.#tree.look().catch(() => {});
  }
}
