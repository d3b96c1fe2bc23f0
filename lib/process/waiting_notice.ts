import { showDuration } from "../base/durations.ts";
import { plural } from "../base/text.ts";
import type { HeldTicket } from "./concerning_tickets.ts";

/** When it is said again that the wait goes on; each time twice as long, up to the most. Milliseconds. */
const SAY_AGAIN = 30_000;
const SAY_AGAIN_MOST = 300_000;

/** Says for whom is waited: at once, when that is another, and now and then. */
export class WaitingNotice {
  readonly #report: (text: string) => void;
  readonly #now: () => number;
  readonly #started: number;
  #said: string | undefined;
  #sayAt = 0;
  #again = SAY_AGAIN;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(report: (text: string) => void, now: () => number = () => performance.now()) {
    this.#report = report;
    this.#now = now;
    this.#started = now();
  }

  /** @param more how many others come before the one who waits */
  async say(first: HeldTicket, more: number): Promise<void> {
    const now = this.#now();
    const isAnother = first.name !== this.#said;
    if (!isAnother && now < this.#sayAt) return;
    const { showHolder } = await import("./ticket_holder.ts");
    const others = more === 0 ? "" : `; ${plural(more, "other comes", "others come")} before this one`;
    const still = isAnother ? "" : ` (${showDuration(now - this.#started)} so far)`;
    this.#report(`waiting for the work tree: in use by ${showHolder(first.holder)}${others}${still}`);
    this.#again = isAnother ? SAY_AGAIN : Math.min(2 * this.#again, SAY_AGAIN_MOST);
    this.#said = first.name;
    this.#sayAt = now + this.#again;
  }
}
