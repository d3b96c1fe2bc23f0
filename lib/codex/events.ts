import { CollectedBytes } from "../base/bytes.ts";
import { KeptCommands } from "./kept_commands.ts";
import { isPlainProse, readPlainCommand } from "./plain_event.ts";
import type { SeenCommand } from "./seen_command.ts";

/** What a run's events told, as far as it is of use. Codex's word, not proof. */
export interface EventSummary {
  readonly threadId: string | null;
  /** Of the last turn that completed; null if none did. */
  readonly usage: Readonly<Record<string, number>> | null;
  readonly turnCompleted: boolean;
  /** The message of `turn.failed`. */
  readonly failure: string | null;
  /** The last `error` event's message; also "Reconnecting…", which need not be fatal. */
  readonly lastError: string | null;
  readonly commands: readonly SeenCommand[];
  /** Commands beyond the number that is kept. */
  readonly commandsLeftOut: number;
}

/** One event that is worth showing or acting on. */
export type CodexEvent =
  | { readonly kind: "thread"; readonly threadId: string }
  | { readonly kind: "command-started"; readonly id: string; readonly command: string }
  | {
    readonly kind: "command-ended";
    readonly id: string;
    readonly command: string;
    readonly exitCode: number | null;
  }
  | { readonly kind: "file-change"; readonly paths: readonly string[] }
  | { readonly kind: "message"; readonly text: string }
  | { readonly kind: "error"; readonly text: string }
  | { readonly kind: "turn-completed"; readonly usage: Readonly<Record<string, number>> | null }
  | { readonly kind: "turn-failed"; readonly text: string };

/** A longer line is passed over: Codex caps a command's output at about 1 MiB, which escaped is at most six times that. */
export const LONGEST_LINE = 8 * 1024 * 1024;
/** Characters that are kept of an error's message. */
const LONGEST_ERROR = 10_000;
/** Shorter lines are parsed, whatever they are. */
const SHORT_LINE = 512;
/** How often a longer message is: the display alone makes use of it. Milliseconds. */
const MESSAGE_INTERVAL = 200;
const NEWLINE = 10;

/**
 * Reads `codex exec --json` from its bytes. It takes whatever comes (unknown types, invalid UTF-8, lines without end)
 * and keeps a bounded amount of it. Source: the event stream of Codex CLI 0.169.0.
 */
export class EventReader {
  readonly #onEvent: (event: CodexEvent) => void;
  readonly #commands = new KeptCommands();
  /** Of a line whose end has not come yet. */
  readonly #begun = new CollectedBytes();
  #skipping = false;
  #threadId: string | null = null;
  #usage: Readonly<Record<string, number>> | null = null;
  #turnCompleted = false;
  #failure: string | null = null;
  #lastError: string | null = null;
  #lastMessageAt = -Infinity;
  #progressed = false;

  constructor(onEvent: (event: CodexEvent) => void = () => {}) {
    this.#onEvent = onEvent;
  }

  /** Returns whether Codex got on: a connection that is tried again is no progress. */
  push(chunk: Uint8Array): boolean {
    this.#progressed = false;
    // A line that is too long is so however it comes.
    for (let at = 0; at < chunk.length; at += LONGEST_LINE) {
      this.#takePiece(chunk.subarray(at, at + LONGEST_LINE));
    }
    return this.#progressed;
  }

