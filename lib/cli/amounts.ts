import { badInput } from "../base/errors.ts";

/**
 * A span of time as a flag gives it: `30d`, `12h`, `2w`, `90m`. Milliseconds.
 *
 * @throws DispatchError (exit 1)
 */
export function readAge(text: string, flagName: string): number {
  const value = scaled(text, AGES);
  if (value !== undefined) return value;
  throw badInput("age", `${flagName} is "${text}". It takes a number and m, h, d or w, such as 30d.`);
}

/**
 * An amount of data as a flag gives it: `500MB`, `2GB`, `1GiB`, `1000` (bytes). Bytes.
 *
 * @throws DispatchError (exit 1)
 */
export function readSize(text: string, flagName: string): number {
  const value = scaled(text, SIZES);
  if (value !== undefined) return value;
  throw badInput(
    "size",
    `${flagName} is "${text}". It takes a number and KB, MB, GB or MiB, GiB, such as 500MB.`,
  );
}

/** Bytes as people say them: `850 bytes`, `12.3 KB`, `4.5 GB`. */
export function showSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ["KB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), units.length);
  return `${(bytes / 1000 ** power).toFixed(1).replace(/\.0$/, "")} ${units[power - 1]}`;
}

const MINUTE = 60_000;
const AGES: Readonly<Record<string, number>> = {
  m: MINUTE,
  h: 60 * MINUTE,
  d: 24 * 60 * MINUTE,
  w: 7 * 24 * 60 * MINUTE,
};

const SIZES: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Undefined for what is no number above zero, or has no such unit. */
function scaled(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, number = "", unit = ""] = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(text) ?? [];
  const factor = Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined;
  const value = factor === undefined || number === "" ? NaN : Number(number) * factor;
  return value > 0 && Number.isSafeInteger(Math.ceil(value)) ? value : undefined;
}
