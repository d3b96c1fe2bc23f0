import * as z from "zod";
import type { CodexProgram } from "./find_codex.ts";
import { codexEnvironment } from "./invocation.ts";
import { showDuration } from "../base/durations.ts";
import { messageOf } from "../base/errors.ts";
import { oneLine } from "../base/text.ts";

/** One window of use, such as the last five hours or the week. */
export interface QuotaWindow {
  readonly name: string;
  readonly usedPercent: number;
  /** null where it is not said. */
  readonly minutes: number | null;
  /** Milliseconds since 1970; null where it is not said. */
  readonly resetsAt: number | null;
}

export interface Quota {
  /** False: the account may not be used at present, whatever the windows say. */
  readonly allowed: boolean;
  readonly windows: readonly QuotaWindow[];
}

export type QuotaReading =
  | { readonly kind: "read"; readonly quota: Quota }
  | { readonly kind: "unreadable"; readonly why: string };

/** Asking takes about half a second; a machine without network must not hold up a run. Milliseconds. */
const DEADLINE = 10_000;

export interface QuotaOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** `KEY=VALUE`, handed on as `-c`. */
  readonly config: readonly string[];
  /** Aborted: nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
}

/** Asks Codex's own app server what is left. Never throws: what cannot be read is a value. */
export async function readQuota(codex: CodexProgram, options: QuotaOptions): Promise<QuotaReading> {
  try {
    const reply = await askAppServer(codex, options);
    return parseQuota(reply);
  } catch (error) {
    return { kind: "unreadable", why: messageOf(error) };
  }
}

/** Reads the reply to `account/rateLimits/read`. Source: codex app-server 0.169.0. Pure. */
export function parseQuota(reply: unknown): QuotaReading {
  const parsed = ReplySchema.safeParse(reply);
  if (!parsed.success) return { kind: "unreadable", why: "the reply has an unknown form" };
  const { error, result } = parsed.data;
  if (error) {
    return { kind: "unreadable", why: oneLine(error.message ?? "Codex answered with an error", 200) };
  }
  if (!result) return { kind: "unreadable", why: "the reply holds neither a result nor an error" };
  const windows = Object.entries(result.rateLimits).flatMap(([name, value]): QuotaWindow[] => {
    const window = WindowSchema.safeParse(value);
    if (!window.success) return [];
    const { usedPercent, windowDurationMins: minutes, resetsAt } = window.data;
    return [{ name, usedPercent, minutes, resetsAt: resetsAt === null ? null : resetsAt * 1000 }];
  });
  return { kind: "read", quota: { allowed: result.ordinaryUsageAllowed !== false, windows } };
}

/**
 * Why a run should not be started, or undefined: a window of about five hours is used to `gate` percent, any window is
 * used up, or ordinary use is not allowed. Pure.
 */
export function quotaObjection(quota: Quota, gate: number, now: number): string | undefined {
  const used = quota.windows.find((window) => window.usedPercent >= 100);
  if (used) return `Codex's quota of ${windowName(used)} is used up; ${resetText(used, now)}.`;
  const near = quota.windows.find((window) => isShort(window) && window.usedPercent >= gate);
  if (near) {
    return `${near.usedPercent} % of Codex's quota of ${
      windowName(near)
    } is used, and the gate is at ${gate} %; ` +
      `${resetText(near, now)}.`;
  }
  if (!quota.allowed) {
    const next = [...quota.windows].sort((a, b) => b.usedPercent - a.usedPercent)[0];
    return `Codex does not allow ordinary use of this account at present${
      next ? `; ${resetText(next, now)}` : ""
    }.`;
  }
  return undefined;
}

/** `5 hours`, `7 days`; the window's own name where its length is not known. */
export function windowName(window: QuotaWindow): string {
  if (window.minutes === null) return `the ${window.name} window`;
  if (window.minutes % 1440 === 0) return `${window.minutes / 1440} days`;
  return window.minutes % 60 === 0 ? `${window.minutes / 60} hours` : `${window.minutes} minutes`;
}

/** When a window begins anew, in words. */
export function resetText(window: QuotaWindow, now: number): string {
  if (window.resetsAt === null) return "when it resets is not known";
  const left = window.resetsAt - now;
  return left <= 0
    ? "it resets now"
    : `it resets in ${showDuration(left)}, at ${new Date(window.resetsAt).toISOString()}`;
}

/** "About five hours": the length has differed by some minutes between plans. */
function isShort(window: QuotaWindow): boolean {
  return window.minutes !== null && window.minutes >= 240 && window.minutes <= 360;
}

const optionalNumber = z.number().nullable().optional().transform((value) => value ?? null).catch(null);
const WindowSchema = z.object({
  usedPercent: z.number(),
  windowDurationMins: optionalNumber,
  resetsAt: optionalNumber,
});
const ReplySchema = z.object({
  error: z.object({ message: z.string().optional().catch(undefined) }).optional(),
  result: z.object({
    ordinaryUsageAllowed: z.boolean().nullable().optional().catch(undefined),
    rateLimits: z.record(z.string(), z.unknown()),
  }).optional(),
});

const REQUESTS = [
  {
    id: 0,
    method: "initialize",
    params: { clientInfo: { name: "codex-dispatch", title: "codex-dispatch", version: "1" } },
  },
  { method: "initialized" },
  { id: 1, method: "account/rateLimits/read" },
];

/** The reply to the request with id 1. Standard input stays open until it is there: at its end the server stops. */
async function askAppServer(
  codex: CodexProgram,
  { environment, config, signal }: QuotaOptions,
): Promise<unknown> {
  const child = new Deno.Command(codex.path, {
    args: ["app-server", ...config.flatMap((entry) => ["-c", entry])],
    env: codexEnvironment(environment, codex.env),
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    // As of every other helper: a Ctrl-C is not for it.
    detached: Deno.build.os !== "windows",
  }).spawn();
  let timedOut = false;
  const end = (): void => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  };
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, DEADLINE);
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted) end();
  const writer = child.stdin.getWriter();
  try {
    const lines = REQUESTS.map((request) => `${JSON.stringify(request)}\n`).join("");
    await writer.write(new TextEncoder().encode(lines)).catch(() => {});
    const reply = await findReply(child.stdout, 1);
    if (reply === undefined) {
      throw new Error(
        timedOut
          ? `codex app-server said nothing for ${DEADLINE / 1000} s`
          : "codex app-server ended without a reply",
      );
    }
    return reply;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
    await writer.abort().catch(() => {});
    end();
    await child.status;
  }
}

const MOST_REPLY = 4 * 1024 * 1024;

async function findReply(stdout: ReadableStream<Uint8Array>, id: number): Promise<unknown> {
  const decoder = new TextDecoder();
  let text = "";
  let read = 0;
  for await (const chunk of stdout) {
    read += chunk.length;
    if (read > MOST_REPLY) throw new Error("codex app-server said more than can be taken");
    text += decoder.decode(chunk, { stream: true });
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) {
      const reply = parseLine(line);
      if (reply !== undefined && reply.id === id) return reply;
    }
  }
  return undefined;
}

function parseLine(line: string): { id?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
