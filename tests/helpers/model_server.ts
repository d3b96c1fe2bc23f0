import { setTimeout as delay } from "node:timers/promises";

/** The model whose tools the steps here speak; hand it to codex with `-m`. */
export const scriptedModel = "gpt-5.5";

/** What every request that ends in `response.completed` costs. Codex adds it up over a thread. */
export const usagePerRequest = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 10 },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 5 },
  total_tokens: 120,
} as const;

/** An item of the Responses API, as the server sends it. */
export type ModelItem = Readonly<Record<string, unknown>> & { readonly type: string };

/** How one request is answered. A request that codex repeats after a fault takes the next step. */
export type ModelStep =
  /** One shell command. The model is asked on when it ends, or after `yieldMs` (codex's default: 10,000). */
  | { readonly kind: "command"; readonly cmd: string; readonly yieldMs?: number }
  /** One patch, from `*** Begin Patch` to `*** End Patch`. */
  | { readonly kind: "patch"; readonly patch: string }
  /** The final message. */
  | { readonly kind: "answer"; readonly text: string }
  /** The final message, whose text comes piece by piece with a pause before each: Codex says nothing of it meanwhile. */
  | { readonly kind: "slowly"; readonly pieces: readonly string[]; readonly pauseMs: number }
  /** Any items in one response: two commands at once, reasoning, none at all. */
  | { readonly kind: "items"; readonly items: readonly ModelItem[] }
  /** A bare HTTP answer. A body that is no string is sent as JSON. */
  | { readonly kind: "status"; readonly status: number; readonly body?: unknown }
  /** `response.failed`. Codex gives up at once on the default code, `invalid_prompt`; `server_error` it retries. */
  | { readonly kind: "failed"; readonly message: string; readonly code?: string }
  /** `response.created`, then nothing more. */
  | { readonly kind: "hang" }
  /** `response.created`, then the connection breaks. */
  | { readonly kind: "close" }
  /** Not even headers for `ms` milliseconds, then the step `then`. */
  | { readonly kind: "delay"; readonly ms: number; readonly then: ModelStep };

/** A patch that adds a file of one line. */
export function addFile(path: string, line: string): ModelStep {
  return { kind: "patch", patch: `*** Begin Patch\n*** Add File: ${path}\n+${line}\n*** End Patch` };
}

/** A scripted model server on loopback, with a `CODEX_HOME` of its own. */
export interface ModelServer extends AsyncDisposable {
  readonly port: number;
  /** The parsed bodies of the model requests so far, in order of arrival. */
  readonly requests: readonly unknown[];
  /**
   * Values for repeated `-c` flags that point codex at this server, and at nothing else on the network. A fault
   * that codex retries is retried once, with a "Reconnecting… 1/1" event.
   */
  codexConfig(): string[];
  /** Variables to lay over the inherited environment of codex. */
  env(): Record<string, string>;
}

/**
 * Starts a server that answers the n-th `POST /v1/responses` with the n-th step, in the format of the Responses API
 * as the Codex CLI 0.169.0 reads it. A request past the script gets status 400, any other path 404. Disposing
 * breaks off what is under way and removes `CODEX_HOME`.
 */
export async function startModelServer(steps: readonly ModelStep[]): Promise<ModelServer> {
  const home = await Deno.makeTempDir({ prefix: "codex-home-" });
  const requests: unknown[] = [];
  const end = new AbortController();

  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    signal: end.signal,
    onListen: () => {},
    onError: (error) => refusal(500, `The scripted model server failed: ${error}`),
  }, async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method !== "POST" || pathname !== "/v1/responses") {
      return refusal(404, `Nothing at "${request.method} ${pathname}": ask "POST /v1/responses".`);
    }
    const position = requests.push(await request.json());
    const step = steps[position - 1];
    if (step === undefined) {
      return refusal(
        400,
        `Request ${position} came after the end of the script: add a step to its ${steps.length}.`,
      );
    }
    return await perform(step, end.signal);
  });

  return {
    port: server.addr.port,
    requests,
    codexConfig: () => codexConfig(server.addr.port),
    // Without NO_PROXY codex sends even loopback requests to the proxy that HTTP_PROXY names.
    env: () => ({ MOCK_KEY: "scripted", CODEX_HOME: home, NO_PROXY: "127.0.0.1" }),
    async [Symbol.asyncDispose](): Promise<void> {
      end.abort();
      await server.finished;
      await Deno.remove(home, { recursive: true });
    },
  };
}

