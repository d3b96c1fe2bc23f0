/** Nothing of ours that is read so is larger. Bytes. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * The text of a small file that a worker could have put something else in the place of: nothing but a regular file is opened, for a
 * pipe would be waited for without end. Undefined where nothing stands; null for what is no such file, or cannot be read.
 */
export function regularText(file: string): string | null | undefined {
  try {
    const { isFile, size } = Deno.lstatSync(file);
    return isFile && size < MOST_BYTES ? Deno.readTextFileSync(file) : null;
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? undefined : null;
  }
}
