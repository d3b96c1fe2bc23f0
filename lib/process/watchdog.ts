import { showSeconds } from "../base/durations.ts";
import { oneLine } from "../base/text.ts";

/** How long a run may take, in milliseconds; null for no limit. */
export interface Limits {
  /** From the start to the end. */
  readonly hard: number | null;
  /** Without a sign of life, while no command is known to run. */
  readonly heartbeat: number | null;
  /** For one command that Codex reported as started. */
  readonly command: number | null;
}

/**
 * Ends a run that takes too long or has gone silent. Deadlines are exact: a timer stands at the moment when the next
 * limit would be passed, and nothing is polled. Silence while a command runs is no silence: that command has a limit
 * of its own.
 */
export class Watchdog {
  readonly #limits: Limits;
  readonly #expire: (reason: string) => void;
  readonly #started = performance.now();
  readonly #commands = new Map<string, { command: string; since: number }>();
  #lastSign = this.#started;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer that stands will fire. */
  #armedFor = Infinity;
  #stopped = false;

  /** @param expire is called once, with which limit it was, how long, and what Codex was doing */
  constructor(limits: Limits, expire: (reason: string) => void) {
    this.#limits = limits;
    this.#expire = expire;
    this.#arm();
  }

  /** Codex gave a sign of life. Cheap: the timer finds out for itself when it fires. */
  signOfLife(): void {
    this.#lastSign = performance.now();
  }

  commandStarted(id: string, command: string): void {
    const since = performance.now();
    this.#commands.set(id, { command, since });
    this.#armBefore(since, this.#limits.command);
  }

  commandEnded(id: string): void {
    this.#commands.delete(id);
    this.#lastSign = performance.now();
    if (this.#commands.size === 0) this.#armBefore(this.#lastSign, this.#limits.heartbeat);
  }

  /** Makes sure of a timer for a limit that begins now. One that stands and fires earlier finds out for itself. */
  #armBefore(start: number, limit: number | null): void {
    if (limit !== null && start + limit < this.#armedFor) this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#armedFor = Infinity;
    if (this.#stopped) return;
    const next = this.#nextDeadline();
    if (next === undefined) return;
    const wait = next.at - performance.now();
    if (wait > 0) {
      this.#armedFor = next.at;
      // A timer takes 2^31 - 1 milliseconds at most; a longer wait is taken in pieces.
      this.#timer = setTimeout(() => this.#arm(), Math.min(Math.ceil(wait), 2 ** 31 - 1));
    } else {
      this.stop();
      this.#expire(next.reason);
    }
  }

  #nextDeadline(): { at: number; reason: string } | undefined {
    const { hard, heartbeat, command } = this.#limits;
    const doing = this.#doing();
    const deadlines: { at: number; reason: string }[] = [];
    if (hard !== null) {
      deadlines.push({
        at: this.#started + hard,
        reason: `hard limit of ${showSeconds(hard)} reached; ${doing}`,
      });
    }
    if (heartbeat !== null && this.#commands.size === 0) {
      const reason = `no sign of life for ${showSeconds(heartbeat)} (heartbeat); ${doing}`;
      deadlines.push({ at: this.#lastSign + heartbeat, reason });
    }
    if (command !== null) {
      for (const { command: text, since } of this.#commands.values()) {
        const reason = `the command "${oneLine(text, 120)}" ran for ${showSeconds(command)}, its limit`;
        deadlines.push({ at: since + command, reason });
      }
    }
    return deadlines.reduce<{ at: number; reason: string } | undefined>(
      (first, deadline) => first === undefined || deadline.at < first.at ? deadline : first,
      undefined,
    );
  }

  #doing(): string {
    const running = [...this.#commands.values()].at(-1);
    return running ? `Codex was running "${oneLine(running.command, 120)}"` : "no command was running";
  }
}
