import type { CliContext } from "./context.ts";

/** What a person or the system asks of a command that runs. */
export interface Interruption extends Disposable {
  /** Aborted at the first SIGINT or SIGTERM, with the signal's name as its reason: end, and write down what was. */
  readonly interrupt: AbortSignal;
  /** Aborted at the second: give nobody time to end by himself. */
  readonly hurry: AbortSignal;
  /** Aborted when somebody insists: leave what is still to be looked at. */
  readonly abandon: AbortSignal;
}

/** A signal so soon after the first is the same impatience, or the same signal by way of a parent. Milliseconds. */
const INSISTS_AFTER = 1_000;

/** Listens for signals until it is disposed. */
export function listenForSignals(
  context: Pick<CliContext, "onSignal">,
  clock: () => number = () => performance.now(),
): Interruption {
  const [interrupt, hurry, abandon] = [
    new AbortController(),
    new AbortController(),
    new AbortController(),
  ];
  let first = 0;
  const listening = context.onSignal((signal) => {
    if (!interrupt.signal.aborted) {
      first = clock();
      return interrupt.abort(signal);
    }
    hurry.abort(signal);
    if (clock() - first >= INSISTS_AFTER) abandon.abort(signal);
  });
  return {
    interrupt: interrupt.signal,
    hurry: hurry.signal,
    abandon: abandon.signal,
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}
