import { showDuration } from "../base/durations.ts";
import { renderPrompt } from "../packet/prompt.ts";
import type { AgentGate, Pipeline, Stage } from "./pipeline.ts";
import { renderCommands } from "./render_template.ts";
import type { PreparedPipeline } from "./prepare_pipeline.ts";

/** What a pipeline would do: its stages in order, their gates in words, every prompt as far as it is known. Pure. */
export function renderPlan(pipeline: Pipeline, { previews, state }: PreparedPipeline): string {
  const parts = pipeline.stages.map((stage, at) => {
    const preview = previews.find((each) => each.stage.id === stage.id);
    return [
      `## ${at + 1}. ${stage.id}`,
      "",
      ...stageFacts(stage).map((fact) => `- ${fact}`),
      "",
      ...(stage.kind === "run"
        ? [
          ...renderCommands(stage.commands, { inputs: state.inputs }).map((command) => `    $ ${command}`),
          "",
        ]
        : []),
      ...(stage.kind !== "agent"
        ? []
        : preview?.packet === undefined
        ? ["The prompt depends on what earlier stages come to.", ""]
        : [
          "What other stages are said to have come to is put into the CONTEXT of the prompt when it is known.",
          "",
          renderPrompt(stage.mode, preview.packet.text),
        ]),
    ].join("\n");
  });
  const head = [
    `# ${pipeline.name}: dry run`,
    "",
    `Repository: ${state.repository}`,
    `Nothing was started.`,
    "",
  ].join("\n");
  return `${head}\n${parts.join("\n")}`;
}

/** What is asked of a stage, in sentences. Pure. */
export function stageFacts(stage: Stage): string[] {
  const needs = stage.needs.length === 0 ? "needs nothing before it" : `needs ${stage.needs.join(", ")}`;
  const condition = stage.if ? [`runs only if ${stage.if.text}`] : [];
  if (stage.kind === "approve") {
    return [needs, ...condition, `waits for a person: ${stage.text.text}`, onFailFact(stage)];
  }
  const kind = stage.kind === "run"
    ? `commands that codex-dispatch runs itself, expected to ${stage.expect}`
    : `Codex as ${stage.mode}`;
  const place = stage.checkout === "clean" ? "in a clean checkout" : "in the work tree itself";
  return [
    `${kind}, ${place}`,
    needs,
    ...condition,
    ...(stage.timeout === null ? ["no time limit"] : [`at most ${showDuration(stage.timeout)}`]),
    ...(stage.kind === "agent" ? gateFacts(stage.gate) : ["gate: the commands come out as expected"]),
    ...stage.require.map((expression) => `gate: ${expression.text}`),
    ...(stage.retries > 0
      ? [`repeated up to ${stage.retries} times for failures of network and capacity`]
      : []),
    onFailFact(stage),
  ];
}

function gateFacts(gate: AgentGate): string[] {
  const oneOf = (words: readonly string[]): string => words.join(" or ");
  return [
    "gate: no violation, an accepted run, no claim that the tree belies",
    ...(gate.result ? [`gate: result is ${oneOf(gate.result)}`] : []),
    ...(gate.verdict ? [`gate: verdict is ${oneOf(gate.verdict)}`] : []),
    ...(gate.failOn ? [`gate: no finding of ${gate.failOn} or worse`] : []),
    ...(gate.evidence ? ["gate: a command that ran, and evidence that is not empty"] : []),
    ...(gate.change ? ["gate: something was changed"] : []),
  ];
}

function onFailFact({ onFail }: Stage): string {
  switch (onFail.kind) {
    case "stop":
      return "on_fail: stop";
    case "continue":
      return "on_fail: continue, but for a violation";
    case "return":
      return `on_fail: return_to ${onFail.to}, at most ${onFail.atMost} times`;
  }
}
