/** A command as it is compared: what is run, and where and with what it was said to be run. */
export interface CommandForm {
  readonly bare: string;
  /** The folders that it went to first, as they are written; empty for none. */
  readonly folders: readonly string[];
  /** The variables that were set for it, as they are written. */
  readonly variables: string;
}

/**
 * Takes a command out of what only wraps it: shells, `cd … &&`, variables, `timeout` and the like, redirections, the marks
 * of a packet. Its exit status is that of the whole. Blanks are made one. Pure.
 */
export function commandForm(command: string): CommandForm {
  const form = { bare: command.trim(), folders: [] as string[], variables: "" };
  for (let depth = 0; depth < 10; depth++) {
    const before = form.bare;
    form.bare = withoutWrapper(withoutShell(withoutMarks(before)));
    const [, folder, inFolder] = IN_FOLDER.exec(form.bare) ?? [];
    if (folder !== undefined && inFolder !== undefined) {
      form.folders.push(unquoted(folder));
      form.bare = inFolder;
    }
    const [, variables, withThem] = WITH_VARIABLES.exec(form.bare) ?? [];
    if (variables !== undefined && withThem !== undefined) {
      form.variables = `${form.variables} ${variables}`.trim();
      form.bare = withThem;
    }
    form.bare = form.bare.trim();
    if (form.bare === before) break;
  }
  return { ...form, bare: form.bare.replace(/\s+/g, " ") };
}

/** One command of a line. */
export interface LinePart {
  readonly bare: string;
  /** What stands between it and the next: `&&`, or anything that lets the next run whatever this one said. */
  readonly behind: "&&" | ";" | "";
}

/** The commands of a line that run one after the other; what a pipe or `||` joins is one. Pure. */
export function lineParts(command: string): LinePart[] {
  const line = withoutShells(command);
  // The lines of a here-document are no commands.
  if (line.includes("<<")) return [{ bare: commandForm(line).bare, behind: "" }];
  const parts: LinePart[] = [];
  let from = 0;
  const take = (end: number, behind: LinePart["behind"]): void => {
    const text = line.slice(from, end);
    if (text.trim() !== "") parts.push({ bare: commandForm(text).bare, behind });
  };
  for (const match of line.matchAll(/'[^']*'|"(?:[^"\\]|\\.)*"|\\.|&&|[;\n]/gs)) {
    const [token] = match;
    if (token !== "&&" && token !== ";" && token !== "\n") continue;
    take(match.index, token === "&&" ? "&&" : ";");
    from = match.index + token.length;
  }
  take(line.length, "");
  return parts;
}

function withoutShells(command: string): string {
  let line = command.trim();
  for (let depth = 0; depth < 5; depth++) {
    const inner = withoutShell(withoutMarks(line)).trim();
    if (inner === line) break;
    line = inner;
  }
  return line;
}

const IN_FOLDER = /^cd\s+(?:--\s+)?('[^']*'|"[^"]*"|[^\s;&]+)\s*(?:&&|;|\n)\s*(\S.*)$/s;

const WITH_VARIABLES =
  /^(?:(?:\/usr\/bin\/)?env\s+)?(\w+=(?:'[^']*'|"[^"]*"|[^\s'"`$();&|<>])*)\s+([^\s=;&|].*)$/s;

/** Marks of a packet: backticks around a command, a prompt before it. */
function withoutMarks(command: string): string {
  return command.replace(/^`([^`]*)`$/, "$1").replace(/^\$\s+/, "");
}

function withoutShell(command: string): string {
  const wrapped = SHELL.exec(command)?.[1];
  return unquoted((wrapped ?? command).trim());
}

const SHELL =
  /^(?:\S*\/)?(?:env\s+(?:\S*\/)?)?(?:ba|z|da)?sh\s+(?:(?:-[a-z]*o\s+\w+|--?[a-z]+)\s+)*-[a-z]*c\s+(.*)$/s;

/** Programs that run a command and end with its status, or say that its time was up; brackets; and where output goes. */
function withoutWrapper(command: string): string {
  return command.replace(/^g?timeout\s+(?:(?:-[ks]\s+\S+|-\S+)\s+)*[\d.]+[smhd]?\s+/, "")
    .replace(
      /^(?:(?:\/usr\/bin\/)?time(?:\s+-p)?|nice(?:\s+-n\s*-?\d+)?|nohup|command|exec)\s+(?=[^\s-])/,
      "",
    )
    .replace(/^\(([^()]*)\)$/s, "$1")
    .replace(/\s(?:\d|&)?>{1,2}\s*(?:&\d|[^\s'"`;&|<>()]+)\s*$/, "");
}

/**
 * The text of a shell word that is in quotes, in whole or in part; any other text as it is. Codex writes a word with both kinds
 * of quotes or a `$` in it as several quoted pieces. Source: POSIX, Shell Command Language, 2.2 Quoting.
 */
function unquoted(text: string): string {
  if (!/["']/.test(text) || !/^(?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s"'\\])+$/s.test(text)) return text;
  return text.replace(
    /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs,
    (_, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ?? "",
  );
}
