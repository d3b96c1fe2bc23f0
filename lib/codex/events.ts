import * as z from "zod";
import { concatBytes } from "../base/bytes.ts";

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

export interface SeenCommand {
  readonly id: string;
  readonly command: string;
  /** null while it runs, and for one that never was reported as ended. */
  readonly exitCode: number | null;
  readonly status: string;
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
const MOST_COMMANDS = 10_000;
/** Lines shorter than this are parsed; of a longer one it is looked first whether it is of use. Bytes. */
const SHORT_LINE = 512;
const NEWLINE = 10;

/**
 * Reads `codex exec --json` from its bytes. It takes whatever comes (unknown types, invalid UTF-8, lines without end)
 * and keeps a bounded amount of it. Source: the event stream of Codex CLI 0.169.0.
 */
export class EventReader {
  readonly #onEvent: (event: CodexEvent) => void;
  readonly #commands = new Map<string, SeenCommand>();
  #parts: Uint8Array[] = [];
  #partLength = 0;
  #skipping = false;
  #threadId: string | null = null;
  #usage: Readonly<Record<string, number>> | null = null;
  #turnCompleted = false;
  #failure: string | null = null;
  #lastError: string | null = null;
  #commandsLeftOut = 0;
  #lastMessageAt = -Infinity;

  constructor(onEvent: (event: CodexEvent) => void = () => {}) {
    this.#onEvent = onEvent;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#endLine(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
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
      commands: [...this.#commands.values()],
      commandsLeftOut: this.#commandsLeftOut,
    };
  }

  #keep(part: Uint8Array): void {
    this.#partLength += part.length;
    if (this.#skipping || this.#partLength > LONGEST_LINE) {
      this.#skipping = true;
      this.#parts = [];
    } else {
      // The caller's buffer is used again for what comes next.
      this.#parts.push(part.slice());
    }
  }

  #endLine(rest: Uint8Array): void {
    const skip = this.#skipping || this.#partLength + rest.length > LONGEST_LINE;
    const line = skip ? undefined : this.#partLength === 0 ? rest : concatBytes([...this.#parts, rest]);
    this.#parts = [];
    this.#partLength = 0;
    this.#skipping = false;
    if (line && line.length > 1 && this.#isOfUse(line)) this.#take(line);
  }

  /** Long prose is of use to the display alone, which shows a few lines a second. */
  #isOfUse(line: Uint8Array): boolean {
    if (line.length < SHORT_LINE) return true;
    const head = latin1.decode(line.subarray(0, 200));
    if (!/"type":"(?:agent_message|reasoning)"/.test(head)) return true;
    const now = performance.now();
    if (now - this.#lastMessageAt < 200) return false;
    this.#lastMessageAt = now;
    return true;
  }

  #take(line: Uint8Array): void {
    let parsed: z.ZodSafeParseResult<RawEvent>;
    try {
      parsed = RawEventSchema.safeParse(JSON.parse(lenient.decode(line)));
    } catch {
      return;
    }
    if (!parsed.success) return;
    const { type, item, message, error, usage, thread_id: threadId } = parsed.data;
    if (type === "thread.started" && threadId !== undefined) {
      this.#threadId = threadId;
      this.#onEvent({ kind: "thread", threadId });
    } else if (type === "turn.completed") {
      this.#turnCompleted = true;
      this.#usage = numbersOf(usage);
      this.#onEvent({ kind: "turn-completed", usage: this.#usage });
    } else if (type === "turn.failed") {
      this.#failure = error?.message ?? "the turn failed without a message";
      this.#onEvent({ kind: "turn-failed", text: this.#failure });
    } else if (type === "error") {
      this.#lastError = message ?? "an error without a message";
      this.#onEvent({ kind: "error", text: this.#lastError });
    } else if (item && type.startsWith("item.")) {
      this.#takeItem(item, type === "item.completed");
    }
  }

  #takeItem(item: RawItem, completed: boolean): void {
    if (item.type === "command_execution") {
      this.#takeCommand(item, completed);
    } else if (completed && item.type === "agent_message" && item.text !== undefined) {
      this.#onEvent({ kind: "message", text: item.text });
    } else if (completed && item.type === "file_change") {
      const paths = (item.changes ?? []).flatMap((change) => change.path === undefined ? [] : [change.path]);
      if (paths.length > 0) this.#onEvent({ kind: "file-change", paths });
    } else if (completed && item.type === "error" && item.message !== undefined) {
      this.#onEvent({ kind: "error", text: item.message });
    }
  }

  #takeCommand(item: RawItem, completed: boolean): void {
    const { id = "", command = "", exit_code: exitCode = null, status = "" } = item;
    const known = this.#commands.get(id);
    if (!known && this.#commands.size >= MOST_COMMANDS) this.#commandsLeftOut++;
    else this.#commands.set(id, { id, command, exitCode, status });
    if (completed) this.#onEvent({ kind: "command-ended", id, command, exitCode });
    else if (!known) this.#onEvent({ kind: "command-started", id, command });
  }
}

const lenient = new TextDecoder();
const latin1 = new TextDecoder("latin1");

/** Keys of a wrong type count as missing: nothing that an event holds may end a run. */
const text = z.string().optional().catch(undefined);
const RawItemSchema = z.object({
  id: text,
  type: text,
  text,
  message: text,
  command: text,
  status: text,
  exit_code: z.number().nullable().optional().catch(undefined),
  changes: z.array(z.object({ path: text })).optional().catch(undefined),
});
const RawEventSchema = z.object({
  type: z.string(),
  thread_id: text,
  message: text,
  usage: z.record(z.string(), z.unknown()).optional().catch(undefined),
  error: z.object({ message: text }).optional().catch(undefined),
  item: RawItemSchema.optional().catch(undefined),
});
type RawItem = z.infer<typeof RawItemSchema>;
type RawEvent = z.infer<typeof RawEventSchema>;

function numbersOf(usage: Record<string, unknown> | undefined): Record<string, number> | null {
  if (!usage) return null;
  const numbers = Object.entries(usage).filter((entry): entry is [string, number] =>
    Number.isFinite(entry[1])
  );
  return numbers.length === 0 ? null : Object.fromEntries(numbers);
}
