import type { Conclusion } from "../dispatch/conclude.ts";

/** What is said where commands in a clean checkout failed for want of something that git ignores; undefined where they did not. Pure. */
export function dependencyHint({ result }: Conclusion): string | undefined {
  const wanting = result.commands.find(({ exit_code: exit, output = "" }) =>
    exit !== 0 && (exit === 127 || MISSING.test(output))
  );
  if (!wanting) return undefined;
  return `"${wanting.command}" seems to lack a dependency. A clean checkout has nothing that git ignores: name what it needs in ` +
    "carry (such as node_modules), or make it with setup (such as npm ci).";
}

/** How shells, Node, Deno, Python, Ruby, Go, Rust, Java and make say that something they need is not there. */
const MISSING =
  /command not found|: not found$|Cannot find (?:module|package|type definition)|ERR_MODULE_NOT_FOUND|Could not (?:find|resolve) (?:module|dependency|package)|ModuleNotFoundError|No module named|cannot load such file|Could not find .* in any of the sources|no required module provides package|can't find crate|Could not find or load main class|No such file or directory/im;
