import type { CliContext } from "./context.ts";

/** What a person or the system asks of a command that runs. */
export interface Interruption extends Disposable {
  /** Aborted at the first SIGINT or SIGTERM, with the signal's name as its reason. */
  readonly interrupt: AbortSignal;
  /** Aborted at the second. */
  readonly hurry: AbortSignal;
}

/** Listens for signals until it is disposed: the first ends the work and lets it be written down, the second hurries. */
export function listenForSignals(context: CliContext): Interruption {
  const [interrupt, hurry] = [new AbortController(), new AbortController()];
  const listening = context.onSignal((signal) => {
    if (interrupt.signal.aborted) hurry.abort(signal);
    else interrupt.abort(signal);
  });
  return {
    interrupt: interrupt.signal,
    hurry: hurry.signal,
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}
