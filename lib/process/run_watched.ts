import { type StopSignal, stopSignalOf } from "../base/stop_signal.ts";
import type { Containment } from "./contain.ts";
import type { ContainedEnd } from "./contained_process.ts";
import { feed } from "./run_command.ts";
import { startContained } from "./start_contained.ts";
import { type Limits, Watchdog } from "./watchdog.ts";

/** Why a watched process ended. The first cause wins. */
export type EndCause =
  | { readonly kind: "exited" }
  | { readonly kind: "watchdog"; readonly reason: string }
  | { readonly kind: "interrupted"; readonly signal: StopSignal };

export interface WatchedEnd extends ContainedEnd {
  readonly cause: EndCause;
}

export interface WatchedOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed. */
  readonly stdin: string;
  /** Called once it has that. */
  readonly onFed?: () => void;
  readonly limits: Limits;
  /** The buffer is used again after the call. */
  readonly onStdout: (chunk: Uint8Array, watchdog: Watchdog) => void;
  readonly onStderr: (chunk: Uint8Array, watchdog: Watchdog) => void;
  /** How it is made sure that nothing of it lives on. */
  readonly containment: Containment;
  /** Aborted with the name of a signal as its reason: the process is ended. */
  readonly interrupt: AbortSignal;
  /** Aborted if that takes too long for whoever interrupted it: what is left is ended without a grace. */
  readonly hurry: AbortSignal;
}

/** How long a pipe may stay silent after the exit of the process before it is left to whoever still holds it. */
const DRAIN_IDLE = 100;
/** How long reading on may take in all. Milliseconds both. */
const DRAIN_MOST = 5_000;
const BUFFER = 256 * 1024;

/**
 * Runs a process until it exits, a limit is passed or it is interrupted; then ends whatever it started. It returns in
 * bounded time even if a stray child holds a pipe open.
 *
 * @throws Error if it cannot be started
 */
export async function runWatched(
  program: string,
  args: readonly string[],
  options: WatchedOptions,
): Promise<WatchedEnd> {
  const { cwd, env, containment, interrupt, hurry } = options;
  const contained = startContained({ program, args, cwd, env }, containment);
  let cause: EndCause | undefined;
  const end = (why: EndCause): void => {
    if (cause) return;
    cause = why;
    contained.end();
  };
  const watchdog = new Watchdog(options.limits, (reason) => end({ kind: "watchdog", reason }));
  const onInterrupt = (): void => {
    end({ kind: "interrupted", signal: stopSignalOf(interrupt) });
  };
  const onHurry = (): void => contained.end();
  interrupt.addEventListener("abort", onInterrupt, { once: true });
  hurry.addEventListener("abort", onHurry, { once: true });
  if (interrupt.aborted) onInterrupt();

  // Not waited for: what nobody reads any more, though somebody may hold the pipe open, is never written.
  feed(contained.stdin, options.stdin).then(options.onFed);
  const stdout = new Drain(contained.stdout, (chunk) => options.onStdout(chunk, watchdog));
  const stderr = new Drain(contained.stderr, (chunk) => options.onStderr(chunk, watchdog));
  try {
    const ended = await contained.ended;
    return { ...ended, cause: cause ?? { kind: "exited" } };
  } finally {
    watchdog.stop();
    interrupt.removeEventListener("abort", onInterrupt);
    hurry.removeEventListener("abort", onHurry);
    await Promise.all([stdout.finish(), stderr.finish()]);
  }
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
