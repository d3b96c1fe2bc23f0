/** A command of Codex, as its last event tells it. */
export interface SeenCommand {
  readonly id: string;
  readonly command: string;
  /** null while it runs, and for one that never was reported as ended. */
  readonly exitCode: number | null;
  readonly status: string;
  /** What it printed, as far as it is kept; of Codex's commands it is not. */
  readonly output?: string;
}

/**
 * Reads a command's event in the form in which Codex writes it, without parsing its output, most of the line; undefined for a
 * line of any other form. What is looked for cannot stand within a string: there every quotation mark has a backslash before it.
 *
 * @param start of the line in the text
 * @param end of it, without the newline
 */
export function readPlainCommand(
  text: string,
  start: number,
  end: number,
): (SeenCommand & { readonly completed: boolean }) | undefined {
  const completed = text.startsWith(COMPLETED, start);
  if (!completed && !text.startsWith(STARTED, start)) return undefined;
  const idAt = start + (completed ? COMPLETED : STARTED).length;
  const idEnd = text.indexOf('"', idAt);
  if (!text.startsWith(COMMAND, idEnd)) return undefined;
  const rest = text.slice(idEnd + COMMAND.length, end);
  const commandEnd = rest.indexOf(OUTPUT);
  const [, exitCode, status = ""] = OUTCOME.exec(rest.slice(-OUTCOME_LENGTH)) ?? [];
  if (commandEnd < 0 || exitCode === undefined) return undefined;
  const id = text.slice(idAt, idEnd);
  const command = unescaped(rest.slice(0, commandEnd));
  if (command === undefined || id.includes("\\")) return undefined;
  return { id, command, exitCode: exitCode === "null" ? null : Number(exitCode), status, completed };
}

/** The parts of such an event, in their order. */
const STARTED = '{"type":"item.started","item":{"id":"';
const COMPLETED = '{"type":"item.completed","item":{"id":"';
const COMMAND = '","type":"command_execution","command":"';
const OUTPUT = '","aggregated_output":"';
const OUTCOME = /","exit_code":(-?\d+|null),"status":"(\w+)"\}\}$/;
/** As long as that can be. */
const OUTCOME_LENGTH = 80;

/** What a string of JSON says; undefined if it is none. */
function unescaped(text: string): string | undefined {
  if (!text.includes("\\")) return text;
  try {
    return JSON.parse(`"${text}"`);
  } catch {
    return undefined;
  }
}
