/** Room that is kept for what is collected next. */
const MOST_ROOM = 64 * 1024;

/** Bytes that are collected piece by piece, in memory of twice their length at most however small the pieces are. */
export class CollectedBytes {
  #room: Uint8Array = new Uint8Array(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(part: Uint8Array): void {
    const length = this.#length + part.length;
    if (length > this.#room.length) {
      const room = new Uint8Array(Math.max(length, 2 * this.#room.length));
      room.set(this.#room.subarray(0, this.#length));
      this.#room = room;
    }
    this.#room.set(part, this.#length);
    this.#length = length;
  }

  /** All of them; valid until the next piece. */
  bytes(): Uint8Array {
    return this.#room.subarray(0, this.#length);
  }

  /** Room for many is given back. */
  clear(): void {
    this.#length = 0;
    if (this.#room.length > MOST_ROOM) this.#room = new Uint8Array(0);
  }
}

/** The parts one after the other. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What a reader gives until it has no more (null or 0); of more than `most` bytes a little more than that. */
export function collectUpTo(
  most: number,
  read: (piece: Uint8Array<ArrayBuffer>) => number | null,
): Uint8Array {
  const bytes = new CollectedBytes();
  const piece = new Uint8Array(64 * 1024);
  while (bytes.length <= most) {
    const count = read(piece) ?? 0;
    if (count === 0) break;
    bytes.add(piece.subarray(0, count));
  }
  return bytes.bytes();
}
