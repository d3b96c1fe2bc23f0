import * as path from "node:path";

/** A file that is written and does not stand in its place yet. */
export interface StagedFile {
  /** The name that it has until then, in the same folder. */
  readonly name: string;
  readonly commit: () => void;
  readonly discard: () => void;
}

/**
 * Writes a file whole or not at all: to a new name in the same folder, then renamed over what stands there. A link of
 * that name is replaced, never followed. Mode 0600.
 */
export function writeWhole(file: string, data: Uint8Array | string): void {
  const staged = stageWhole(file, data);
  try {
    staged.commit();
  } catch (error) {
    staged.discard();
    throw error;
  }
}

/** The first half of {@link writeWhole}: the room is taken, and nothing shows yet. */
export function stageWhole(file: string, data: Uint8Array | string): StagedFile {
  const name = `.${path.basename(file)}.${crypto.randomUUID().slice(0, 8)}`;
  const temporary = path.join(path.dirname(file), name);
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  const discard = (): void => {
    try {
      Deno.removeSync(temporary);
    } catch {
      // It was not made, or it was renamed already.
    }
  };
  try {
    // Synchronous: a dozen small files are written in a tenth of the time, and nothing else waits.
    Deno.writeFileSync(temporary, bytes, { createNew: true, mode: 0o600 });
  } catch (error) {
    discard();
    throw error;
  }
  return { name, commit: () => Deno.renameSync(temporary, file), discard };
}
