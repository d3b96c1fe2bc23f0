import * as path from "node:path";

/** The folder that holds the documents. */
export const ROOT = path.join(import.meta.dirname ?? "", "..", "..");

/** A document of the repository, cut into what tests look at. */
export interface Document {
  /** From the repository's root. */
  readonly file: string;
  readonly text: string;
  readonly headings: readonly Heading[];
  readonly blocks: readonly Block[];
  /** Links outside of code, as they are written. */
  readonly links: readonly string[];
  /** Code spans outside of blocks, each on one line. */
  readonly spans: readonly string[];
}

export interface Heading {
  readonly level: number;
  readonly text: string;
  /** What a link names it by. */
  readonly anchor: string;
}

/** A fenced block. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** Where it stands, for messages. */
  readonly place: string;
  /** The file that the paragraph before it names last, in backticks: what the block holds. */
  readonly names: string | undefined;
}

/** The documents whose examples are run. */
export async function documents(): Promise<Document[]> {
  const folder = await Array.fromAsync(Deno.readDir(path.join(ROOT, "docs")), ({ name }) => `docs/${name}`);
  const files = ["README.md", "README.zh-TW.md", ...folder.filter((file) => file.endsWith(".md")).sort()];
  return await Promise.all(files.map(readDocument));
}

export async function readDocument(file: string): Promise<Document> {
  const text = await Deno.readTextFile(path.join(ROOT, file));
  const blocks: Block[] = [];
  const prose: string[] = [];
  /** Where the prose behind the last block begins. */
  let since = 0;
  const headings: Heading[] = [];
  let open: { language: string; lines: string[]; line: number } | undefined;
  for (const [at, line] of text.split("\n").entries()) {
    const fence = /^```(\S*)\s*$/.exec(line);
    if (open) {
      if (!fence) open.lines.push(line);
      else {
        const place = `${file}:${open.line}`;
        blocks.push({
          language: open.language,
          text: `${open.lines.join("\n")}\n`,
          place,
          names: fileNamed(prose.slice(since)),
        });
        open = undefined;
        since = prose.length;
      }
    } else if (fence) open = { language: fence[1] ?? "", lines: [], line: at + 1 };
    else {
      const heading = /^(#{1,6}) (.*)$/.exec(line);
      if (heading) headings.push(headingOf(heading, headings));
      prose.push(line);
    }
  }
  if (open) throw new Error(`The block at ${file}:${open.line} is never closed.`);
  const bare = prose.join("\n");
  return {
    file,
    text,
    headings,
    blocks,
    links: [...bare.replaceAll(/`[^`\n]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link),
    spans: [...bare.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span),
  };
}

/** A block that only shows how something is laid out: there is nothing in it to run. */
export function isPicture({ language }: Block): boolean {
  return language === "";
}

/** What it takes is out of reach of a test: the block says so in its first line. */
export function needsNetwork({ text }: Block): boolean {
  return text.startsWith("# needs the network\n");
}

/** As GitHub makes them: lower case, without punctuation, blanks as dashes, a number behind one that is there already. */
function headingOf([, marks = "", text = ""]: RegExpExecArray, before: readonly Heading[]): Heading {
  const plain = text.replaceAll(/`|\[|\]\([^)]*\)/g, "");
  const base = plain.toLowerCase().replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, "").replaceAll(" ", "-");
  const same = before.filter(({ anchor }) => anchor === base || anchor.replace(/-\d+$/, "") === base).length;
  return { level: marks.length, text, anchor: same === 0 ? base : `${base}-${same}` };
}

/** The last file that the paragraph at the end names. */
function fileNamed(prose: readonly string[]): string | undefined {
  const lines = prose.join("\n").trimEnd().split("\n\n").at(-1) ?? "";
  return [...lines.matchAll(/`([\w./~-]+\.(?:md|ya?ml|json))`/g)].at(-1)?.[1];
}
