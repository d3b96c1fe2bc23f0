/** What a user may set of Codex for one run. */
export interface CodexSettings {
  readonly model: string | undefined;
  readonly effort: string | undefined;
  readonly profile: string | undefined;
  /** `KEY=VALUE`, handed on as `-c`. */
  readonly config: readonly string[];
}

/**
 * The arguments of `codex exec`. The prompt comes by standard input: as an argument it would be limited to 128 KiB. The
 * sandbox and approvals are off, as in 0.1.1: what a run may do is settled by the packet and judged by the evidence.
 */
export function codexArguments(
  settings: CodexSettings,
  files: { readonly workdir: string; readonly schema: string; readonly answer: string },
): string[] {
  const effort = settings.effort === undefined
    ? []
    : [`model_reasoning_effort=${JSON.stringify(settings.effort)}`];
  return [
    "exec",
    "-C",
    files.workdir,
    "--json",
    "--dangerously-bypass-approvals-and-sandbox",
    "--output-schema",
    files.schema,
    "-o",
    files.answer,
    ...(settings.model === undefined ? [] : ["-m", settings.model]),
    ...(settings.profile === undefined ? [] : ["-p", settings.profile]),
    ...[...effort, ...settings.config].flatMap((entry) => ["-c", entry]),
    "-",
  ];
}

/** The caller's variables that would point git commands of Codex at another repository. Source: `git rev-parse --local-env-vars`. */
const GIT_LOCAL = new Set([
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_COMMON_DIR",
  "GIT_CONFIG",
  "GIT_CONFIG_COUNT",
  "GIT_CONFIG_PARAMETERS",
  "GIT_DIR",
  "GIT_GRAFT_FILE",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_INTERNAL_SUPER_PREFIX",
  "GIT_NAMESPACE",
  "GIT_NO_REPLACE_OBJECTS",
  "GIT_OBJECT_DIRECTORY",
  "GIT_PREFIX",
  "GIT_REPLACE_REF_BASE",
  "GIT_SHALLOW_FILE",
  "GIT_WORK_TREE",
]);

/** The environment Codex runs with: the caller's, less what misleads git; Python's caches go to a scratch folder. */
export function codexEnvironment(
  environment: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  const kept = Object.entries(environment).filter(([name]) => !GIT_LOCAL.has(name));
  return { ...Object.fromEntries(kept), ...added };
}
