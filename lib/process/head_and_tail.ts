import { concatBytes } from "../base/bytes.ts";

/** Keeps the beginning and the end of a stream of any length, in bounded memory. */
export class HeadAndTail {
  readonly #most: number;
  readonly #head: Uint8Array[] = [];
  readonly #tail: Uint8Array[] = [];
  #headLength = 0;
  #tailLength = 0;
  #total = 0;

  /** @param most bytes that are kept of each end */
  constructor(most: number) {
    this.#most = most;
  }

  push(chunk: Uint8Array): void {
    this.#total += chunk.length;
    const room = this.#most - this.#headLength;
    if (room > 0) {
      this.#head.push(chunk.slice(0, room));
      this.#headLength += Math.min(room, chunk.length);
    }
    if (chunk.length > room) this.#pushTail(chunk.slice(Math.max(0, room)));
  }

  /** What was kept, with a line in place of what was not. */
  bytes(): Uint8Array {
    const tail = concatBytes(this.#tail).slice(-this.#most);
    const left = this.#total - this.#headLength - tail.length;
    const mark = left > 0
      ? new TextEncoder().encode(`\n[codex-dispatch: ${left} bytes left out here]\n`)
      : new Uint8Array(0);
    return concatBytes([...this.#head, mark, tail]);
  }

  #pushTail(chunk: Uint8Array): void {
    this.#tail.push(chunk);
    this.#tailLength += chunk.length;
    for (
      let first = this.#tail[0];
      first && this.#tailLength - first.length >= this.#most;
      first = this.#tail[0]
    ) {
      this.#tail.shift();
      this.#tailLength -= first.length;
    }
  }
}
