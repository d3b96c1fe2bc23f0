import { badInput } from "../base/errors.ts";

export interface LimitSource {
  /** Of the command line; undefined if the flag is not there. */
  readonly flag: string | undefined;
  readonly flagName: string;
  readonly variable?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly fallback: number | null;
}

/**
 * A limit in seconds or percent: of the flag, else of the environment, else the default. `off` is the one word for none:
 * zero, a negative number or an empty variable is an error.
 *
 * @throws DispatchError (exit 1)
 */
export function readLimit(source: LimitSource, most = Number.MAX_SAFE_INTEGER / 1000): number | null {
  const fromVariable = source.variable === undefined ? undefined : source.environment[source.variable];
  const [name, text] = source.flag !== undefined
    ? [source.flagName, source.flag]
    : [source.variable ?? source.flagName, fromVariable];
  if (text === undefined) return source.fallback;
  if (text.trim() === "off") return null;
  const value = /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : NaN;
  if (value > 0 && value <= most) return value;
  const range = most < 1e6 ? `a number above 0 and up to ${most}` : "a number above 0";
  throw badInput("limit", `${name} is "${text}". It takes ${range}, or "off" for none.`);
}
