import type { CliContext } from "./context.ts";
import type { Interruption } from "./interruption.ts";
import type { DispatchContext } from "../dispatch/context.ts";

/** What dispatches take from the process, whether one stands alone or a pipeline has several. */
export function dispatchContext(
  { environment, now, self, threads }: CliContext,
  { interrupt, hurry, abandon }: Interruption,
): Omit<DispatchContext, "report" | "part" | "lock" | "detached"> {
  return { environment, now, interrupt, hurry, abandon, self, threads };
}
