import { plural } from "../base/text.ts";
import { type Failure, isRepeated } from "./failure.ts";
import type { OnFail } from "./pipeline.ts";

/** What follows when a stage's gate said no. */
export type AfterFailure =
  | { readonly kind: "stop"; readonly why: string }
  | { readonly kind: "continue" }
  | { readonly kind: "return"; readonly to: string };

export interface LoopSoFar {
  /** What failed now. */
  readonly failure: Failure;
  /** What failed when the same stage's gate said no before, the first round first. */
  readonly earlier: readonly Failure[];
  /** How often this stage has sent the pipeline back. */
  readonly returns: number;
  /** A check that passed in an earlier round and failed in this one. */
  readonly regression: string | undefined;
  /** Why the budget cannot pay for another round. */
  readonly tooDear: string | undefined;
}

/** Decides what follows a failed gate that was no violation. Pure. */
export function afterFailure(onFail: OnFail, soFar: LoopSoFar): AfterFailure {
  if (onFail.kind === "stop") return { kind: "stop", why: "Its gate said no, and its on_fail is stop." };
  if (onFail.kind === "continue") return { kind: "continue" };
  const { failure, earlier, returns, regression, tooDear } = soFar;
  if (regression !== undefined) {
    return {
      kind: "stop",
      why: `${regression} passed in an earlier round and fails now: the rounds make it worse.`,
    };
  }
  const last = earlier.at(-1);
  if (last && isRepeated(failure, last)) {
    return {
      kind: "stop",
      why: "The same came back as in the round before: another round would bring no more.",
    };
  }
  if (earlier.slice(0, -1).some((each) => isRepeated(failure, each) && isRepeated(each, failure))) {
    return { kind: "stop", why: "What an earlier round had mended came back: the rounds go in a circle." };
  }
  if (returns >= onFail.atMost) {
    return {
      kind: "stop",
      why: `It went back to "${onFail.to}" ${plural(returns, "time")}, at_most ${onFail.atMost}.`,
    };
  }
  if (tooDear !== undefined) return { kind: "stop", why: tooDear };
  return { kind: "return", to: onFail.to };
}
