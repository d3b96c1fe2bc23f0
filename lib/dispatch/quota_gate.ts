import type { CodexProgram } from "../codex/find_codex.ts";
import { refusal } from "../base/errors.ts";
import type { DispatchContext } from "./context.ts";
import type { DispatchOptions } from "./options.ts";

/**
 * Asks Codex for its quota, where the options say so. One that cannot be read stops nobody; an
 * interruption ends the question.
 *
 * @throws DispatchError (exit 2) if too much of it is used
 */
export async function passQuotaGate(
  codex: CodexProgram,
  options: DispatchOptions,
  context: DispatchContext,
): Promise<void> {
  if (options.force || options.quotaGate === null) return;
  context.report({ kind: "step", text: "asking Codex for its quota" });
  const { quotaObjection, readQuota } = await import("../codex/quota.ts");
  const reading = await readQuota(codex, {
    environment: context.environment,
    config: options.settings.config,
    signal: context.interrupt,
  });
  if (context.interrupt.aborted) return;
  if (reading.kind === "unreadable") {
    context.report({
      kind: "warning",
      text: `The quota could not be read, so the gate is open: ${reading.why}`,
    });
    return;
  }
  const objection = quotaObjection(reading.quota, options.quotaGate, context.now().getTime());
  if (objection !== undefined) {
    throw refusal("quota", `${objection} Wait, or start all the same with --force.`);
  }
}
