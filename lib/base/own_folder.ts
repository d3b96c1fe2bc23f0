/**
 * Makes sure of a folder of our own, for its owner alone. What stands in its place (a file, a link) was put there by somebody
 * and is removed; one that was shut is opened.
 *
 * @throws what the file system says
 */
export function openOwnFolder(folder: string): void {
  const stands = lookAt(folder);
  if (stands && !stands.isDirectory) Deno.removeSync(folder);
  if (!stands?.isDirectory) Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  else if (stands.mode !== null && (stands.mode & 0o700) !== 0o700) Deno.chmodSync(folder, 0o700);
}

function lookAt(folder: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(folder);
  } catch {
    return undefined;
  }
}
