import * as path from "node:path";

/** What is known of the making of this program. */
export interface BuildInfo {
  /** The commit that it was built from; null where that is not known, as when it runs from its source. */
  readonly commit: string | null;
  /** The work tree held changes that are in no commit. */
  readonly modified: boolean;
  /** The licences of codex-dispatch and of all that is built in. */
  readonly licences: readonly Licence[];
}

export interface Licence {
  readonly name: string;
  readonly version: string;
  /** The SPDX identifier. */
  readonly licence: string;
  readonly text: string;
}

/** Lies beside the bundle, and in the compiled program; scripts/build.ts writes it. */
export const BUILD_INFO_FILE = "build_info.json";

export function readBuildInfo(): BuildInfo {
  let text: string;
  try {
    text = Deno.readTextFileSync(path.join(import.meta.dirname ?? "", BUILD_INFO_FILE));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { commit: null, modified: false, licences: [] };
  }
  // Our own build wrote it, for this very program.
  return JSON.parse(text) as BuildInfo;
}
