import * as path from "node:path";

/**
 * Writes a file whole or not at all: to a new name in the same folder, then renamed over what stands there. A link of
 * that name is replaced, never followed. Mode 0600.
 */
export async function writeWhole(file: string, data: Uint8Array | string): Promise<void> {
  const temporary = path.join(
    path.dirname(file),
    `.${path.basename(file)}.${crypto.randomUUID().slice(0, 8)}`,
  );
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  try {
    await Deno.writeFile(temporary, bytes, { createNew: true, mode: 0o600 });
    await Deno.rename(temporary, file);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

/** A document as codex-dispatch writes it: indented, with a newline at its end. */
export function renderJson(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
