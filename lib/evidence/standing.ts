import type { Entry } from "./entry.ts";

/**
 * What stands at a path, in words that are others for any other kind, mode, content or target; null if nothing does.
 *
 * @param digest SHA-256 of a file's content; undefined if it cannot be read
 */
export function standing(entry: Entry | undefined, digest: () => string | undefined): string | null {
  if (!entry) return null;
  if (entry.kind === "link") return `link to ${entry.target ?? ""}`;
  if (entry.kind !== "file") return entry.kind;
  return `${entry.mode.toString(8)} ${digest() ?? "unreadable"}`;
}
