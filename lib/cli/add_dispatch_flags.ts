import type { Command, OptionValues } from "@commander-js/extra-typings";
import { DISPATCH_FLAGS, type DispatchFlags } from "./dispatch_flags.ts";

/** Adds the flags of a dispatch to a command that starts some. Those of `without` it takes, and does not speak of in its help. */
export function addDispatchFlags<Args extends unknown[], Flags extends OptionValues>(
  command: Command<Args, Flags>,
  without: readonly string[] = [],
): Command<Args, Flags & DispatchFlags> {
  for (const { flag, meaning, many, hidden = false } of DISPATCH_FLAGS) {
    const option = command.createOption(flag, meaning);
    option.hideHelp(hidden || without.includes(option.long ?? ""));
    if (many) option.argParser((value: string, list: string[] | undefined) => [...list ?? [], value]);
    command.addOption(option);
  }
  // commander's types follow a chain of calls, not a function that adds to a command it is given.
  return command as unknown as Command<Args, Flags & DispatchFlags>;
}
