import type { Pipeline, Stage } from "../pipeline.ts";
import {
  commandsInWords,
  gateInWords,
  kindInWords,
  limitInWords,
  listInWords,
  onFailInWords,
} from "./stage_words.ts";
import { oneLine, showCount } from "../../base/text.ts";

/** A pipeline for people: inputs, stages in order, what each waits for, and its gate in words. Pure. */
export function showPipeline(pipeline: Pipeline): string {
  const { name, description, inputs, env, budget, stages } = pipeline;
  const width = Math.max(0, ...inputs.map((input) => input.name.length));
  const limits = [
    ...budget.time === null ? [] : [limitInWords(budget.time)],
    ...budget.tokens === null ? [] : [`${showCount(budget.tokens)} tokens`],
  ];
  return [
    description === "" ? name : `${name}: ${oneLine(description, 300)}`,
    ...inputs.length === 0 ? [] : ["", "Inputs"],
    ...inputs.map((input) => {
      const given = input.required ? "required" : `default ${JSON.stringify(input.default)}`;
      const meaning = input.description === "" ? "" : `: ${oneLine(input.description, 120)}`;
      return `  ${input.name.padEnd(width)}  ${input.type}, ${given}${meaning}`;
    }),
    ...env.length === 0 ? [] : ["", `Variables read: ${env.join(", ")}`],
    ...limits.length === 0 ? [] : ["", `Budget: ${limits.join(", ")}`],
    "",
    "Stages",
    ...stages.flatMap((stage, at) => stageLines(stage, stages[at - 1])),
    "",
  ].join("\n");
}

function stageLines(stage: Stage, before: Stage | undefined): string[] {
  const line = (label: string, text: string): string => `    ${label.padEnd(11)}${text}`;
  const isNext = stage.needs.length === 1 && stage.needs[0] === before?.id;
  return [
    `  ${stage.id} (${kindInWords(stage)})`,
    ...stage.needs.length === 0
      ? before ? [line("needs", "nothing")] : []
      : isNext
      ? []
      : [line("needs", stage.needs.join(", "))],
    ...stage.if ? [line("only if", oneLine(stage.if.text, 200))] : [],
    ...workLines(stage).map(([label, text]) => line(label, text)),
    line("passes if", gateInWords(stage).join("; ") || "it is accepted"),
    ...stage.onFail.kind === "stop" ? [] : [line("else", onFailInWords(stage.onFail))],
  ];
}

function workLines(stage: Stage): [label: string, text: string][] {
  if (stage.kind === "approve") return [["asks", oneLine(stage.text.text, 200)]];
  const { checkout, setup, carry, workdir, timeout } = stage;
  const lines: [string, string][] = [];
  if (stage.kind === "run") lines.push(["runs", commandsInWords(stage.commands)]);
  else if (stage.packet.kind === "file") lines.push(["packet", stage.packet.file]);
  if (stage.kind === "agent") {
    lines.push(["objective", oneLine(stage.packet.objective.text, 200)]);
    const scope = stage.packet.writeScope;
    if (stage.mode === "worker" && scope) lines.push(["may write", listInWords(scope)]);
    if (stage.include.length > 0) {
      lines.push(["is given", stage.include.map((one) => `${one.stage}.${one.what}`).join(", ")]);
    }
  }
  lines.push([
    "works in",
    `${oneLine(workdir.text, 120)}${checkout === "clean" ? ", a clean checkout of it" : ""}`,
  ]);
  if (carry.kind === "expression" || carry.items.length > 0) lines.push(["carries", listInWords(carry)]);
  if (setup.kind === "inputs" || setup.commands.length > 0) lines.push(["set up by", commandsInWords(setup)]);
  if (stage.retries > 0) lines.push(["retries", `${stage.retries}, for network and capacity`]);
  lines.push(["timeout", limitInWords(timeout)]);
  return lines;
}

/** A pipeline as a flow chart of Mermaid. Pure. */
export function pipelineMermaid({ stages }: Pipeline): string {
  // Ids of their own: a stage may be called "end", which is a word of Mermaid.
  const nodes = new Map(stages.map(({ id }, at) => [id, `s${at}`]));
  const node = (id: string): string => nodes.get(id) ?? id;
  const shape = (stage: Stage): string => {
    const label = `"${stage.id}<br/>${kindInWords(stage)}"`;
    return stage.kind === "approve" ? `{{${label}}}` : stage.kind === "run" ? `[[${label}]]` : `[${label}]`;
  };
  return [
    "flowchart TD",
    ...stages.map((stage) => `  ${node(stage.id)}${shape(stage)}`),
    ...stages.flatMap(({ id, needs }) => needs.map((need) => `  ${node(need)} --> ${node(id)}`)),
    ...stages.flatMap(({ id, onFail }) =>
      onFail.kind === "return"
        ? [`  ${node(id)} -. "fails, at most ${onFail.atMost}" .-> ${node(onFail.to)}`]
        : []
    ),
    "",
  ].join("\n");
}

/** A pipeline as a document for programs. Expressions and templates are as they are written. Pure. */
export function pipelineDocument(pipeline: Pipeline): Record<string, unknown> {
  const { name, description, inputs, env, budget, stages } = pipeline;
  return {
    name,
    description,
    inputs: inputs.map((input) => ({ ...input, default: input.default ?? null })),
    env,
    budget: { time_ms: budget.time, tokens: budget.tokens },
    stages: stages.map(stageDocument),
  };
}

function stageDocument(stage: Stage): Record<string, unknown> {
  const { id, line, kind, needs, onFail } = stage;
  const common = {
    id,
    kind,
    line,
    needs,
    if: stage.if?.text ?? null,
    gate: gateInWords(stage),
    on_fail: onFail.kind === "return" ? { return_to: onFail.to, at_most: onFail.atMost } : onFail.kind,
  };
  if (stage.kind === "approve") return { ...common, text: stage.text.text };
  const work = {
    ...common,
    workdir: stage.workdir.text,
    checkout: stage.checkout,
    setup: commandsDocument(stage.setup),
    carry: listDocument(stage.carry),
    env: Object.fromEntries(stage.env.map((one) => [one.name, one.value.text])),
    timeout_ms: stage.timeout,
  };
  if (stage.kind === "run") {
    return { ...work, commands: commandsDocument(stage.commands), expect: stage.expect };
  }
  return {
    ...work,
    mode: stage.mode,
    packet: stage.packet.kind === "file" ? stage.packet.file : null,
    objective: stage.packet.objective.text,
    write_scope: stage.packet.writeScope ? listDocument(stage.packet.writeScope) : [],
    include: stage.include.map((one) => `${one.stage}.${one.what}`),
    retries: stage.retries,
    heartbeat_ms: stage.heartbeat,
    command_ms: stage.command,
    model: stage.model ?? null,
    effort: stage.effort ?? null,
    profile: stage.profile ?? null,
  };
}

type AnyStage = Exclude<Stage, { kind: "approve" }>;

function commandsDocument(commands: AnyStage["setup"]): unknown {
  return commands.kind === "inputs" ? `\${{ ${commands.expression.text} }}` : commands.commands;
}

function listDocument(list: AnyStage["carry"]): unknown {
  return list.kind === "expression" ? `\${{ ${list.expression.text} }}` : list.items.map(({ text }) => text);
}
