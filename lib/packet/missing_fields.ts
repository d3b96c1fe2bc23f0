import { type FieldName, FIELDS, REQUIRED_FIELDS, spelling } from "./fields.ts";
import { isStructure, type Section } from "./sections.ts";
import type { Problem } from "../base/errors.ts";

/** What is wrong with the required fields of a packet: those that are not there, and those that are empty. Pure. */
export function missingFields(fields: ReadonlyMap<FieldName, Section>, text: string): Problem[] {
  return REQUIRED_FIELDS.flatMap((name): Problem[] => {
    const section = fields.get(name);
    if (!section) {
      const line = lookalike(name, text);
      return [{ code: "packet-field-missing", message: missing(name, line), line }];
    }
    const isFilled = section.lines.some((line) =>
      line.form !== "fence" && line.text !== "" && !isStructure(line)
    );
    if (isFilled) return [];
    const message = `Field "${name}" is empty. It takes ${FIELDS[name].meaning}.`;
    return [{ code: "packet-field-empty", message, line: section.line }];
  });
}

/** A line that was perhaps meant as the field: a heading, a list item or bold text of that name. */
function lookalike(name: FieldName, text: string): number | undefined {
  const index = text.split(/\r\n|\n|\r/).findIndex((line) => {
    if (line.length > 120) return false;
    const bare = /^[\s#>*_`+-]*([A-Za-z][A-Za-z _-]*?)[\s*_`]*(?::.*)?$/.exec(line)?.[1];
    return bare !== undefined && spelling(bare) === spelling(name);
  });
  return index < 0 ? undefined : index + 1;
}

function missing(name: FieldName, line: number | undefined): string {
  const remedy = line === undefined
    ? `Add a line "${name}: …" with ${FIELDS[name].meaning}.`
    : `Line ${line} looks like it: write "${name}:" in capitals at the start of a line, outside of code fences and comments.`;
  return `Required field "${name}" is missing. ${remedy}`;
}
