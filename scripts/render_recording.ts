import type { Recording } from "./record_terminal.ts";

/** Sizes of the picture, in its own units. */
const [CHARACTER, LINE, MARGIN, BAR] = [8.4, 19, 16, 34];

/** For how long the end stays before it begins anew. Milliseconds. */
const PAUSE = 4_000;

/** By how much it is slowed down: who reads needs longer than who computes. */
const SLOWER = 2;

/**
 * A recording as a picture that moves: a window onto all lines, which scrolls as the terminal did, and in which each line shows
 * what stood there when, at half the speed. Without animation it shows the end. Pure.
 *
 * @param command the first line, as it was typed
 */
export function renderRecording(recording: Recording, command: string): string {
  const { columns, rows, duration } = recording;
  const typed = { versions: [{ from: 0, text: `$ ${command}` }] };
  const lines = [typed, ...recording.lines];
  const width = columns * CHARACTER + 2 * MARGIN;
  const height = rows * LINE + BAR + MARGIN;
  const styles = new Styles(duration + PAUSE);
  const texts = lines.flatMap(({ versions }, row) =>
    versions.flatMap(({ from, text }, at) => {
      if (text === "") return [];
      const until = versions[at + 1]?.from;
      const name = styles.shown(from, until);
      const y = round((row + 1) * LINE - 5);
      const length = round([...text].length * CHARACTER);
      return [`<text class="${name}" y="${y}" textLength="${length}">${escape(text)}</text>`];
    })
  );
  const scrolled = positions(lines, rows);
  styles.scrolled(scrolled);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${
    escape(`A terminal in which ${command} runs`)
  }">
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d0d7de; white-space: pre; }
.title { fill: #8b949e; text-anchor: middle; }
.gone { visibility: hidden; }
${styles.text()}
@media (prefers-reduced-motion: reduce) { text, g { animation: none !important; } }
</style>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
<circle cx="20" cy="17" r="6" fill="#ff5f57"/><circle cx="40" cy="17" r="6" fill="#febc2e"/><circle cx="60" cy="17" r="6" fill="#28c840"/>
<text class="title" x="${round(width / 2)}" y="22">${escape(`${command} (at half speed)`)}</text>
<svg x="${MARGIN}" y="${BAR}" width="${round(columns * CHARACTER)}" height="${rows * LINE}">
<g class="scrolls" xml:space="preserve" transform="translate(0 -${(scrolled.at(-1)?.above ?? 0) * LINE})">
${texts.join("\n")}
</g>
</svg>
</svg>
`;
}

/** The lines of the end, as they stand in a picture. */
export function textOfPicture(svg: string): string[] {
  const lines = [
    ...svg.matchAll(/<text class="(?:stays|s\d+)" y="\d+" textLength="[\d.]+">([^<]*)<\/text>/g),
  ];
  return lines.map(([, text = ""]) => unescape(text));
}

/** How many lines have gone out of the window, by when. */
function positions(
  lines: Recording["lines"],
  rows: number,
): { readonly from: number; readonly above: number }[] {
  const scrolled: { from: number; above: number }[] = [{ from: 0, above: 0 }];
  const firsts = lines.map(({ versions }) => versions[0]?.from ?? 0);
  let latest = 0;
  for (const [row, first] of firsts.entries()) {
    latest = Math.max(latest, first);
    const above = Math.max(0, row + 1 - rows);
    const last = scrolled.at(-1);
    if (last && above > last.above) {
      if (last.from === latest) scrolled.pop();
      scrolled.push({ from: latest, above });
    }
  }
  return scrolled;
}

/** The rules by which things are seen for a while, each made once. */
class Styles {
  readonly #whole: number;
  readonly #rules = new Map<string, string>();

  constructor(whole: number) {
    this.#whole = whole;
  }

  /** The class of what is seen from one moment on, until another or for good. Milliseconds. */
  shown(from: number, until: number | undefined): string {
    if (from === 0 && until === undefined) return "stays";
    const name = `${until === undefined ? "s" : "v"}${from}${until === undefined ? "" : `-${until}`}`;
    const steps = [
      ...(from === 0 ? [] : ["0% { visibility: hidden }"]),
      `${this.#percent(from)} { visibility: visible }`,
      ...(until === undefined ? [] : [`${this.#percent(until)} { visibility: hidden }`]),
    ];
    this.#add(name, steps);
    return until === undefined ? name : `gone ${name}`;
  }

  scrolled(at: readonly { readonly from: number; readonly above: number }[]): void {
    const to = (above: number): string => `{ transform: translateY(-${above * LINE}px) }`;
    this.#add("scrolls", at.map(({ from, above }) => `${this.#percent(from)} ${to(above)}`));
  }

  text(): string {
    return [...this.#rules.values()].join("\n");
  }

  #add(name: string, steps: readonly string[]): void {
    const seconds = round(SLOWER * this.#whole / 1000);
    const rule = `.${name} { animation: k${name} ${seconds}s step-end infinite }`;
    this.#rules.set(name, `@keyframes k${name} { ${steps.join(" ")} }\n${rule}`);
  }

  #percent(ms: number): string {
    return `${round(100 * ms / this.#whole)}%`;
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
    '"',
    "&quot;",
  );
}

function unescape(text: string): string {
  return text.replaceAll("&quot;", '"').replaceAll("&gt;", ">").replaceAll("&lt;", "<").replaceAll(
    "&amp;",
    "&",
  );
}
