import type { CliContext } from "./context.ts";
import { eventText, FRAME_MS, FRAMES, isLiveTerminal } from "./progress.ts";
import type { Progress } from "../dispatch/context.ts";
import type { PipelineProgress } from "../pipeline/progress.ts";
import type { StageStatus } from "../pipeline/plan.ts";
import type { Attempt } from "../pipeline/state.ts";
import { showDuration } from "../base/durations.ts";
import { oneLine, showCount } from "../base/text.ts";

/** Shows a pipeline while it runs: its stages, live, on a terminal; elsewhere one plain line an event. */
export interface PipelineDisplay extends Disposable {
  readonly report: (progress: PipelineProgress) => void;
}

export function pipelineDisplay(
  context: CliContext,
  { quiet }: { readonly quiet: boolean },
): PipelineDisplay {
  if (!quiet && isLiveTerminal(context)) return new LiveStages(context);
  return {
    report: (progress) => {
      const line = quiet && progress.kind !== "warning" ? "" : plainLine(progress);
      if (line !== "") context.stderr(`codex-dispatch: ${line}\n`);
    },
    [Symbol.dispose]: () => {},
  };
}

/** One event of a pipeline as a line; "" for what is not worth one. Pure. */
export function plainLine(progress: PipelineProgress): string {
  switch (progress.kind) {
    case "pipeline":
      return `pipeline directory ${progress.folder}`;
    case "stage-started":
      return `${progress.stage}: started${progress.round > 1 ? `, round ${progress.round}` : ""}`;
    case "stage-progress":
      return stepLine(progress.stage, progress.progress);
    case "stage-ended":
      return endedLine(progress.attempt);
    case "stage-skipped":
      return `${progress.stage}: skipped. ${progress.because}`;
    case "went-back":
      return `${progress.from}: back to ${progress.to}, round ${progress.round}`;
    case "step":
      return progress.text;
    case "warning":
      return `warning: ${progress.text}`;
    case "ended":
      return "";
  }
}

function stepLine(stage: string, progress: Progress): string {
  switch (progress.kind) {
    case "warning":
      return `${stage}: warning: ${progress.text}`;
    case "step":
      return "";
    case "run":
      return `${stage}: run directory ${progress.folder}`;
    case "codex": {
      // Where several stages tell of themselves, that a thread began is not worth a line.
      if (progress.event.kind === "thread" || progress.event.kind === "turn-completed") return "";
      const text = eventText(progress.event);
      return text === "" ? "" : `${stage}: ${text}`;
    }
  }
}

function endedLine({ stage, status, duration_ms, tokens, reasons }: Attempt): string {
  const used = tokens === null || tokens === 0 ? "" : `, ${showCount(tokens)} tokens`;
  const why = reasons.map(({ condition, found }) =>
    `\n  asked: ${oneLine(condition, 200)}; found: ${oneLine(found, 300)}`
  );
  return `${stage}: ${status} (${showDuration(duration_ms)}${used})${why.join("")}`;
}

interface Row {
  status: StageStatus;
  round: number;
  /** Milliseconds of the attempts that ended, and the moment when the one that runs began. */
  spent: number;
  since: number | undefined;
  tokens: number;
  doing: string;
}

const NEW_ROW: Row = { status: "pending", round: 1, spent: 0, since: undefined, tokens: 0, doing: "" };

const MARKS: Readonly<Record<StageStatus, string>> = {
  pending: "·",
  running: " ",
  passed: "✓",
  failed: "✗",
  violated: "✗",
  skipped: "-",
  waiting: "?",
  interrupted: "!",
};

class LiveStages implements PipelineDisplay {
  readonly #context: CliContext;
  readonly #rows = new Map<string, Row>();
  readonly #timer: ReturnType<typeof setInterval>;
  #drawn = 0;
  #frame = 0;

  constructor(context: CliContext) {
    this.#context = context;
    this.#timer = setInterval(() => this.#draw(), FRAME_MS);
  }

  readonly report = (progress: PipelineProgress): void => {
    if (progress.kind === "stage-started") {
      const row = this.#rows.get(progress.stage);
      if (row) {
        Object.assign(row, { status: "running", round: progress.round, since: performance.now(), doing: "" });
      }
    } else if (progress.kind === "stage-progress") {
      this.#follow(progress.stage, progress.progress);
    } else if (progress.kind === "stage-ended") {
      const { stage, status, duration_ms, tokens, reasons } = progress.attempt;
      const row = this.#rows.get(stage);
      if (!row) return;
      row.status = status === "repeated" ? "pending" : status;
      row.spent += duration_ms;
      row.tokens += tokens ?? 0;
      row.since = undefined;
      row.doing = reasons[0] ? `asked: ${reasons[0].condition}; found: ${reasons[0].found}` : "";
    } else if (progress.kind === "stage-skipped") {
      const row = this.#rows.get(progress.stage);
      if (row) Object.assign(row, { status: "skipped", doing: progress.because });
    } else if (progress.kind === "pipeline") {
      this.#say(plainLine(progress));
      for (const id of progress.stages) this.#rows.set(id, { ...NEW_ROW });
    } else if (progress.kind !== "ended") this.#say(plainLine(progress));
  };

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#draw();
  }

  #follow(stage: string, progress: Progress): void {
    const row = this.#rows.get(stage);
    if (progress.kind === "warning") this.#say(stepLine(stage, progress));
    else if (row && progress.kind === "step") row.doing = progress.text;
    else if (row && progress.kind === "codex") row.doing = eventText(progress.event) || row.doing;
  }

  /** A line that stays, above those that are drawn anew. */
  #say(line: string): void {
    this.#clear();
    this.#context.stderr(`codex-dispatch: ${line}\n`);
    this.#draw();
  }

  #draw(): void {
    const columns = Math.max(20, (this.#context.columns() ?? 80) - 1);
    const widest = Math.max(0, ...[...this.#rows.keys()].map((id) => id.length));
    this.#frame++;
    const lines = [...this.#rows].map(([id, row]) => {
      const beginning = `${this.#mark(row)} ${id.padEnd(widest)} `.slice(0, columns);
      return beginning + oneLine(this.#facts(row), Math.max(1, columns - beginning.length));
    });
    this.#clear();
    this.#context.draw(lines.map((line) => `${line}\n`).join(""));
    this.#drawn = lines.length;
  }

  #mark(row: Row): string {
    return row.status === "running" ? FRAMES[this.#frame % FRAMES.length] ?? " " : MARKS[row.status];
  }

  #facts(row: Row): string {
    const spent = row.spent + (row.since === undefined ? 0 : performance.now() - row.since);
    const seconds = Math.floor(spent / 1000);
    return [
      ...(row.round > 1 ? [`round ${row.round}`] : []),
      ...(spent > 0 ? [seconds === 0 ? "0 s" : showDuration(seconds * 1000)] : []),
      ...(row.tokens > 0 ? [`${showCount(row.tokens)} tokens`] : []),
      ...(row.doing === "" ? [] : [row.doing]),
    ].join(" · ");
  }

  #clear(): void {
    if (this.#drawn > 0) this.#context.draw(`\x1b[${this.#drawn}A\x1b[J`);
    this.#drawn = 0;
  }
}
