import type { Answer } from "../codex/answer.ts";

export type Finding = Answer["findings"][number];

/**
 * Whether two findings are about the same defect, reworded or moved as it may be: they speak of the same file, or one of none,
 * and most of their words are the same. Line and severity are not looked at. Pure.
 */
export function isSameFinding(one: Finding, other: Finding): boolean {
  if (one.file !== null && other.file !== null && baseName(one.file) !== baseName(other.file)) return false;
  const titles = likeness(wordsOf(one.title), wordsOf(other.title));
  if (titles >= LIKE_TITLES) return true;
  const whole = ({ title, body }: Finding): Set<string> => wordsOf(`${title} ${body}`);
  return likeness(whole(one), whole(other)) >= LIKE_TEXTS;
}

/** Share of the words of the shorter text that the other holds too. */
const LIKE_TITLES = 0.6;
const LIKE_TEXTS = 0.5;

function likeness(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const fewest = Math.min(one.size, other.size);
  if (fewest === 0) return 0;
  let shared = 0;
  for (const word of one) if (other.has(word)) shared++;
  // A single word in common says little of texts that have hardly more.
  return shared < 2 && fewest > 1 ? 0 : shared / fewest;
}

/** The words that carry meaning, without the endings that differ when a sentence is turned. */
function wordsOf(text: string): Set<string> {
  const runs = text.normalize("NFKC").toLowerCase().match(RUN) ?? [];
  const words = runs.flatMap((run) => HAN.test(run) ? pairsOf(run) : [stem(run)]);
  return new Set(words.filter((word) => !FILLERS.has(word) && !/^\d+$/.test(word)));
}

function stem(word: string): string {
  return word.replace(/(?<=...)(?:ing|ed|es|s)$/, "").slice(0, 6);
}

/** In a script without blanks every two neighbours are as good as a word. */
function pairsOf(run: string): string[] {
  const characters = [...run];
  return characters.length === 1
    ? characters
    : characters.slice(1).map((each, index) => `${characters[index]}${each}`);
}

const RUN = /\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{N}_])+/gu;
const HAN = /^\p{Script=Han}/u;

const FILLERS: ReadonlySet<string> = new Set(
  ("a an and are as at be been but by can does for from has have if in into is it its may must no not of on or so than that " +
    "the then there this to was when where which will with").split(" "),
);

function baseName(file: string): string {
  return file.replaceAll("\\", "/").split("/").at(-1) ?? file;
}
