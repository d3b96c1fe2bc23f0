import { FIELDS, type Mode } from "./fields.ts";

interface TemplateText {
  readonly objective: string;
  readonly scope: string;
  readonly nonGoals: readonly string[];
  readonly verification: readonly string[];
  readonly deliverable: readonly string[];
  readonly inputs?: readonly string[];
}

/** A packet to fill in: for `packet new`. What stands between angle brackets has to be replaced. */
export function packetTemplate(mode: Mode, workdir: string): string {
  const text = TEMPLATES[mode];
  const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join("\n");
  return [
    `MODE: ${mode}`,
    `WORKDIR: ${workdir}`,
    `OBJECTIVE: ${text.objective}`,
    "",
    `WRITE SCOPE:\n- ${text.scope}`,
    "",
    `NON-GOALS:\n${list(text.nonGoals)}`,
    ...(text.inputs ? ["", `INPUTS:\n${list(text.inputs)}`] : []),
    "",
    `VERIFICATION:\n${list(text.verification)}`,
    "",
    `DELIVERABLE:\n${list(text.deliverable)}`,
    "",
    `CONTEXT:\n<${FIELDS.CONTEXT.meaning}; leave the field out if there is nothing to say>`,
    "",
  ].join("\n");
}

const READ_ONLY_NON_GOALS = ["Do not modify any file.", "Do not install packages."];

const TEMPLATES: Readonly<Record<Mode, TemplateText>> = {
  worker: {
    objective: "<one sentence: what is true when the work is done>",
    scope: "<a file, folder/ or glob, relative to WORKDIR>",
    nonGoals: ["<what must stay as it is>", "Do not add dependencies."],
    verification: ["<a command that must succeed>"],
    deliverable: ["<what the change must contain>", "The output of the verification commands."],
  },
  verifier: {
    objective: "<the claim to prove or disprove>",
    scope: "none",
    nonGoals: READ_ONLY_NON_GOALS,
    verification: ["<a command whose outcome decides>"],
    deliverable: ["Whether the claim holds, with the lines of output that decide."],
  },
  reviewer: {
    objective: "<the diff, plan or file to review>",
    scope: "none",
    nonGoals: READ_ONLY_NON_GOALS,
    verification: ["<a command that shows what is reviewed, such as git diff>"],
    deliverable: ["Findings, the gravest first, each with file and line.", "Whether it can be merged."],
  },
  synthesizer: {
    objective: "<the question that the reports answer differently>",
    scope: "none",
    nonGoals: READ_ONLY_NON_GOALS,
    inputs: ["<path of a report, and whose it is>"],
    verification: ["<a command that shows a report>"],
    deliverable: ["Which claims hold, on which evidence.", "One recommendation."],
  },
};
