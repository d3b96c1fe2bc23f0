import type { Row } from "./bar.ts";

export interface BarRow {
  readonly bar: number;
  readonly row: Row;
}

/** What was measured, in columns, and why what was not. Pure. */
export function renderTable(rows: readonly BarRow[]): string {
  const cells = rows.map(({ bar, row }) =>
    row.kind === "left-out"
      ? [`${bar}`, row.what, "–", "–", "–", "–", "left out"]
      : [`${bar}`, row.what, row.ours, row.floor, row.value, row.bar, row.held ? "held" : "missed"]
  );
  const lines = [HEADINGS, ...cells];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const table = lines.map((line) =>
    line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()
  );
  const reasons = rows.flatMap(({ bar, row }) =>
    row.kind === "left-out" ? [`Bar ${bar} is left out: ${row.why}`] : []
  );
  return [...table, ...(reasons.length > 0 ? ["", ...reasons] : []), ""].join("\n");
}

const HEADINGS = ["#", "ours ÷ floor", "ours", "floor", "ratio", "bar", ""];
