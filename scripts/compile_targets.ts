import { parseArgs } from "node:util";

/** The machines that Deno can compile for, by the names that it gives them. There is none with musl. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
] as const;

export type Target = (typeof TARGETS)[number];

export interface CompileOrder {
  readonly target: Target;
  /** The file in dist. */
  readonly file: string;
}

/**
 * What `deno task compile` is to make: the program of this machine as `dist/codex-dispatch`, or those of the targets that are
 * named, each under the name that a release gives it.
 *
 * @param runtime DENORT_BIN: the runtime that Deno builds in whatever the target is, so that it serves this machine alone
 * @throws Error with a sentence for what is wrong with the arguments
 */
export function readCompileOrders(
  args: readonly string[],
  { host, runtime }: { readonly host: string; readonly runtime: string | undefined },
): CompileOrder[] {
  const { all, target } = parseArgs({
    args: [...args],
    options: { all: { type: "boolean" }, target: { type: "string", multiple: true } },
  }).values;
  if (all && target) throw new Error("--all names every target: give it, or --target, not both.");
  const named = all ? [...TARGETS] : target?.map(readTarget) ?? [];
  const others = named.filter((name) => name !== host);
  if (runtime && others.length > 0) {
    throw new Error(
      `DENORT_BIN is "${runtime}", the runtime of ${host}. It would be built into the programs for ${
        others.join(", ")
      } as well. Unset it: Deno then downloads theirs.`,
    );
  }
  if (named.length > 0) return [...new Set(named)].map((name) => ({ target: name, file: releaseName(name) }));
  return [{ target: readTarget(host), file: `codex-dispatch${suffix(host)}` }];
}

/** What a program is called in a release; the installers know these names. */
export function releaseName(target: Target): string {
  return `codex-dispatch-${target}${suffix(target)}`;
}

function suffix(target: string): string {
  return target.includes("windows") ? ".exe" : "";
}

function readTarget(name: string): Target {
  const known = TARGETS.find((target) => target === name);
  if (!known) throw new Error(`"${name}" is no target of Deno's. There are: ${TARGETS.join(", ")}.`);
  return known;
}
