/**
 * Text for people that may hold what a worker or a model wrote: escape sequences and other control characters, which could redraw
 * what stands above, and what turns the direction of writing round, are shown and not obeyed. Lines and tabs stay. Pure.
 */
export function forTerminal(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(OBEYED, shown);
}

/** The same for what has to stay on its line. Pure. */
export function forLine(text: string): string {
  return forTerminal(text.replace(/[\n\r\t]/g, shown));
}

// deno-lint-ignore no-control-regex
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function shown(character: string): string {
  return NAMED[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
