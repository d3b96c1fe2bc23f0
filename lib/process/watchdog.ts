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

/** Time, and being woken in it. Tests have one of their own. */
export interface Clock {
  /** Milliseconds from whatever moment; it only goes forward. */
  readonly now: () => number;
  /** Calls back once, and returns what keeps it from doing so. */
  readonly after: (ms: number, call: () => void) => () => void;
}

const CLOCK: Clock = {
  now: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

/** Of a command that runs: for a reason that names it. */
interface RunningCommand {
  readonly command: string;
  readonly since: number;
}

/** More are never at work at once; a stream that says so is not kept in memory for it. */
const MOST_COMMANDS = 100;

/**
 * Ends a run that takes too long or has gone silent. Deadlines are exact: a timer stands at the moment when the next
 * limit would be passed, and nothing is polled. Silence while a command runs is no silence: that command has a limit
 * of its own.
 */
export class Watchdog {
  readonly #limits: Limits;
  readonly #expire: (reason: string) => void;
  readonly #clock: Clock;
  readonly #started: number;
  readonly #commands = new Map<string, RunningCommand>();
  #lastSign: number;
  /** What it did last. */
  #doing: "nothing" | "working" | "ended" | { readonly reconnecting: string } = "nothing";
  #disarm: () => void = () => {};
  /** When the timer that stands will fire. */
  #armedFor = Infinity;
  #stopped = false;

  /** @param expire is called once, with which limit it was, how long, and what Codex was doing */
  constructor(limits: Limits, expire: (reason: string) => void, clock: Clock = CLOCK) {
    this.#limits = limits;
    this.#expire = expire;
    this.#clock = clock;
    this.#started = clock.now();
    this.#lastSign = this.#started;
    this.#arm();
  }

  /** Codex gave a sign of life. Cheap: the timer finds out for itself when it fires. */
  signOfLife(): void {
    this.#lastSign = this.#clock.now();
    if (this.#doing !== "ended") this.#doing = "working";
  }

  /** Codex tries to reach its server again: no sign of life, but what it was doing should it end here. */
  reconnecting(message: string): void {
    this.#doing = { reconnecting: oneLine(message, 160) };
  }

  commandStarted(id: string, command: string): void {
    if (this.#commands.size >= MOST_COMMANDS) return;
    const since = this.#clock.now();
    this.#commands.set(id, { command, since });
    this.#armBefore(since, this.#limits.command);
  }

  commandEnded(id: string): void {
    this.#commands.delete(id);
    this.signOfLife();
    if (this.#commands.size === 0) this.#armBefore(this.#lastSign, this.#limits.heartbeat);
  }

  /** Codex is done: whatever it did not report as ended keeps nobody waiting any more. */
  turnEnded(): void {
    this.#commands.clear();
    this.#doing = "ended";
    this.#lastSign = this.#clock.now();
    this.#armBefore(this.#lastSign, this.#limits.heartbeat);
  }

  /** Makes sure of a timer for a limit that begins now. One that stands and fires earlier finds out for itself. */
  #armBefore(start: number, limit: number | null): void {
    if (limit !== null && start + limit < this.#armedFor) this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#disarm();
  }

  #arm(): void {
    this.#disarm();
    this.#armedFor = Infinity;
    if (this.#stopped) return;
    const next = this.#nextDeadline();
    if (next === undefined) return;
    const wait = next.at - this.#clock.now();
    if (wait > 0) {
      this.#armedFor = next.at;
      // A timer takes 2^31 - 1 milliseconds at most; a longer wait is taken in pieces.
      this.#disarm = this.#clock.after(Math.min(Math.ceil(wait), 2 ** 31 - 1), () => this.#arm());
    } else {
      this.stop();
      this.#expire(next.reason());
    }
  }

  #nextDeadline(): { at: number; reason: () => string } | undefined {
    const { hard, heartbeat, command } = this.#limits;
    const deadlines: { at: number; reason: () => string }[] = [];
    if (hard !== null) {
      const reason = (): string => `hard limit of ${showSeconds(hard)} reached; ${this.#whatItDid()}`;
      deadlines.push({ at: this.#started + hard, reason });
    }
    if (heartbeat !== null && this.#commands.size === 0) {
      const reason = (): string =>
        `no sign of life for ${showSeconds(heartbeat)} (heartbeat); ${this.#whatItDid()}`;
      deadlines.push({ at: this.#lastSign + heartbeat, reason });
    }
    // Those that started first reach it first.
    const [oldest] = this.#commands.values();
    if (command !== null && oldest) {
      const reason = (): string =>
        `the command "${oneLine(oldest.command, 120)}" ran for ${showSeconds(command)}, its limit`;
      deadlines.push({ at: oldest.since + command, reason });
    }
    return deadlines.reduce<{ at: number; reason: () => string } | undefined>(
      (first, deadline) => first === undefined || deadline.at < first.at ? deadline : first,
      undefined,
    );
  }

  #whatItDid(): string {
    const running = [...this.#commands.values()].at(-1);
    if (running) {
      const seconds = Math.round((this.#clock.now() - running.since) / 1000);
      return `Codex was running "${oneLine(running.command, 120)}" (for ${seconds} s)`;
    }
    if (this.#doing === "nothing") return "Codex had said nothing yet";
    if (this.#doing === "working") return "no command was running";
    if (this.#doing === "ended") return "Codex's turn had ended, but it did not exit";
    return `Codex was trying to reach its server: ${this.#doing.reconnecting}`;
  }
}
