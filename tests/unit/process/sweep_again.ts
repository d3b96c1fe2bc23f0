/** Sweeps a folder of tickets again and again until it is killed; says so once it does. */
import { sweepTickets } from "../../../lib/process/tickets.ts";

if (import.meta.main) {
  const [folder = ""] = Deno.args;
  console.log("sweeping");
  while (true) sweepTickets(folder, 3_600_000);
}
