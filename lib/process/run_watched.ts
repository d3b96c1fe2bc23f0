import { type Containment, signalBehind } from "./contain.ts";
import { killGroup, terminateGroup } from "./terminate.ts";
import { feed } from "./run_command.ts";
import { type Limits, Watchdog } from "./watchdog.ts";

/** Why a watched process ended. The first cause wins. */
export type EndCause =
  | { readonly kind: "exited" }
  | { readonly kind: "watchdog"; readonly reason: string }
  | { readonly kind: "interrupted"; readonly signal: "SIGINT" | "SIGTERM" };

export interface WatchedEnd {
  readonly cause: EndCause;
  /** null if it was killed or left no status. */
  readonly code: number | null;
  /** The signal that ended it, whoever sent it. */
  readonly signal: string | null;
}

export interface WatchedOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed. */
  readonly stdin: string;
  readonly limits: Limits;
  /** The buffer is used again after the call. */
  readonly onStdout: (chunk: Uint8Array, watchdog: Watchdog) => void;
  readonly onStderr: (chunk: Uint8Array) => void;
  /** How nothing of it lives on; undefined to leave it to its process group. */
  readonly containment?: Containment | undefined;
  /** Aborted with the name of a signal as its reason: the process is ended at once. */
  readonly interrupt: AbortSignal;
}

/** How long a pipe may stay silent after the exit of the process before it is left to whoever still holds it. */
const DRAIN_IDLE = 100;
/** How long reading on may take in all. Milliseconds both. */
const DRAIN_MOST = 5_000;
const BUFFER = 256 * 1024;

/**
 * Runs a process in a group of its own until it exits, a limit is passed or it is interrupted; then ends what is left of
 * its group. It returns in bounded time even if a stray child holds a pipe open.
 *
 * @throws Deno.errors.NotFound and the like if it cannot be started
 */
export async function runWatched(
  program: string,
  args: readonly string[],
  options: WatchedOptions,
): Promise<WatchedEnd> {
  const { containment } = options;
  const contained = containment !== undefined && containment.supervision === "namespace";
  const child = new Deno.Command(contained ? containment.program : program, {
    args: contained ? [...containment.args, program, ...args] : [...args],
    cwd: options.cwd,
    env: { ...options.env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  let cause: EndCause = { kind: "exited" };
  const status = child.status;
  let terminating: Promise<void> | undefined;
  const end = (why: EndCause): void => {
    if (terminating) return;
    cause = why;
    terminating = terminateGroup(child.pid, status);
  };
  const watchdog = new Watchdog(options.limits, (reason) => end({ kind: "watchdog", reason }));
  const onInterrupt = (): void => {
    const signal = options.interrupt.reason === "SIGINT" ? "SIGINT" : "SIGTERM";
    end({ kind: "interrupted", signal });
  };
  options.interrupt.addEventListener("abort", onInterrupt, { once: true });
  if (options.interrupt.aborted) onInterrupt();

  const feeding = feed(child.stdin, options.stdin);
  const stdout = new Drain(child.stdout, (chunk) => {
    watchdog.signOfLife();
    options.onStdout(chunk, watchdog);
  });
  const stderr = new Drain(child.stderr, options.onStderr);
  const ended = await status;
  watchdog.stop();
  options.interrupt.removeEventListener("abort", onInterrupt);
  await terminating;
  killGroup(child.pid);
  await Promise.all([stdout.finish(), stderr.finish(), feeding]);
  // A shell stands between: the signal that ended the program comes as a status.
  const signal = ended.signal ?? (contained ? signalBehind(ended.code) : undefined) ?? null;
  return { cause, code: signal === null ? ended.code : null, signal };
}

/** Reads a pipe to its end; after the exit of its process only as long as something comes. */
class Drain {
  readonly #reader: ReadableStreamBYOBReader;
  readonly #done: Promise<void>;
  #lastRead = 0;

  constructor(stream: ReadableStream<Uint8Array>, take: (chunk: Uint8Array) => void) {
    this.#reader = stream.getReader({ mode: "byob" });
    this.#done = this.#readAll(take);
  }

  async finish(): Promise<void> {
    const exitedAt = performance.now();
    this.#lastRead = exitedAt;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const giveUp = new Promise<void>((resolve) => {
      const look = (): void => {
        const now = performance.now();
        const until = Math.min(this.#lastRead + DRAIN_IDLE, exitedAt + DRAIN_MOST);
        if (now >= until) resolve();
        else timer = setTimeout(look, until - now);
      };
      look();
    });
    await Promise.race([this.#done, giveUp]);
    clearTimeout(timer);
    await this.#reader.cancel().catch(() => {});
    await this.#done;
  }

  async #readAll(take: (chunk: Uint8Array) => void): Promise<void> {
    let buffer = new Uint8Array(BUFFER);
    while (true) {
      const { done, value } = await this.#reader.read(buffer);
      if (done || value === undefined) return;
      this.#lastRead = performance.now();
      take(value);
      buffer = new Uint8Array(value.buffer);
    }
  }
}
