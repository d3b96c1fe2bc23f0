import * as path from "node:path";

/**
 * Makes the least that git takes for a repository, in a new folder of ours: no template, hook or setting of anybody's gets
 * in. Source: gitrepository-layout(5).
 */
export async function makeScratchRepository(
  folder: string,
  options: { readonly bare: boolean; readonly settings?: readonly string[] },
): Promise<void> {
  const gitFolder = options.bare ? folder : path.join(folder, ".git");
  for (const name of ["objects", "refs", "info"]) {
    await Deno.mkdir(path.join(gitFolder, name), { recursive: true, mode: 0o700 });
  }
  const settings = ["repositoryformatversion = 0", `bare = ${options.bare}`, ...options.settings ?? []];
  await Deno.writeTextFile(
    path.join(gitFolder, "config"),
    `[core]\n${settings.map((line) => `\t${line}\n`).join("")}`,
  );
  await Deno.writeTextFile(path.join(gitFolder, "HEAD"), "ref: refs/heads/none\n");
}

/** The environment of git in such a folder: without the user's own settings, which a run may have broken. */
export function scratchEnvironment(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...environment, HOME: folder, XDG_CONFIG_HOME: folder };
}
