/** Where systems keep the tools that POSIX promises. */
const SYSTEM_FOLDERS = "/usr/bin:/bin";

/**
 * PATH with the system's own folders behind: a tool such as df is found there even where the caller's PATH has git and Codex and
 * nothing else.
 */
export function toolPath(environment: Readonly<Record<string, string>>): string {
  const given = environment["PATH"];
  if (given === undefined) return SYSTEM_FOLDERS;
  return Deno.build.os === "windows" ? given : `${given}:${SYSTEM_FOLDERS}`;
}
