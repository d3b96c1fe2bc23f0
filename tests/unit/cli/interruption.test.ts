import assert from "node:assert/strict";
import { listenForSignals } from "../../../lib/cli/interruption.ts";

/** | signals, in milliseconds | interrupt | hurry | abandon | */
const SIGNALS: readonly (readonly [readonly number[], boolean, boolean, boolean])[] = [
  [[], false, false, false],
  [[0], true, false, false],
  // A parent that hands on what the terminal has sent to both of them.
  [[0, 5], true, true, false],
  [[0, 999], true, true, false],
  [[0, 1_000], true, true, true],
  [[0, 5, 1_200], true, true, true],
];

for (const [times, ...expected] of SIGNALS) {
  Deno.test(`signals at [${times.join(", ")}] ms: interrupt, hurry, abandon are ${expected.join(", ")}`, () => {
    let now = 0;
    let send: (signal: "SIGINT" | "SIGTERM") => void = () => {};
    let listening = true;
    const interruption = listenForSignals({
      onSignal: (take) => {
        send = take;
        return { [Symbol.dispose]: () => listening = false };
      },
    }, () => now);
    for (const time of times) {
      now = time;
      send("SIGINT");
    }
    const { interrupt, hurry, abandon } = interruption;
    assert.deepEqual([interrupt.aborted, hurry.aborted, abandon.aborted], expected);
    if (interrupt.aborted) assert.equal(interrupt.reason, "SIGINT");
    interruption[Symbol.dispose]();
    assert.equal(listening, false);
  });
}
