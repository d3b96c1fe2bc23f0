import type { SeenCommand } from "./seen_command.ts";

const MOST_COMMANDS = 10_000;
/** Characters that are kept of one command, and of all with their ids. A longer one is cut. */
const LONGEST_COMMAND = 20_000;
const MOST_TEXT = 16 * 1024 * 1024;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The commands of a run, each as it was told last: of very many, or very long ones, as far as memory is to go. */
export class KeptCommands {
  readonly #commands = new Map<string, Mutable<SeenCommand>>();
  #text = 0;
  #leftOut = 0;
  /** The command that was told of last: mostly it is that of the next event. */
  #lastId: string | undefined;
  #last: Mutable<SeenCommand> | undefined;

  /** Commands that ended and are not kept. */
  get leftOut(): number {
    return this.#leftOut;
  }

  all(): SeenCommand[] {
    return [...this.#commands.values()];
  }

  /** Returns whether this command was not known before. */
  take(seen: SeenCommand, completed: boolean): boolean {
    const known = seen.id === this.#lastId ? this.#last : this.#commands.get(seen.id);
    this.#lastId = seen.id;
    this.#last = known;
    if (known) {
      known.exitCode = seen.exitCode;
      known.status = seen.status;
    } else if (this.#commands.size < MOST_COMMANDS && this.#text < MOST_TEXT) this.#last = this.#keep(seen);
    else if (completed) this.#leftOut++;
    return known === undefined;
  }

  #keep({ id, command, exitCode, status }: SeenCommand): Mutable<SeenCommand> {
    const text = command.length > LONGEST_COMMAND ? `${command.slice(0, LONGEST_COMMAND)}…` : command;
    this.#text += id.length + text.length;
    const key = ownCopy(id);
    const kept = { id: key, command: ownCopy(text), exitCode, status: ownCopy(status) };
    this.#commands.set(key, kept);
    return kept;
  }
}

/** A part of a string holds on to the whole of it: what is kept is copied, or all that Codex printed would stay in memory. */
function ownCopy(text: string): string {
  const copy: unknown = JSON.parse(JSON.stringify(text));
  return typeof copy === "string" ? copy : text;
}
