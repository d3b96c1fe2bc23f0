/** The end of a command's help: lines that show it at work, without the program's name. Pure. */
export function exampleHelp(...lines: readonly string[]): string {
  const title = lines.length === 1 ? "Example" : "Examples";
  return `\n${title}:\n${lines.map((line) => `  codex-dispatch ${line}\n`).join("")}`;
}
