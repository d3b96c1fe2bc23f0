import * as path from "node:path";

/** What is set aside before Codex starts. Bytes. */
export const RESERVED = 1024 * 1024;

/**
 * Room on a file system, set aside for what has to be written at the end: a file that has lost its name, so that nobody else
 * reaches it and nothing is left of it when the process is killed.
 */
export class Reserve {
  #file: Deno.FsFile | undefined;

  /** @throws what the file system says if there is not so much room */
  constructor(folder: string) {
    const name = path.join(folder, `.room-${crypto.randomUUID().slice(0, 8)}`);
    const file = Deno.openSync(name, { write: true, createNew: true, mode: 0o600 });
    try {
      // Zeros, or the same bytes again and again, take no room on file systems that compress.
      const block = new Uint8Array(64 * 1024);
      for (let written = 0; written < RESERVED; written += block.length) {
        crypto.getRandomValues(block);
        for (let at = 0; at < block.length;) at += file.writeSync(block.subarray(at));
      }
      this.#file = file;
    } catch (error) {
      file.close();
      throw error;
    } finally {
      Deno.removeSync(name);
    }
    // Some network file systems keep such a file under another name, which would be found there.
    if ([...Deno.readDirSync(folder)].some((entry) => entry.name.startsWith(".nfs"))) this.release();
  }

  /** Gives the room back. */
  release(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}
