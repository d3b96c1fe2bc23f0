import { renderPrompt } from "../packet/prompt.ts";
import type { Pipeline, Stage } from "./pipeline.ts";
import { gateInWords, kindInWords, limitInWords, onFailInWords } from "./read/stage_words.ts";
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
function stageFacts(stage: Stage): string[] {
  const place = stage.kind === "approve" ? [] : [
    stage.checkout === "clean" ? "in a clean checkout" : "in the work tree itself",
    `at most: ${limitInWords(stage.timeout)}`,
  ];
  return [
    kindInWords(stage),
    stage.needs.length === 0 ? "needs nothing before it" : `needs ${stage.needs.join(", ")}`,
    ...(stage.if ? [`runs only if ${stage.if.text}`] : []),
    ...place,
    "gate: no violation, and a run that was accepted",
    ...gateInWords(stage).map((condition) => `gate: ${condition}`),
    ...(stage.kind !== "approve" && stage.retries > 0
      ? [`repeated up to ${stage.retries} times for failures of network and capacity`]
      : []),
    `if its gate says no: ${onFailInWords(stage.onFail)}`,
  ];
}
