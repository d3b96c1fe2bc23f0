/** A text as one word of a POSIX shell. Source: POSIX, Shell Command Language, 2.2.2 Single-Quotes. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
