import type { Comparison, Figures } from "./compare.ts";
import type { Programs } from "./compile_programs.ts";

/** A measurement with a limit that was set beforehand. A new one is a file in bars/ and an entry in main.ts. */
export interface Bar {
  /** Its number in README.md. */
  readonly number: number;
  /** Counted rounds, unless `--rounds` says otherwise. */
  readonly rounds: number;
  readonly measure: (bench: Bench) => AsyncIterable<Row>;
}

/** What a bar is measured with. */
export interface Bench {
  readonly programs: Programs;
  /** The whole environment of every command that is measured: nothing of the user's configuration. */
  readonly env: Readonly<Record<string, string>>;
  /** Empty at first, and removed afterwards. */
  readonly folder: string;
  readonly rounds: number;
}

/** One line of the table. */
export type Row =
  | {
    readonly kind: "measured";
    readonly what: string;
    readonly ours: string;
    readonly floor: string;
    /** What is held against the bar: a ratio, or a figure of ours. */
    readonly value: string;
    readonly bar: string;
    readonly held: boolean;
  }
  | { readonly kind: "left-out"; readonly what: string; readonly why: string };

/** A comparison as a line of the table, with its ratio held against the bar. Pure. */
export function ratioRow(
  what: string,
  { ours, floor, ratio }: Comparison,
  { unit, bar }: { readonly unit: string; readonly bar: number },
): Row {
  return {
    kind: "measured",
    what,
    ours: showFigures(ours, unit),
    floor: showFigures(floor, unit),
    value: ratio.toFixed(2),
    bar: `≤ ${bar}`,
    held: ratio <= bar,
  };
}

function showFigures({ median, least, most }: Figures, unit: string): string {
  const show = (figure: number): string => figure.toFixed(median < 100 ? 1 : 0);
  return `${show(median)} ${unit} (${show(least)}–${show(most)})`;
}
