import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";

/** What may stand where the cursor is. */
export type Completion =
  /** One of these, and nothing else. */
  | { readonly kind: "words"; readonly words: readonly CompletionWord[] }
  /** A value of this name, as the command line's help writes it between `<>`. */
  | {
    readonly kind: "value";
    readonly name: string;
    readonly command: CommandUnknownOpts;
    /** What the help says that it takes, where that is a list and nothing else: `text, mermaid or json`. */
    readonly listed: readonly string[];
  };

export interface CompletionWord {
  readonly word: string;
  readonly meaning: string;
}

/**
 * Completes a command line from the commands and options as the program has them: nothing that is added to it has to be said
 * here a second time.
 *
 * @param words the words behind the program's name; the last is the one that is being written, and may be empty
 */
export function completeLine(program: CommandUnknownOpts, words: readonly string[]): Completion {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? "";
  const { command, operands, waiting, ended } = readWords(program, before);
  if (waiting) return valueOf(waiting, command);
  if (current.startsWith("-") && !ended) {
    const [flag = "", value] = current.split(/=(.*)/s, 2);
    if (value === undefined) return { kind: "words", words: optionsOf(command) };
    const option = takesValue(command, flag);
    return option ? valueOf(option, command) : { kind: "words", words: [] };
  }
  const commands = operands === 0 ? commandsOf(command) : [];
  if (commands.length > 0) return { kind: "words", words: commands };
  const argument = command.registeredArguments[operands] ??
    command.registeredArguments.find((one) => one.variadic);
  if (argument) {
    return { kind: "value", name: argument.name(), command, listed: listedIn(argument.description) };
  }
  return { kind: "words", words: ended ? [] : optionsOf(command) };
}

interface Reading {
  /** The command that the words have come to. */
  readonly command: CommandUnknownOpts;
  /** How many arguments of it there are already. */
  readonly operands: number;
  /** The option whose value comes next. */
  readonly waiting: Option | undefined;
  /** `--` was there: no options follow. */
  readonly ended: boolean;
}

function readWords(program: CommandUnknownOpts, words: readonly string[]): Reading {
  let reading: Reading = { command: program, operands: 0, waiting: undefined, ended: false };
  for (const word of words) reading = readWord(reading, word);
  return reading;
}

function readWord(reading: Reading, word: string): Reading {
  const { command, operands, waiting, ended } = reading;
  // A value that may be left out is left out where an option follows.
  if (waiting && (waiting.required || !word.startsWith("-"))) return { ...reading, waiting: undefined };
  if (word === "--" && !ended) return { ...reading, waiting: undefined, ended: true };
  if (word.startsWith("-") && word !== "-" && !ended) {
    return { ...reading, waiting: takesValue(command, word) };
  }
  const named = operands === 0
    ? command.commands.find((one) => one.name() === word || one.aliases().includes(word))
    : undefined;
  return named
    ? { command: named, operands: 0, waiting: undefined, ended }
    : { command, operands: operands + 1, waiting: undefined, ended };
}

/** The option of that flag, if a value follows it. */
function takesValue(command: CommandUnknownOpts, flag: string): Option | undefined {
  const option = command.options.find(({ long, short }) => long === flag || short === flag);
  return option && (option.required || option.optional) ? option : undefined;
}

function valueOf({ flags, description }: Option, command: CommandUnknownOpts): Completion {
  // `dir` of `--output-dir <dir>`.
  const name = /[<[]([^>\].]+)/.exec(flags)?.[1] ?? "";
  return { kind: "value", name, command, listed: listedIn(description) };
}

function listedIn(description: string): string[] {
  return /^[\w-]+(, [\w-]+)* or [\w-]+$/.test(description) ? description.split(/, | or /) : [];
}

function commandsOf(command: CommandUnknownOpts): CompletionWord[] {
  const commands = command.createHelp().visibleCommands(command);
  return commands.map((one) => ({ word: one.name(), meaning: one.description() }));
}

function optionsOf(command: CommandUnknownOpts): CompletionWord[] {
  const options = command.createHelp().visibleOptions(command);
  return options.map((option) => ({ word: option.long ?? option.short ?? "", meaning: option.description }));
}
