import type { Mode } from "../packet/fields.ts";

interface RoleDefaults {
  readonly nonGoals: readonly string[];
  readonly verification: readonly string[];
  readonly deliverable: readonly string[];
}

const READ_ONLY = ["Do not change any file.", "Do not install packages.", "Do not repair what you find."];

/** The required fields of a packet that a stage leaves out. */
export const ROLE_DEFAULTS: Readonly<Record<Mode, RoleDefaults>> = {
  worker: {
    nonGoals: ["Nothing beyond the objective.", "No new dependencies."],
    verification: ["Run the project's own checks for what was changed."],
    deliverable: ["The change, and the output of the checks."],
  },
  verifier: {
    nonGoals: READ_ONLY,
    verification: ["Run whatever decides the claim, and quote what it prints."],
    deliverable: ["Whether the claim holds, with the lines of output that decide."],
  },
  reviewer: {
    nonGoals: READ_ONLY,
    verification: ["Read the diff and the code around it; run what a finding rests on."],
    deliverable: ["Findings, the gravest first, each with file and line.", "Whether it can be merged."],
  },
  synthesizer: {
    nonGoals: READ_ONLY,
    verification: ["Hold each claim against the evidence that is given for it."],
    deliverable: ["Which claims hold and on which evidence, disagreement kept.", "One recommendation."],
  },
};
