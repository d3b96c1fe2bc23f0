/** Settings with which Codex logs every event of its server. */
export interface ServerLog {
  readonly env: Readonly<Record<string, string>>;
  /** `KEY=VALUE`, for `-c`. */
  readonly config: readonly string[];
  /** Nobody else asked for these lines: they are read and not kept. */
  readonly isOurs: boolean;
}

/**
 * How Codex is made to give a sign of life while its model thinks, of which standard output says nothing: it logs the events
 * of its server, and those of its own, to standard error. A RUST_LOG of the caller's stays as it is. Commands that Codex runs
 * see an empty RUST_LOG in place of ours. Source: the logs of Codex CLI 0.169.0; the first target is silent where the server is
 * reached by WebSocket.
 */
export function serverLog(environment: Readonly<Record<string, string>>): ServerLog {
  if (environment["RUST_LOG"] !== undefined) return NO_LOG;
  return {
    // What Codex logs by itself are errors.
    env: { RUST_LOG: `error,${TARGETS.map((target) => `${target}=trace`).join(",")}` },
    config: ['shell_environment_policy.set.RUST_LOG=""'],
    isOurs: true,
  };
}

/** Nothing is asked of Codex. */
export const NO_LOG: ServerLog = { env: {}, config: [], isOurs: false };

const TARGETS = ["codex_api::sse", "codex_app_server::outgoing_message"];

/**
 * `2026-01-02T03:04:05.678901Z TRACE codex_api::sse::responses: SSE event: …`, perhaps with spans before the target. Errors
 * would have been logged anyway.
 */
const OF_THE_LOG = new RegExp(
  `^\\d{4}-\\S+ +(?:TRACE|DEBUG|INFO|WARN) (?:.* )?(?:${TARGETS.join("|")})[\\w:]*: `,
);

/** The answer to a request that is only begun says no more than that it was repeated. */
const SIGN = /: (?:SSE event: (?!\{"type":"response\.(?:created|in_progress)")|app-server event: item\/)/;

/** A line is told by its beginning: its rest may be as long as an answer of the model. */
const BEGINNING = 400;
const [NEWLINE, DIGIT_0, DIGIT_9] = [10, 48, 57];

/** Reads standard error as it comes: counts the lines of the server's log, which hold the model's text, and lets the others by. */
export class ServerLogReader {
  readonly #isOurs: boolean;
  readonly #keep: (bytes: Uint8Array) => void;
  /** The beginning of a line of which it is not clear yet what it is. */
  #begun: Uint8Array = new Uint8Array(0);
  #line: "new" | "begun" | "kept" | "dropped" = "new";
  #progressed = false;

  /** @param keep takes what is kept of the stream, in pieces that are the caller's again after the call */
  constructor({ isOurs }: Pick<ServerLog, "isOurs">, keep: (bytes: Uint8Array) => void) {
    this.#isOurs = isOurs;
    this.#keep = keep;
  }

  /** Returns whether the server, or Codex itself, got on. */
  push(chunk: Uint8Array): boolean {
    this.#progressed = false;
    this.#takeChunk(chunk);
    return this.#progressed;
  }

  /** A line without an end is one too. */
  finish(): void {
    if (this.#line === "begun") this.#decide();
    this.#line = "new";
  }

  #takeChunk(chunk: Uint8Array): void {
    let at = 0;
    /** Where begins what is to be kept and was not handed on yet. */
    let from = 0;
    while (at < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, at);
      const end = newline < 0 ? chunk.length : newline + 1;
      if (this.#line === "new" && !isDigit(chunk[at])) this.#line = "kept";
      if (this.#line === "new" || this.#line === "begun") {
        if (from < at) this.#keep(chunk.subarray(from, at));
        this.#begin(chunk.subarray(at, end), newline >= 0);
        from = end;
      } else if (this.#line === "dropped") from = end;
      if (newline >= 0) this.#line = "new";
      at = end;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
  }

  /** Collects a line until it is clear what it is. */
  #begin(part: Uint8Array, isWhole: boolean): void {
    const begun = new Uint8Array(this.#begun.length + part.length);
    begun.set(this.#begun);
    begun.set(part, this.#begun.length);
    this.#begun = begun;
    this.#line = "begun";
    if (isWhole || begun.length >= BEGINNING) this.#decide();
  }

  #decide(): void {
    const text = latin1.decode(this.#begun.subarray(0, BEGINNING));
    const isOfLog = OF_THE_LOG.test(text);
    this.#progressed ||= isOfLog && SIGN.test(text);
    this.#line = isOfLog && this.#isOurs ? "dropped" : "kept";
    if (this.#line === "kept") this.#keep(this.#begun);
    this.#begun = new Uint8Array(0);
  }
}

/** Every byte is a character: nothing is lost or thrown at. */
const latin1 = new TextDecoder("latin1");

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= DIGIT_0 && byte <= DIGIT_9;
}
