import type { SeenCommand } from "./seen_command.ts";

/** A command as an event tells it. */
export interface CommandEvent extends SeenCommand {
  readonly completed: boolean;
}

/**
 * Reads a command's event in the form in which Codex writes it; undefined for a line of any other form. Of its output, most of
 * the line, nothing is looked at but where it ends. Of a line that is JSON it says what JSON.parse would; in one that is not, it
 * overlooks what JSON does not allow within a string.
 *
 * @param start of the line in the text
 * @param end of it, without the newline
 */
export function readPlainCommand(text: string, start: number, end: number): CommandEvent | undefined {
  const completed = text.startsWith(COMPLETED, start);
  if (!completed && !text.startsWith(STARTED, start)) return undefined;
  const idAt = start + (completed ? COMPLETED : STARTED).length;
  const idEnd = endOfString(text, idAt, end);
  if (idEnd === undefined || !text.startsWith(COMMAND, idEnd)) return undefined;
  const commandAt = idEnd + COMMAND.length;
  const commandEnd = endOfString(text, commandAt, end);
  if (commandEnd === undefined || !text.startsWith(OUTPUT, commandEnd)) return undefined;
  const outputEnd = endOfString(text, commandEnd + OUTPUT.length, end);
  const outcome = outputEnd === undefined ? undefined : readOutcome(text, outputEnd, end);
  if (outcome === undefined) return undefined;
  const id = unescaped(text.slice(idAt, idEnd));
  const command = unescaped(text.slice(commandAt, commandEnd));
  if (id === undefined || command === undefined) return undefined;
  return { id, command, exitCode: outcome.exitCode, status: outcome.status, completed };
}

/** Whether a line is a message of Codex, or of what it thinks, in the form in which it writes them. */
export function isPlainProse(text: string, start: number, end: number): boolean {
  if (!text.startsWith(COMPLETED, start)) return false;
  const idEnd = endOfString(text, start + COMPLETED.length, end);
  return idEnd !== undefined && (text.startsWith(MESSAGE, idEnd) || text.startsWith(REASONING, idEnd));
}

/** The parts of such events, in their order. */
const STARTED = '{"type":"item.started","item":{"id":"';
const COMPLETED = '{"type":"item.completed","item":{"id":"';
const MESSAGE = '","type":"agent_message","';
const REASONING = '","type":"reasoning","';
const COMMAND = '","type":"command_execution","command":"';
const OUTPUT = '","aggregated_output":"';
const OUTCOME = /^","exit_code":(-?(?:0|[1-9]\d*)|null),"status":"(\w*)"\}\}$/;
const LONGEST_OUTCOME = 80;

const BACKSLASH = 92;
/** With one quotation mark escaped in so many characters JSON.parse is as fast as a search for each. */
const LEAST_APART = 16;

/** Where the quotation mark stands that ends a string; undefined if none does, or if JSON.parse finds it as fast. */
function endOfString(text: string, start: number, end: number): number | undefined {
  let escaped = 0;
  for (let at = text.indexOf('"', start); at >= 0 && at < end; at = text.indexOf('"', at + 1)) {
    let before = at;
    while (text.charCodeAt(before - 1) === BACKSLASH) before--;
    if ((at - before) % 2 === 0) return at;
    if (++escaped * LEAST_APART > end - start) return undefined;
  }
  return undefined;
}

type Outcome = Pick<SeenCommand, "exitCode" | "status">;

/** How nearly all commands begin and end. */
const COMMON_OUTCOMES: readonly (readonly [string, Outcome])[] = [
  ['","exit_code":0,"status":"completed"}}', { exitCode: 0, status: "completed" }],
  ['","exit_code":null,"status":"in_progress"}}', { exitCode: null, status: "in_progress" }],
];

function readOutcome(text: string, start: number, end: number): Outcome | undefined {
  const length = end - start;
  for (const [common, outcome] of COMMON_OUTCOMES) {
    if (length === common.length && text.startsWith(common, start)) return outcome;
  }
  if (length > LONGEST_OUTCOME) return undefined;
  const [, exitCode, status] = OUTCOME.exec(text.slice(start, end)) ?? [];
  if (exitCode === undefined || status === undefined) return undefined;
  // A part of the text would keep all of it in memory.
  return { exitCode: exitCode === "null" ? null : Number(exitCode), status: JSON.parse(`"${status}"`) };
}

/** What a string of JSON says; undefined if it is none. */
function unescaped(text: string): string | undefined {
  if (!text.includes("\\")) return text;
  try {
    return JSON.parse(`"${text}"`);
  } catch {
    return undefined;
  }
}
