import { isInside } from "../base/is_inside.ts";
import type { Holder } from "./ticket_holder.ts";
import { isLive, placeOf, readTickets, type Ticket } from "./tickets.ts";

/** A ticket with what its process wrote down, where that can be read. */
export interface HeldTicket extends Ticket {
  readonly holder: Holder | undefined;
  /** Whether its process lives. */
  readonly isLive: boolean;
}

/** The tickets for a work tree, for one within it, and for one around it: each sees the other's changes. */
export class ConcerningTickets {
  readonly #folder: string;
  readonly #root: string;
  /** A ticket's content stays what it is: it is read once. */
  readonly #holders = new Map<string, Holder | undefined>();
  /** See {@link Ticket.place}. */
  readonly place: string;

  /** @param root real path of the work tree */
  constructor(folder: string, root: string) {
    this.#folder = folder;
    this.#root = root;
    this.place = placeOf(root);
  }

  /** In their order, but for the one of this name. */
  async read(except?: string): Promise<HeldTicket[]> {
    const tickets = readTickets(this.#folder).filter(({ name }) => name !== except);
    const found: HeldTicket[] = [];
    for (const ticket of tickets) {
      const holder = await this.#holder(ticket);
      if (ticket.place === this.place || (holder && this.#isNested(holder.root))) {
        found.push({ ...ticket, holder, isLive: isLive(ticket) });
      }
    }
    return found;
  }

  async #holder(ticket: Ticket): Promise<Holder | undefined> {
    if (!this.#holders.has(ticket.name)) {
      // The validator takes a while to load, and mostly there is no other ticket.
      const { readHolder } = await import("./ticket_holder.ts");
      this.#holders.set(ticket.name, readHolder(ticket));
    }
    return this.#holders.get(ticket.name);
  }

  #isNested(root: string): boolean {
    return isInside(root, this.#root) || isInside(this.#root, root);
  }
}
