import { showDuration } from "../base/durations.ts";
import { showCount } from "../base/text.ts";
import type { Budget } from "./pipeline.ts";
import type { Attempt } from "./state.ts";

/** What a pipeline has used so far. */
export interface Spent {
  /** Milliseconds. */
  readonly time: number;
  /** Null if the usage of a run is not known: it never counts as nothing. */
  readonly tokens: number | null;
}

/** What the attempts used together. One that another took the place of used as much as that one, if it did not say. Pure. */
export function spentOf(attempts: readonly Attempt[], activeMs: number): Spent {
  let tokens: number | null = 0;
  for (const [index, attempt] of attempts.entries()) {
    const used = attempt.tokens ??
      (isReplaced(attempt) ? replacementOf(attempts, index)?.tokens : null);
    // While its replacement has still to come, nothing can be said of it but that it will be counted then.
    if (used === undefined) continue;
    tokens = tokens === null || used === null ? null : tokens + used;
  }
  return { time: activeMs, tokens };
}

/** Why no further stage may start; undefined if one may. Pure. */
export function budgetObjection(budget: Budget, spent: Spent): string | undefined {
  if (budget.time !== null && spent.time >= budget.time) {
    return `The time of the budget, ${showDuration(budget.time)}, is used up.`;
  }
  if (budget.tokens === null) return undefined;
  if (spent.tokens === null) {
    return "A run did not say how many tokens it used, so whether the budget of " +
      `${showCount(budget.tokens)} tokens still holds cannot be told.`;
  }
  if (spent.tokens < budget.tokens) return undefined;
  return `The tokens of the budget, ${showCount(budget.tokens)}, are used up (${showCount(spent.tokens)}).`;
}

/** Why the budget cannot pay for another round that is as dear as the last; undefined if it can. Pure. */
export function tooDear(budget: Budget, spent: Spent, round: readonly Attempt[]): string | undefined {
  const time = round.reduce((sum, attempt) => sum + attempt.duration_ms, 0);
  if (budget.time !== null && budget.time - spent.time < time) {
    return `The last round took ${showDuration(time)}; ${
      showDuration(Math.max(0, budget.time - spent.time))
    } of the budget are left.`;
  }
  if (budget.tokens === null || spent.tokens === null) return undefined;
  const tokens = round.reduce((sum, attempt) => sum + (attempt.tokens ?? 0), 0);
  const left = Math.max(0, budget.tokens - spent.tokens);
  return left < tokens
    ? `The last round used ${showCount(tokens)} tokens; ${showCount(left)} of the budget are left.`
    : undefined;
}

function replacementOf(attempts: readonly Attempt[], index: number): Attempt | undefined {
  const { stage, round } = attempts[index] ?? {};
  return attempts.slice(index + 1).find((later) =>
    later.stage === stage && later.round === round && !isReplaced(later)
  );
}

/** Whether the stage is run again in the same round: an interruption, or the network, ended this attempt. */
function isReplaced({ status }: Attempt): boolean {
  return status === "interrupted" || status === "repeated";
}
