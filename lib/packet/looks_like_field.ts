import { type FieldName, fieldNamed } from "./fields.ts";

/**
 * The field that a line was perhaps meant as: `**CONTEXT:**`, `### Non-goals`, `CONTEXT` without its colon. A plain word is one in
 * capitals alone. Undefined for any other line. Pure.
 */
export function looksLikeField(line: string): FieldName | undefined {
  const text = line.trim();
  if (text.length > LONGEST) return undefined;
  const bare = /^(?:#{1,6}\s)?[\s>*_|]*([A-Za-z][A-Za-z _-]*?)[\s*_|:]*$/.exec(text)?.[1];
  const isPlain = bare === text && bare !== bare.toUpperCase();
  return bare === undefined || isPlain ? undefined : fieldNamed(bare);
}

const LONGEST = 120;
