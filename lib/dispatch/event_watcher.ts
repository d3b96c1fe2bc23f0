import { type CodexEvent, EventReader, type EventSummary, isReconnecting } from "../codex/events.ts";
import type { Watchdog } from "../process/watchdog.ts";
import type { Progress } from "./context.ts";

/** A command that is at work. */
interface Started {
  readonly id: string;
  readonly command: string;
}

/** Reads the events as they come, for the display and the watchdog. */
export class EventWatcher {
  readonly #reader: EventReader;
  /** Of the piece that is read at present: what is still at work at its end, and what of before has ended. */
  readonly #started = new Map<string, string>();
  #ended: string[] = [];
  /** What began last, and is not among the started yet: mostly it is the next to end. */
  #last: Started | undefined;
  #turnEnded = false;
  #reconnecting: string | undefined;

  constructor(report: (progress: Progress) => void) {
    this.#reader = new EventReader((event) => {
      this.#note(event);
      report({ kind: "codex", event });
    });
  }

  /** Tells the watchdog what a piece of the stream comes to: there may be hundreds of commands in one. */
  push(chunk: Uint8Array, watchdog: Watchdog): void {
    if (this.#reader.push(chunk)) watchdog.signOfLife();
    this.#settleLast();
    for (const id of this.#ended) watchdog.commandEnded(id);
    for (const [id, command] of this.#started) watchdog.commandStarted(id, command);
    if (this.#turnEnded) watchdog.turnEnded();
    else if (this.#reconnecting !== undefined) watchdog.reconnecting(this.#reconnecting);
    this.#ended = [];
    this.#started.clear();
    this.#turnEnded = false;
    this.#reconnecting = undefined;
  }

  finish(): EventSummary {
    return this.#reader.finish();
  }

  #note(event: CodexEvent): void {
    this.#reconnecting = undefined;
    if (event.kind === "command-started") {
      this.#settleLast();
      this.#last = event;
    } else if (event.kind === "command-ended") {
      if (this.#last?.id === event.id) this.#last = undefined;
      else if (!this.#started.delete(event.id)) this.#ended.push(event.id);
    } else if (event.kind === "turn-completed" || event.kind === "turn-failed") this.#turnEnded = true;
    else if (event.kind === "error" && isReconnecting(event.text)) this.#reconnecting = event.text;
  }

  #settleLast(): void {
    if (this.#last) this.#started.set(this.#last.id, this.#last.command);
    this.#last = undefined;
  }
}
