import type { Attempt } from "./state.ts";

/** The paths that the workers' runs changed, each once. Pure. */
export function changedPaths(attempts: readonly Attempt[]): string[] {
  const paths = attempts.flatMap(({ policy }) =>
    policy?.mode === "worker" ? policy.changes.map(({ path }) => path) : []
  );
  return [...new Set(paths)];
}
