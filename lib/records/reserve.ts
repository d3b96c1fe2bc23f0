import * as path from "node:path";

/** What is set aside before Codex starts. Bytes. */
export const RESERVED = 1024 * 1024;

/** As many files, for a file system can run out of these too. */
const FILES = 16;

/**
 * Room on a file system, set aside for what has to be written at the end: files that have lost their names, so that nobody
 * else reaches them and nothing is left of them when the process is killed.
 */
export class Reserve {
  readonly #files: Deno.FsFile[] = [];

  /** @throws what the file system says if there is not so much room */
  constructor(folder: string) {
    const block = new Uint8Array(RESERVED / FILES);
    // Zeros, or the same bytes again and again, take no room on file systems that compress.
    for (let at = 0; at < block.length; at += MOST_RANDOM) {
      crypto.getRandomValues(block.subarray(at, at + MOST_RANDOM));
    }
    try {
      for (let index = 0; index < FILES; index++) {
        block[0] = index;
        this.#files.push(openNameless(folder, block));
      }
    } catch (error) {
      this.release();
      throw error;
    }
    // Some network file systems keep such a file under another name, which would be found there.
    if ([...Deno.readDirSync(folder)].some((entry) => entry.name.startsWith(".nfs"))) this.release();
  }

  /** Gives the room back. */
  release(): void {
    for (const file of this.#files.splice(0)) file.close();
  }
}

/** The most that is asked for at once. Bytes. Source: the Web Crypto API. */
const MOST_RANDOM = 64 * 1024;

function openNameless(folder: string, content: Uint8Array): Deno.FsFile {
  const name = path.join(folder, `.room-${crypto.randomUUID().slice(0, 8)}`);
  const file = Deno.openSync(name, { write: true, createNew: true, mode: 0o600 });
  try {
    for (let at = 0; at < content.length;) at += file.writeSync(content.subarray(at));
    return file;
  } catch (error) {
    file.close();
    throw error;
  } finally {
    Deno.removeSync(name);
  }
}
