import type { CliContext } from "./context.ts";
import type { Progress } from "../dispatch/context.ts";
import { showDuration } from "../base/durations.ts";
import { oneLine, plural } from "../base/text.ts";

/** Shows a dispatch while it runs: a live line on a terminal, elsewhere one plain line an event. */
export interface ProgressDisplay extends Disposable {
  readonly report: (progress: Progress) => void;
}

/** The display that fits the place: none with `--quiet` but for warnings. */
export function progressDisplay(context: CliContext, quiet: boolean): ProgressDisplay {
  if (quiet) {
    return {
      report: (progress) => progress.kind === "warning" && context.stderr(plainLine(progress)),
      [Symbol.dispose]: () => {},
    };
  }
  return isLiveTerminal(context) ? new LiveLine(context) : new PlainLines(context);
}

/** Whether a display may draw over what it drew: there is a terminal, and nobody asked for plain lines. */
export function isLiveTerminal(context: CliContext): boolean {
  const { environment } = context;
  return context.columns() !== undefined && environment["TERM"] !== "dumb" && !environment["CI"];
}

/** Events can come by the thousand in a second: then those that do not fit are counted, not shown. */
const MOST_LINES_A_SECOND = 25;

class PlainLines implements ProgressDisplay {
  readonly #context: CliContext;
  #second = 0;
  #lines = 0;
  #leftOut = 0;

  constructor(context: CliContext) {
    this.#context = context;
  }

  readonly report = (progress: Progress): void => {
    const line = plainLine(progress);
    if (line === "") return;
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#lines = 0;
    }
    if (progress.kind === "codex" && this.#lines >= MOST_LINES_A_SECOND) {
      this.#leftOut++;
      return;
    }
    this.#sayLeftOut();
    this.#lines++;
    this.#context.stderr(line);
  };

  [Symbol.dispose](): void {
    this.#sayLeftOut();
  }

  #sayLeftOut(): void {
    if (this.#leftOut > 0) this.#context.stderr(`codex: (${this.#leftOut} more events)\n`);
    this.#leftOut = 0;
  }
}

export const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
export const FRAME_MS = 120;

class LiveLine implements ProgressDisplay {
  readonly #context: CliContext;
  readonly #started = performance.now();
  readonly #timer: ReturnType<typeof setInterval>;
  #step = "starting";
  #doing = "";
  #commands = 0;
  #frame = 0;

  constructor(context: CliContext) {
    this.#context = context;
    this.#timer = setInterval(() => this.#draw(), FRAME_MS);
  }

  readonly report = (progress: Progress): void => {
    if (progress.kind === "warning") {
      this.#clear();
      this.#context.stderr(plainLine(progress));
    } else if (progress.kind === "step") {
      this.#step = progress.text;
      this.#doing = "";
    } else if (progress.kind === "codex") {
      if (progress.event.kind === "command-started") this.#commands++;
      this.#doing = eventText(progress.event) || this.#doing;
    }
  };

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #draw(): void {
    const columns = this.#context.columns() ?? 80;
    const frame = FRAMES[this.#frame++ % FRAMES.length] ?? "";
    const commands = this.#commands === 0 ? "" : ` · ${plural(this.#commands, "command")}`;
    const seconds = Math.floor((performance.now() - this.#started) / 1000);
    const elapsed = seconds === 0 ? "0 s" : showDuration(seconds * 1000);
    const text = `${frame} ${elapsed}${commands} · ${this.#doing || this.#step}`;
    this.#context.draw(`\r\x1b[2K${oneLine(text, Math.max(20, columns - 1))}`);
  }

  #clear(): void {
    this.#context.draw("\r\x1b[2K");
  }
}

function plainLine(progress: Progress): string {
  switch (progress.kind) {
    case "warning":
      return `codex-dispatch: warning: ${progress.text}\n`;
    case "step":
      return `codex-dispatch: ${progress.text}\n`;
    case "run":
      return `codex-dispatch: run directory ${progress.folder}\n`;
    case "codex": {
      const text = eventText(progress.event);
      return text === "" ? "" : `codex: ${text}\n`;
    }
  }
}

type Event = Extract<Progress, { kind: "codex" }>["event"];

/** An event of Codex in a line, safe for a terminal. Exported for `runs tail` and for pipelines. */
export function eventText(event: Event): string {
  switch (event.kind) {
    case "thread":
      return `thread ${event.threadId}`;
    case "command-started":
      return `$ ${oneLine(event.command, 200)}`;
    case "command-ended":
      return `exit ${event.exitCode ?? "unknown"}: ${oneLine(event.command, 200)}`;
    case "file-change":
      return `changed ${oneLine(event.paths.join(", "), 200)}`;
    case "message":
      return messageText(event.text);
    case "error":
      return `error: ${oneLine(event.text, 300)}`;
    case "turn-completed":
      return "turn completed";
    case "turn-failed":
      return `turn failed: ${oneLine(event.text, 300)}`;
  }
}

/** Codex's last message is the answer, a JSON document: of that the summary is shown. */
function messageText(text: string): string {
  if (text.startsWith("{") && text.length < 1_000_000) {
    try {
      const { summary }: { summary?: unknown } = JSON.parse(text);
      if (typeof summary === "string") return `answers: ${oneLine(summary, 200)}`;
    } catch {
      // Prose that begins with a brace.
    }
  }
  return `says: ${oneLine(text, 200)}`;
}
