import { RecordedIndex } from "./recorded_index.ts";

export const INDEX_ARGS = ["ls-files", "--stage", "-v", "-z"] as const;

/** Reads `git ls-files --stage -v -z`: `<tag> <mode> <object> <stage>\t<path>`. Source: git-ls-files(1). */
export function parseIndex(output: Uint8Array): RecordedIndex {
  const starts: number[] = [];
  const ends: number[] = [];
  const unusual: number[] = [];
  for (let at = 0; at < output.length;) {
    const zero = output.indexOf(0, at);
    const end = zero < 0 ? output.length : zero;
    const isSubmodule = output[at + 2] === DIGIT_1 && output[at + 3] === DIGIT_6;
    if (output[at] !== LETTER_H || isSubmodule) unusual.push(starts.length);
    starts.push(output.indexOf(TAB, at) + 1);
    ends.push(end);
    at = end + 1;
  }
  const decoder = new TextDecoder();
  return new RecordedIndex({
    count: starts.length,
    bytes: output,
    starts: Uint32Array.from(starts),
    ends: Uint32Array.from(ends),
    unusual,
    entryAt: (record) => {
      const head = output.subarray(record === 0 ? 0 : (ends[record - 1] ?? 0) + 1, (starts[record] ?? 0) - 1);
      const [tag = "", mode = "", object = "", stage = ""] = decoder.decode(head).split(" ");
      return { tag, mode, object, stage: Number(stage) };
    },
  });
}

const [TAB, DIGIT_1, DIGIT_6, LETTER_H] = [0x09, 0x31, 0x36, 0x48];
