import { badInput } from "../base/errors.ts";

/**
 * The one that is meant: an id, any part of it that fits one alone, or `last`.
 *
 * @param ids the last first
 * @throws DispatchError (exit 1) if none or several fit
 */
export function fittingId(
  meant: string,
  { ids, folder, what }: {
    readonly ids: readonly string[];
    /** Where they are. */
    readonly folder: string;
    readonly what: "run" | "pipeline";
  },
): string {
  const fitting = meant === "last"
    ? ids.slice(0, 1)
    : ids.includes(meant)
    ? [meant]
    : ids.filter((id) => id.includes(meant));
  const [id] = fitting;
  if (id === undefined) {
    const message = ids.length === 0
      ? `There are no ${what}s in "${folder}".`
      : `No ${what} in "${folder}" has "${meant}" in its id.`;
    throw badInput(`${what}-unknown`, message);
  }
  if (fitting.length > 1) {
    const few = fitting.slice(0, 5).join(", ");
    throw badInput(
      `${what}-ambiguous`,
      `"${meant}" fits ${fitting.length} ${what}s: ${few}. Give more of the id.`,
    );
  }
  return id;
}