  #takePiece(chunk: Uint8Array): void {
    const last = chunk.lastIndexOf(NEWLINE);
    if (last < 0) return this.#keep(chunk);
    let start = 0;
    if (this.#begun.length > 0 || this.#skipping) {
      const first = chunk.indexOf(NEWLINE);
      this.#endLine(chunk.subarray(0, first));
      start = first + 1;
    }
    // All whole lines are decoded in one go: a call of the decoder costs more than what it decodes.
    if (start <= last) this.#takeLines(lenient.decode(chunk.subarray(start, last + 1)));
    if (last + 1 < chunk.length) this.#keep(chunk.subarray(last + 1));
  }

  /** Takes what stands after the last newline as a line, and returns what was told. */
  finish(): EventSummary {
    this.#endLine(new Uint8Array(0));
    return {
      threadId: this.#threadId,
      usage: this.#usage,
      turnCompleted: this.#turnCompleted,
      failure: this.#failure,
      lastError: this.#lastError,
      commands: this.#commands.all(),
      commandsLeftOut: this.#commands.leftOut,
    };
  }

  /** Keeps the beginning of a line whose end has not come yet. The caller's buffer is used again for what comes next. */
  #keep(part: Uint8Array): void {
    this.#skipping ||= this.#begun.length + part.length > LONGEST_LINE;
    if (this.#skipping) this.#begun.clear();
    else this.#begun.add(part);
    this.#progressed ||= this.#skipping || this.#begun.length > SHORT_LINE;
  }

  #endLine(rest: Uint8Array): void {
    this.#keep(rest);
    const line = lenient.decode(this.#begun.bytes());
    this.#begun.clear();
    this.#skipping = false;
    this.#takeLine(line, 0, line.length);
  }

  #takeLines(text: string): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      this.#takeLine(text, start, end);
      start = end + 1;
    }
  }

  #takeLine(text: string, start: number, end: number): void {
    const length = end - start;
    if (length < 2) return;
    const seen = readPlainCommand(text, start, end);
    this.#progressed ||= seen !== undefined || !text.startsWith(RECONNECTING, start);
    if (seen) return this.#takeCommand(seen, seen.completed);
    if (length >= SHORT_LINE && isPlainProse(text, start, end) && !this.#isTimeForProse()) return;
    this.#take(text.slice(start, end));
  }

  /** Long prose is of use to the display alone. */
  #isTimeForProse(): boolean {
    const now = performance.now();
    if (now - this.#lastMessageAt < MESSAGE_INTERVAL) return false;
    this.#lastMessageAt = now;
    return true;
  }

  #take(line: string): void {
    let event: unknown;
    try {
      event = JSON.parse(line);
    } catch {
      return;
    }
    const type = textIn(event, "type") ?? "";
    if (type === "thread.started") {
      this.#threadId = textIn(event, "thread_id") ?? null;
      if (this.#threadId !== null) this.#onEvent({ kind: "thread", threadId: this.#threadId });
    } else if (type === "turn.completed") {
      this.#turnCompleted = true;
      this.#usage = numbersOf(valueIn(event, "usage"));
      this.#onEvent({ kind: "turn-completed", usage: this.#usage });
    } else if (type === "turn.failed") {
      const message = textIn(valueIn(event, "error"), "message");
      this.#failure = message?.slice(0, LONGEST_ERROR) ?? "the turn failed without a message";
      this.#onEvent({ kind: "turn-failed", text: this.#failure });
    } else if (type === "error") {
      this.#lastError = textIn(event, "message")?.slice(0, LONGEST_ERROR) ?? "an error without a message";
      this.#onEvent({ kind: "error", text: this.#lastError });
    } else if (type.startsWith("item.")) {
      this.#takeItem(valueIn(event, "item"), type === "item.completed");
    }
  }

  #takeItem(item: unknown, completed: boolean): void {
    const type = textIn(item, "type");
    if (type === "command_execution") {
      const exitCode = valueIn(item, "exit_code");
      this.#takeCommand({
        id: textIn(item, "id") ?? "",
        command: textIn(item, "command") ?? "",
        exitCode: typeof exitCode === "number" ? exitCode : null,
        status: textIn(item, "status") ?? "",
      }, completed);
    } else if (completed && type === "agent_message") {
      const text = textIn(item, "text");
      if (text !== undefined) this.#onEvent({ kind: "message", text });
    } else if (completed && type === "file_change") {
      const changes = valueIn(item, "changes");
      const paths = Array.isArray(changes) ? changes.flatMap((change) => textIn(change, "path") ?? []) : [];
      if (paths.length > 0) this.#onEvent({ kind: "file-change", paths });
    } else if (completed && type === "error") {
      const text = textIn(item, "message");
      if (text !== undefined) this.#onEvent({ kind: "error", text });
    }
  }

  #takeCommand(seen: SeenCommand, completed: boolean): void {
    const { id, command, exitCode } = seen;
    const isNew = this.#commands.take(seen, completed);
    if (completed) this.#onEvent({ kind: "command-ended", id, command, exitCode });
    else if (isNew) this.#onEvent({ kind: "command-started", id, command });
  }
}

/** Whether the message of an `error` event says that the server is tried again: that need not be fatal, and is no progress. */
export function isReconnecting(message: string): boolean {
  return message.startsWith("Reconnecting");
}

/** Where a line stands is no matter: a byte order mark is none at the beginning of it, and no JSON either. */
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const RECONNECTING = '{"type":"error","message":"Reconnecting';
// Read by hand and not by a schema: there may be a million events, and a key of a wrong type only counts as missing.

function valueIn(holder: unknown, key: string): unknown {
  return typeof holder === "object" && holder !== null
    ? (holder as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function textIn(holder: unknown, key: string): string | undefined {
  const value = valueIn(holder, key);
  return typeof value === "string" ? value : undefined;
}

function numbersOf(usage: unknown): Record<string, number> | null {
  if (typeof usage !== "object" || usage === null) return null;
  const numbers = Object.entries(usage).filter((entry): entry is [string, number] =>
    Number.isFinite(entry[1])
  );
  return numbers.length === 0 ? null : Object.fromEntries(numbers);
}
