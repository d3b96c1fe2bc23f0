import { concatBytes } from "../base/bytes.ts";

/** Keeps the beginning and the end of a stream of any length, in memory of twice `most` bytes at most. */
export class HeadAndTail {
  readonly #most: number;
  #head: Uint8Array = new Uint8Array(0);
  /** The last bytes, as a ring: {@link #end} is where the next one goes. */
  #tail: Uint8Array = new Uint8Array(0);
  #end = 0;
  #total = 0;

  /** @param most bytes that are kept of each end */
  constructor(most: number) {
    this.#most = most;
  }

  push(chunk: Uint8Array): void {
    const room = Math.max(0, this.#most - this.#total);
    if (room > 0) {
      if (this.#head.length === 0) this.#head = new Uint8Array(this.#most);
      this.#head.set(chunk.subarray(0, room), this.#total);
    }
    this.#total += chunk.length;
    if (chunk.length > room) this.#pushTail(chunk.subarray(room));
  }

  /** What was kept, with a line in place of what was not. */
  bytes(): Uint8Array {
    const head = this.#head.subarray(0, this.#total);
    const behind = Math.max(0, this.#total - this.#most);
    const left = Math.max(0, behind - this.#most);
    // As long as nothing was left out, the ring was not gone around.
    const tail = left === 0
      ? [this.#tail.subarray(0, behind)]
      : [this.#tail.subarray(this.#end), this.#tail.subarray(0, this.#end)];
    const mark = left > 0
      ? new TextEncoder().encode(`\n[codex-dispatch: ${left} bytes left out here]\n`)
      : new Uint8Array(0);
    return concatBytes([head, mark, ...tail]);
  }

  #pushTail(chunk: Uint8Array): void {
    if (this.#tail.length === 0) this.#tail = new Uint8Array(this.#most);
    const last = chunk.subarray(Math.max(0, chunk.length - this.#most));
    // What is overwritten at once need not be written: the ring turns by the whole chunk all the same.
    const start = (this.#end + chunk.length - last.length) % this.#most;
    const first = last.subarray(0, this.#most - start);
    this.#tail.set(first, start);
    this.#tail.set(last.subarray(first.length), 0);
    this.#end = (start + last.length) % this.#most;
  }
}
