import { renderFeedback, sentBackTo } from "./feedback.ts";
import type { IncludedText } from "./included.ts";
import type { AgentStage, Pipeline } from "./pipeline.ts";
import { stageResultText } from "./stage_result.ts";
import type { PipelineState } from "./state.ts";
import type { KeptTree } from "./tree/pipeline_tree.ts";

/** What a stage is given of others: why they sent it back, and what its `include` names. */
export async function includedTexts(
  stage: AgentStage,
  state: PipelineState,
  { pipeline, tree, round }: {
    readonly pipeline: Pipeline;
    readonly tree: Pick<KeptTree, "diff" | "roundDiffs">;
    readonly round: number;
  },
): Promise<IncludedText[]> {
  const texts = await Promise.all(stage.include.map(async ({ stage: id, what }): Promise<IncludedText> => {
    const from = pipeline.stages.find((each) => each.id === id);
    const last = state.attempts.findLast((each) => each.stage === id);
    if (what === "result") {
      return { title: `The result of the stage "${id}"`, text: from ? stageResultText(from, last) : "" };
    }
    return what === "diff"
      ? { title: "What was changed since the pipeline began, as a patch", text: await tree.diff() }
      : {
        title: `What the last run of the stage "${id}" changed, as a patch`,
        text: tree.roundDiffs().get(id) ?? "",
      };
  }));
  return [...renderFeedback(sentBackTo(stage.id, pipeline, state), round), ...texts];
}
