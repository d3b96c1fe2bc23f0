/** Whether anything stands at a path, a link that leads nowhere included; false where that cannot be told. */
export function isThere(file: string): boolean {
  try {
    Deno.lstatSync(file);
    return true;
  } catch {
    return false;
  }
}
