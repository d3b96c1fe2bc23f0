import * as path from "node:path";

/** Where a program is found by PATH; undefined if there is none. */
export function programOnPath(
  name: string,
  environment: Readonly<Record<string, string>>,
): string | undefined {
  const folders = (environment["PATH"] ?? "").split(path.delimiter);
  const names = Deno.build.os === "windows" ? [`${name}.exe`, `${name}.cmd`] : [name];
  for (const folder of folders) {
    // An empty or relative entry would be the current folder: what lies there may have been planted.
    if (!path.isAbsolute(folder)) continue;
    const found = names.map((file) => path.join(folder, file)).find(isProgram);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a file stands at a path that may be run. */
export function isProgram(file: string): boolean {
  try {
    const info = Deno.statSync(file);
    return info.isFile && (Deno.build.os === "windows" || ((info.mode ?? 0) & 0o111) !== 0);
  } catch {
    return false;
  }
}
