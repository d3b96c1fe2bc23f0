import { encodePath } from "../base/tree_path.ts";

/** What a packed-refs file says. */
export interface PackedRefs {
  readonly refs: readonly (readonly [ref: string, object: string])[];
  /** Why git cannot read it, or not find each ref in it; undefined if it can. */
  readonly fault: string | undefined;
}

/** Reads packed-refs: lines `<object> <ref>`; one with `^` tells what a tag comes to. Pure. Source: gitrepository-layout(5). */
export function parsePackedRefs(text: string): PackedRefs {
  const refs: [string, string][] = [];
  let isReadable = text === "" || text.endsWith("\n");
  let isSorted = true;
  // Beyond the basic plane JavaScript's order is not that of the bytes.
  const isBefore = /[\ud800-\udfff]/.test(text) ? isBeforeByBytes : (a: string, b: string) => a < b;
  const [first = "", ...others] = text.split("\n");
  const header = first.startsWith("#") ? first : undefined;
  let last = "";
  for (const line of header === undefined ? [first, ...others] : others) {
    const match = /^([0-9a-f]{40,64}) (refs\/.+)$/.exec(line);
    if (match) {
      const [, object = "", ref = ""] = match;
      isSorted &&= isBefore(last, ref);
      refs.push([ref, object]);
      last = ref;
    } else if (line !== "" && !/^\^[0-9a-f]{40,64}$/.test(line)) {
      isReadable = false;
    }
  }
  // git halves its way to a ref in a file that is called sorted.
  const misleads = (header?.includes(" sorted") ?? false) && !isSorted;
  const fault = isReadable ? misleads ? "is not in the order that it claims" : undefined : UNREADABLE;
  return { refs, fault };
}

const UNREADABLE = "holds lines that git cannot read";

function isBeforeByBytes(a: string, b: string): boolean {
  const [x, y] = [encodePath(a), encodePath(b)];
  const at = x.findIndex((byte, i) => byte !== y[i]);
  return at < 0 ? x.length < y.length : (x[at] ?? 0) < (y[at] ?? -1);
}
