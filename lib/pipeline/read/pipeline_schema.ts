import * as z from "zod";
import { INPUT_TYPES } from "../pipeline.ts";
import { parseDuration } from "../../base/durations.ts";
import { AnswerSchema, SEVERITIES } from "../../codex/answer.ts";
import { MODES } from "../../packet/fields.ts";

/*
 * The form of a pipeline file. The message of each schema says what a key takes, for "It takes …"; its description is for
 * editors. What goes beyond the form (names, order, expressions, gates) is checked in read_stage.ts and its neighbours.
 */

/** Ids of stages and names of inputs: what an expression can name, and a folder can be called. */
export const ID = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const ID_TAKES = "a letter, then letters, digits, - and _, 64 in all at most";

const text = (takes = "text"): z.ZodString => z.string({ error: takes }).min(1, { error: takes });
const template = text().regex(/\S/, { error: "text that is not blank" });
const id = z.string({ error: ID_TAKES }).regex(ID, { error: ID_TAKES });
const word = <const W extends readonly string[]>(words: W): z.ZodEnum<{ [K in W[number]]: K }> =>
  z.enum(words, {
    error: words.length === 1 ? words[0] : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`,
  });
const oneOrMany = <S extends z.ZodType>(one: S, takes: string): z.ZodUnion<[S, z.ZodArray<S>]> =>
  z.union([one, z.array(one, { error: takes }).min(1, { error: `${takes} that is not empty` })], {
    error: takes,
  });

const COUNT_TAKES = "a whole number above zero";
const count = z.int({ error: COUNT_TAKES }).positive({ error: COUNT_TAKES });
const yesNo = z.boolean({ error: "true or false" });

const DURATION_TAKES = "a time above zero with its unit, such as 90s, 30m or 2h, or off";
const duration = z.string({ error: DURATION_TAKES })
  .regex(/^(off|(?=\d)(\d+(\.\d+)?h)?(\d+(\.\d+)?m)?(\d+(\.\d+)?s)?)$/, {
    error: DURATION_TAKES,
    abort: true,
  })
  .refine((value) => value === "off" || parseDuration(value) !== undefined, { error: DURATION_TAKES });

const LIST_TAKES = "text, a list of texts, or one expression ${{ … }} that gives a list";
/** Empty where an expression may give an empty list as well. */
const listTemplate = z.union([z.array(template, { error: LIST_TAKES }), template], { error: LIST_TAKES });
const COMMANDS_TAKE = "a command, a list of commands, or one expression ${{ … }} over inputs";
const commands = z.union([z.array(template, { error: COMMANDS_TAKE }), template], { error: COMMANDS_TAKE });

export const InputSchema = z.strictObject({
  type: word(INPUT_TYPES).optional().describe("string (the default), path, list, number or boolean"),
  required: yesNo.optional().describe("Whether it must be given; true unless there is a default."),
  default: z.unknown().optional().describe("Its value where none is given."),
  description: text().optional().describe("For whoever runs the pipeline."),
});

const settings = {
  timeout: duration.optional().describe("Limit for a whole stage; 30m unless said, off for none."),
  heartbeat: duration.optional().describe(
    "Limit without a sign of life of Codex; 5m unless said, off for none.",
  ),
  command: duration.optional().describe(
    "Limit for one command that Codex runs; that of the stage unless said.",
  ),
  model: text().optional().describe("Model that Codex uses."),
  effort: text().optional().describe("Reasoning effort that Codex uses."),
  profile: text().optional().describe("Profile of Codex's configuration."),
  codex_config: z.array(
    z.string({ error: "KEY=VALUE" }).regex(/^[^=\s]+=/, { error: "KEY=VALUE" }),
    { error: "a list of KEY=VALUE" },
  ).optional().describe("Handed to Codex as -c."),
};

export const DefaultsSchema = z.strictObject(settings);

export const BudgetSchema = z.strictObject({
  time: duration.optional().describe("For the whole pipeline; waiting for a person is not counted."),
  tokens: z.union([count, z.literal("off")], { error: `${COUNT_TAKES}, or off` }).optional()
    .describe("For the whole pipeline."),
});

const { result, verdict } = AnswerSchema.shape;
/** A word of an answer, or a list of them; `any` for each. */
const anyOf = <S extends z.ZodType<string>>(one: S, words: readonly string[]) => {
  const error = `${words.join(", ")}, a list of these, or any`;
  return z.union([z.literal("any"), one, z.array(one, { error })], { error });
};

export const GateSchema = z.strictObject({
  result: anyOf(word(result.options), result.options).optional().describe(
    "Words of the answer's result that pass; done for a worker.",
  ),
  verdict: anyOf(word(verdict.options), verdict.options).optional().describe(
    "Words of the answer's verdict that pass; pass unless said.",
  ),
  fail_on: word([...SEVERITIES, "off"]).optional()
    .describe("The least grave finding that fails; high for reviewers and synthesizers."),
  evidence: yesNo.optional().describe(
    "A completed command and evidence that is not empty; true for verifiers.",
  ),
  change: yesNo.optional().describe("The run changed something; true for workers."),
  require: oneOrMany(template, "an expression or a list of expressions").optional()
    .describe("Expressions that must be true; stages.<own id> is the stage itself."),
});

export const ReturnSchema = z.strictObject({
  return_to: id.describe("A stage before this one, to go on from with the findings."),
  at_most: count.max(100, { error: "a whole number from 1 to 100" }).describe("How often."),
});

export const RetrySchema = z.strictObject({
  on: z.array(word(["transient"]), { error: "[transient]" }).min(1, { error: "[transient]" })
    .describe("Failures of network and capacity."),
  at_most: count.max(100, { error: "a whole number from 1 to 100" }).describe("How often."),
});

export const EnvSchema = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
  z.string({ error: "text" }),
);

const everyStage = {
  id: id.describe("Its name: in needs, include, return_to and expressions."),
  needs: z.union([id, z.array(id, { error: "an id or a list of ids" })], { error: "an id or a list of ids" })
    .optional().describe("Stages before it that must be through; the one before it unless said."),
  if: template.optional().describe("An expression; the stage is skipped unless it is true."),
  on_fail: z.union([z.enum(["stop", "continue"]), ReturnSchema], {
    error: "stop, continue, or { return_to: ID, at_most: N }",
  }).optional().describe("What a gate that fails leads to."),
};

export type CommonShape = typeof everyStage;

const workingStage = {
  ...everyStage,
  checkout: word(["clean", "shared"]).optional()
    .describe(
      "clean: a repository of its own with what the tree holds; the default for verifiers and run stages after a worker.",
    ),
  setup: commands.optional().describe("Commands that run first in a clean checkout."),
  carry: listTemplate.optional().describe("Ignored paths that a clean checkout gets, such as node_modules."),
  env: EnvSchema.optional().describe("Environment variables; their values may hold ${{ }}."),
  timeout: settings.timeout,
};

export type WorkingShape = typeof workingStage;

const agentStage = {
  ...workingStage,
  ...settings,
  include: z.array(
    z.string({ error: "ID.result, ID.diff or ID.round_diff" }),
    { error: "a list such as [implement.result, implement.diff]" },
  ).optional().describe("Results and diffs of stages before it, given to Codex as data."),
  gate: GateSchema.optional().describe("What the answer must bring."),
  retry: RetrySchema.optional().describe("Repeats the stage for failures of network and capacity."),
};

export type AgentShape = typeof agentStage;

const workdir = template.optional().describe("The folder it works in; inputs.workdir unless said.");

export const FieldsStageSchema = z.strictObject({
  ...agentStage,
  mode: word(MODES).describe("The role: worker, verifier, reviewer or synthesizer."),
  workdir,
  objective: template.describe("What is to be achieved, or the claim to prove."),
  write_scope: listTemplate.optional().describe("Files, folders or globs that a worker may write."),
  non_goals: listTemplate.optional().describe("What must not be done."),
  verification: listTemplate.optional().describe("Commands to run, or evidence to gather."),
  deliverable: listTemplate.optional().describe("What the answer must hold."),
  context: template.optional().describe("Confirmed facts and where to look."),
  inputs: listTemplate.optional().describe("Reports and files to work from."),
  allow_commits: yesNo.optional().describe(
    "The current branch may move forward to commits within the scope.",
  ),
  ignored_writes: listTemplate.optional().describe("Ignored files that the run may write."),
  waive: listTemplate.optional().describe("Globs whose changes are listed but not counted, and why."),
});

export const PacketStageSchema = z.strictObject({
  ...agentStage,
  packet: text("the path of a task packet, from the pipeline's folder")
    .describe("A task packet with ${{ }} in it; its path from the pipeline's folder."),
});

export const RunStageSchema = z.strictObject({
  ...workingStage,
  run: commands.describe("Commands that codex-dispatch runs itself, through the shell."),
  workdir,
  expect: word(["pass", "fail"]).optional().describe("How the commands must end; pass unless said."),
  gate: GateSchema.pick({ require: true }).optional().describe("What must hold beyond expect."),
});

export const ApproveStageSchema = z.strictObject({
  ...everyStage,
  approve: template.describe("What a person is asked; the pipeline waits."),
});

/** The kinds of stage, each with the key that makes it one. */
export const STAGE_KINDS = {
  mode: { schema: FieldsStageSchema, name: 'a stage with "mode"' },
  packet: { schema: PacketStageSchema, name: 'a "packet" stage' },
  run: { schema: RunStageSchema, name: 'a "run" stage' },
  approve: { schema: ApproveStageSchema, name: 'an "approve" stage' },
} as const;

export type StageKind = keyof typeof STAGE_KINDS;

export const PipelineSchema = z.strictObject({
  version: z.literal(1, { error: "1" }).describe("The version of this format."),
  name: id.optional().describe("The file's name unless said."),
  description: text().optional(),
  inputs: z.record(z.string().regex(ID), InputSchema, { error: "a map of inputs by name" }).optional()
    .describe("What whoever runs the pipeline gives it."),
  env: z.array(
    z.string({ error: "the name of an environment variable" })
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: "the name of an environment variable" }),
    { error: "a list of names of environment variables" },
  ).optional().describe("Names of environment variables that expressions may read."),
  defaults: DefaultsSchema.optional().describe("For every stage that does not say otherwise."),
  budget: BudgetSchema.optional().describe("What the whole pipeline may use."),
  stages: z.array(
    z.union([FieldsStageSchema, PacketStageSchema, RunStageSchema, ApproveStageSchema]),
    { error: "a list of stages" },
  ).min(1, { error: "a list of stages that is not empty" }),
});
