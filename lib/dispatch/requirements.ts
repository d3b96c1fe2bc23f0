import type { Policy } from "../records/policy.ts";
import type { Result } from "../records/result.ts";
import type { Expression } from "../base/expressions.ts";
import { messageOf } from "../base/errors.ts";

/** What `--require` and `--require-verdict` ask of a run, read before it starts. */
export interface Requirements {
  readonly expressions: readonly Expression[];
  readonly verdict: string | undefined;
}

/** The names an expression of `--require` can begin with. */
const NAMES = ["status", "verdict", "policy", "answer", "usage", "duration_ms"] as const;

/** @throws DispatchError (exit 1) if an expression cannot be read */
export async function readRequirements(
  require: readonly string[],
  verdict: string | undefined,
): Promise<Requirements> {
  if (require.length === 0) return { expressions: [], verdict };
  const { parseExpression } = await import("../base/expressions.ts");
  return { expressions: require.map((text) => parseExpression(text, NAMES)), verdict };
}

/** A sentence for each requirement that the run does not meet. Only boolean true is true. */
export async function unmetRequirements(
  requirements: Requirements,
  { policy, result }: { readonly policy: Policy; readonly result: Result },
): Promise<string[]> {
  const unmet: string[] = [];
  const verdict = result.answer?.verdict ?? null;
  if (requirements.verdict !== undefined && verdict !== requirements.verdict) {
    unmet.push(`--require-verdict ${requirements.verdict}: the verdict is ${verdict ?? "missing"}.`);
  }
  if (requirements.expressions.length === 0) return unmet;
  const { evaluate } = await import("../base/expressions.ts");
  const context: Record<(typeof NAMES)[number], unknown> = {
    status: result.status,
    verdict,
    policy,
    answer: result.answer,
    usage: result.usage,
    duration_ms: result.duration_ms,
  };
  for (const expression of requirements.expressions) {
    try {
      const value = evaluate(expression, context);
      if (value !== true) {
        unmet.push(`--require "${expression.text}": the value is ${JSON.stringify(value)}, not true.`);
      }
    } catch (error) {
      unmet.push(`--require "${expression.text}": ${messageOf(error)}.`);
    }
  }
  return unmet;
}
