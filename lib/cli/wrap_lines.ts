/** On a narrower terminal there is nothing to be gained. Columns. */
const LEAST = 40;

/**
 * Text for a terminal of so many columns: lines that are longer are broken between words, and what goes on is indented by two
 * more than its line. A word that is too long by itself stays whole; so do commands, which are there to be copied, with what
 * stands behind them; and so do lines of a file, quoted with their number, whose marks stand below them. Pure.
 */
export function wrapLines(text: string, columns: number): string {
  if (columns < LEAST) return text;
  return text.split("\n").map((line) => QUOTED.test(line) ? line : wrapLine(line, columns)).join("\n");
}

/** As `showProblems` quotes a line of a file. */
const QUOTED = /^ *\d* \| /;
const COMMAND = /codex-dispatch [a-z]/;

function wrapLine(line: string, columns: number): string {
  const indent = `${/^ */.exec(line)?.[0] ?? ""}  `.slice(0, columns / 2);
  const lines: string[] = [];
  let rest = line;
  while (rest.length > columns) {
    const from = /\S/.exec(rest)?.index ?? rest.length;
    const command = COMMAND.exec(rest)?.index ?? rest.length;
    if (command === from) break;
    const before = rest.lastIndexOf(" ", Math.min(columns, command));
    const at = before > from ? before : rest.indexOf(" ", Math.max(from, columns));
    if (at < 0) break;
    lines.push(rest.slice(0, at).trimEnd());
    rest = indent + rest.slice(at).trimStart();
  }
  return [...lines, rest].join("\n");
}
