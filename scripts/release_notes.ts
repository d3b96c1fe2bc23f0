/**
 * Prints the notes of a release out of CHANGELOG.md, for its tag: `deno run -A scripts/release_notes.ts v1.0.0`. A tag that is not
 * the version of the program, or that has no section in the changelog, is refused.
 */
import * as path from "node:path";
import { VERSION } from "../lib/cli/version.ts";
import { ROOT } from "./run_deno.ts";

export interface Release {
  /** As it is pushed: `v1.0.0`. */
  readonly tag: string;
  readonly changelog: string;
  /** The version that each file names. */
  readonly versions: Readonly<Record<string, string>>;
}

/** The section of CHANGELOG.md for the tag, or all that stands against a release of it. */
export function releaseNotes(
  { tag, changelog, versions }: Release,
): { notes: string } | { problems: string[] } {
  const version = tag.slice(1);
  if (!/^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(tag)) {
    return { problems: [`"${tag}" is no tag of a release. It takes the form v1.0.0, or v1.0.0-rc.1.`] };
  }
  const problems = Object.entries(versions)
    .filter(([, named]) => named !== version)
    .map(([file, named]) => `${file} has version "${named}", the tag is ${tag}. Set it to "${version}".`);
  const notes = sectionOf(version, changelog);
  if (notes === undefined) {
    problems.push(`CHANGELOG.md has no section "## ${version}". Give it what stands under "Unreleased".`);
  } else if (notes === "") {
    problems.push(`The section "## ${version}" of CHANGELOG.md is empty. Say what a user gains.`);
  }
  return problems.length > 0 ? { problems } : { notes: `${notes}\n` };
}

/** What stands below `## VERSION`, which a date may follow, up to the next heading of that level. */
function sectionOf(version: string, changelog: string): string | undefined {
  const sections = changelog.split(/^## /m).slice(1).map((text) => text.split(/\n(.*)/s));
  return sections.find(([heading = ""]) => heading.split(/\s/)[0] === version)?.[1]?.trim();
}

async function readRelease(tag: string): Promise<Release> {
  const read = async (file: string): Promise<string> => await Deno.readTextFile(path.join(ROOT, file));
  const plugin = path.join(".claude-plugin", "plugin.json");
  return {
    tag,
    changelog: await read("CHANGELOG.md"),
    versions: {
      "lib/cli/version.ts": VERSION,
      "deno.json": JSON.parse(await read("deno.json")).version,
      [plugin]: JSON.parse(await read(plugin)).version,
    },
  };
}

if (import.meta.main) {
  const outcome = releaseNotes(await readRelease(Deno.args[0] ?? ""));
  if ("problems" in outcome) {
    console.error(outcome.problems.join("\n"));
    Deno.exit(1);
  }
  console.log(outcome.notes.trimEnd());
}
