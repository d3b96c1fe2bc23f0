import type { CliContext } from "../context.ts";
import { findCodex } from "../../codex/find_codex.ts";
import { type Quota, type QuotaWindow, readQuota, resetText, windowName } from "../../codex/quota.ts";
import { refusal } from "../../base/errors.ts";
import { EXIT, type ExitCode } from "../../base/exit_codes.ts";
import { renderJson } from "../../base/render_json.ts";

interface QuotaFlags {
  readonly codex?: string;
  readonly codexConfig?: string[] | undefined;
  readonly json?: true;
}

/** `quota`: what is left of each window, and when it begins anew. */
export async function quotaCommand(flags: QuotaFlags, context: CliContext): Promise<ExitCode> {
  const { environment } = context;
  const codex = await findCodex({
    given: flags.codex ?? (environment["CODEX_DISPATCH_CODEX"] || undefined),
    environment,
  });
  const reading = await readQuota(codex, { environment, config: flags.codexConfig ?? [] });
  if (reading.kind === "unreadable") {
    const remedy = /auth|log ?in|key|account/i.test(reading.why)
      ? " With an API key there is none to read; else log in: codex login."
      : "";
    throw refusal("quota-unreadable", `Codex's quota cannot be read: ${reading.why}.${remedy}`);
  }
  context.stdout(
    flags.json ? renderJson(asDocument(reading.quota)) : asText(reading.quota, context.now()),
  );
  return EXIT.accepted;
}

function asText({ allowed, windows }: Quota, now: Date): string {
  const lines = windows.map((window) =>
    `${windowName(window)}: ${window.usedPercent} % used; ${resetText(window, now.getTime())}`
  );
  if (!allowed) lines.push("Codex does not allow ordinary use of this account at present.");
  return lines.length === 0 ? "Codex names no window of use.\n" : `${lines.join("\n")}\n`;
}

function asDocument({ allowed, windows }: Quota): unknown {
  const iso = ({ resetsAt }: QuotaWindow): string | null =>
    resetsAt === null ? null : new Date(resetsAt).toISOString();
  return {
    allowed,
    windows: windows.map((window) => ({
      name: window.name,
      used_percent: window.usedPercent,
      minutes: window.minutes,
      resets_at: iso(window),
    })),
  };
}
