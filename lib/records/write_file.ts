import * as path from "node:path";

/**
 * Writes a file whole or not at all: to a new name in the same folder, then renamed over what stands there. A link of
 * that name is replaced, never followed. Mode 0600.
 */
export function writeWhole(file: string, data: Uint8Array | string): void {
  const temporary = path.join(
    path.dirname(file),
    `.${path.basename(file)}.${crypto.randomUUID().slice(0, 8)}`,
  );
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  try {
    // Synchronous: a dozen small files are written in a tenth of the time, and nothing else waits.
    Deno.writeFileSync(temporary, bytes, { createNew: true, mode: 0o600 });
    Deno.renameSync(temporary, file);
  } catch (error) {
    try {
      Deno.removeSync(temporary);
    } catch {
      // It was not made, or it was renamed already.
    }
    throw error;
  }
}

/** A document as codex-dispatch writes it: indented, with a newline at its end. */
export function renderJson(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
