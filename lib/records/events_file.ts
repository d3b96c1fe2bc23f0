import { Buffer } from "node:buffer";

/** How often the file to look on is brought up to date, and by how much at a time. Milliseconds, bytes. */
const SHOW_EVERY = 100;
const SHOW_AT_ONCE = 1024 * 1024;
/** A longer one is known by its length. Bytes. */
const MOST_COMPARED = 64 * 1024 * 1024;

/**
 * The record of the events while they come: one file that counts, out of a worker's way, and one to look on. The first has
 * every byte before the next is read; the second follows a tenth of a second behind, and in a flood by a megabyte at a time:
 * what counts does not wait for its copy.
 */
export class EventsFile {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #behind: Deno.FsFile;
  readonly #piece = new Uint8Array(SHOW_AT_ONCE);
  #shown: Deno.FsFile | undefined;
  #shownBytes = 0;
  /** Somebody changed the length of the file to look on, which the next bytes may have made right again. */
  #wasCut = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Why the rest of the events is not kept. */
  #failure: unknown;

  constructor(file: string, shown: string) {
    this.#path = file;
    const options = { write: true, createNew: true, mode: 0o600 };
    this.#file = Deno.openSync(file, options);
    this.#behind = Deno.openSync(file, { read: true });
    this.#shown = Deno.openSync(shown, { ...options, read: true });
  }

  /**
   * Synchronous: the pipe that the bytes come from is not read on before they are kept. On a full disk the copy to look on gives
   * way; where that does not help what comes is let go, for Codex is not to stop at it.
   */
  append(bytes: Uint8Array): void {
    if (this.#failure !== undefined) return;
    for (let written = 0; written < bytes.length;) {
      try {
        written += this.#file.writeSync(bytes.subarray(written));
      } catch (error) {
        if (this.#giveWay()) continue;
        this.#failure = error;
        return;
      }
    }
    this.#timer ??= setTimeout(() => this.#show(), SHOW_EVERY);
  }

  /** Whether the file to look on is the one that was made here, and holds what was written to it. */
  isAsShown(path: string): boolean {
    if (!this.#shown) return true;
    // Synchronous: the copy must not be brought up to date between the two looks.
    const [ours, theirs] = [this.#shown.statSync(), Deno.lstatSync(path)];
    const stands = ours.ino === theirs.ino && theirs.size === this.#shownBytes && !this.#wasCut;
    return stands && (this.#shownBytes > MOST_COMPARED || this.#holdsWhatWasShown(this.#shown));
  }

  /**
   * Ends both files and puts the one that counts in its place: renamed, or copied where that cannot be.
   *
   * @throws what the file system says, now or during the run, if that is not all of the events
   */
  finish(target: string): void {
    this.#stop();
    try {
      Deno.renameSync(this.#path, target);
    } catch {
      // Another file system; or the file has lost its name, and still is what was opened.
      using copy = Deno.openSync(target, { write: true, createNew: true, mode: 0o600 });
      this.#behind.seekSync(0, Deno.SeekMode.Start);
      for (
        let count = this.#behind.readSync(this.#piece);
        count !== null;
        count = this.#behind.readSync(this.#piece)
      ) {
        writeAll(copy, this.#piece.subarray(0, count));
      }
    }
    this.#behind.close();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Ends both files where they are. */
  close(): void {
    this.#stop();
    this.#behind.close();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#file.close();
    this.#shown?.close();
    // A timer that was due already may still call.
    this.#shown = undefined;
  }

  /** Leaves both files where they stood: behind what was shown. */
  #holdsWhatWasShown(shown: Deno.FsFile): boolean {
    const theirs = new Uint8Array(Math.min(this.#shownBytes, SHOW_AT_ONCE));
    this.#behind.seekSync(0, Deno.SeekMode.Start);
    shown.seekSync(0, Deno.SeekMode.Start);
    let isSame = true;
    for (let left = this.#shownBytes; left > 0 && isSame;) {
      const ours = this.#piece.subarray(0, Math.min(left, SHOW_AT_ONCE));
      const count = this.#behind.readSync(ours) ?? 0;
      isSame = count > 0 && shown.readSync(theirs.subarray(0, count)) === count &&
        Buffer.compare(ours.subarray(0, count), theirs.subarray(0, count)) === 0;
      left -= count;
    }
    this.#behind.seekSync(this.#shownBytes, Deno.SeekMode.Start);
    shown.seekSync(this.#shownBytes, Deno.SeekMode.Start);
    return isSame;
  }

  #show(): void {
    this.#timer = undefined;
    if (!this.#shown) return;
    try {
      this.#wasCut ||= this.#shown.statSync().size !== this.#shownBytes;
      const count = this.#behind.readSync(this.#piece) ?? 0;
      writeAll(this.#shown, this.#piece.subarray(0, count));
      this.#shownBytes += count;
      if (count === SHOW_AT_ONCE) this.#timer = setTimeout(() => this.#show(), SHOW_EVERY);
    } catch {
      this.#giveWay();
    }
  }

  /** Gives back the room of the copy; false if it was given before. */
  #giveWay(): boolean {
    if (!this.#shown) return false;
    try {
      this.#shown.truncateSync(0);
    } catch {
      // Then it stays as long as it is.
    }
    this.#shown.close();
    this.#shown = undefined;
    return true;
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
}