/** A shell command, for a step of the kind "items". */
export function commandItem(cmd: string, options: { readonly yieldMs?: number } = {}): ModelItem {
  const id = crypto.randomUUID();
  const args = options.yieldMs === undefined ? { cmd } : { cmd, yield_time_ms: options.yieldMs };
  return {
    type: "function_call",
    name: "exec_command",
    id: `fc_${id}`,
    call_id: `call_${id}`,
    arguments: JSON.stringify(args),
  };
}

/** A message of the assistant, for a step of the kind "items". */
export function answerItem(text: string): ModelItem {
  const content = [{ type: "output_text", text }];
  return { type: "message", role: "assistant", id: `msg_${crypto.randomUUID()}`, content };
}

function codexConfig(port: number): string[] {
  const provider = `{name="mock",base_url="http://127.0.0.1:${port}/v1",env_key="MOCK_KEY",` +
    `wire_api="responses",request_max_retries=0,stream_max_retries=1}`;
  return [
    `model_provider="mock"`,
    `model_providers.mock=${provider}`,
    "features.apps=false",
    "features.plugins=false",
    "features.remote_plugin=false",
    // Otherwise codex waits for ever for a server that is disposed already.
    "features.unbounded_connection_retries=false",
    "analytics.enabled=false",
    "check_for_update_on_startup=false",
    `otel.exporter="none"`,
    `otel.trace_exporter="none"`,
    `otel.metrics_exporter="none"`,
  ];
}

async function perform(step: ModelStep, end: AbortSignal): Promise<Response> {
  switch (step.kind) {
    case "command":
      return answered([commandItem(step.cmd, step)]);
    case "patch":
      return answered([commandItem(`apply_patch <<'END_OF_PATCH'\n${step.patch.trimEnd()}\nEND_OF_PATCH`)]);
    case "answer":
      return answered([answerItem(step.text)]);
    case "slowly":
      return events(
        slowly(step.pieces, (): Promise<void> => delay(step.pauseMs, undefined, { signal: end })),
      );
    case "items":
      return answered(step.items);
    case "status":
      return bare(step.status, step.body ?? { error: { message: `Scripted status ${step.status}` } });
    case "failed":
      return failed(step.message, step.code ?? "invalid_prompt");
    case "hang":
      return events(createdThen(() => aborted(end)));
    case "close":
      return events(createdThen(() => Promise.reject(new Error("The script closes the stream early."))));
    case "delay":
      await delay(step.ms, undefined, { signal: end });
      return await perform(step.then, end);
  }
}

function answered(items: readonly ModelItem[]): Response {
  const id = responseId();
  return events([
    frame("response.created", { response: { id } }),
    ...items.map((item, index) => frame("response.output_item.done", { output_index: index, item })),
    frame("response.completed", { response: { id, usage: usagePerRequest } }),
  ]);
}

function failed(message: string, code: string): Response {
  const id = responseId();
  return events([
    frame("response.created", { response: { id } }),
    frame("response.failed", { response: { id, error: { code, message } } }),
  ]);
}

async function* slowly(pieces: readonly string[], pause: () => Promise<void>): AsyncGenerator<string> {
  const id = responseId();
  yield frame("response.created", { response: { id } });
  const item = answerItem("");
  yield frame("response.output_item.added", { output_index: 0, item: { ...item, content: [] } });
  for (const delta of pieces) {
    await pause();
    yield frame("response.output_text.delta", {
      output_index: 0,
      content_index: 0,
      item_id: item["id"],
      delta,
    });
  }
  const content = [{ type: "output_text", text: pieces.join("") }];
  yield frame("response.output_item.done", { output_index: 0, item: { ...item, content } });
  yield frame("response.completed", { response: { id, usage: usagePerRequest } });
}

async function* createdThen(last: () => Promise<void>): AsyncGenerator<string> {
  yield frame("response.created", { response: { id: responseId() } });
  await last();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function events(frames: Iterable<string> | AsyncIterable<string>): Response {
  const body = ReadableStream.from(frames).pipeThrough(new TextEncoderStream());
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

function frame(type: string, data: Readonly<Record<string, unknown>>): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}

function refusal(status: number, message: string): Response {
  return bare(status, { error: { message } });
}

function bare(status: number, body: unknown): Response {
  return typeof body === "string" ? new Response(body, { status }) : Response.json(body, { status });
}

// Thread-wide uniqueness: a resumed thread may meet a second server.
function responseId(): string {
  return `resp_${crypto.randomUUID()}`;
}
