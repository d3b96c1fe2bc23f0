import { sha256Of } from "../base/digest.ts";
import { badInput, DispatchError } from "../base/errors.ts";
import { EXIT } from "../base/exit_codes.ts";
import type { PipelineSurroundings } from "./drive_pipeline.ts";
import { initialState } from "./initial_state.ts";
import type { InputValue, Pipeline } from "./pipeline.ts";
import { type PacketPreview, previewPackets } from "./preview_packets.ts";
import type { PipelineState } from "./state.ts";
import { newPipelineId } from "./state_store.ts";

export interface PipelineRequest {
  readonly pipeline: Pipeline;
  /** The file as it was named. */
  readonly file: string;
  /** The packet files that it names, by their names in it. */
  readonly packetFiles: ReadonlyMap<string, string>;
  readonly inputs: Readonly<Record<string, InputValue>>;
}

/** A pipeline that is sound as far as can be told before it starts. */
export interface PreparedPipeline {
  readonly previews: readonly PacketPreview[];
  readonly state: PipelineState;
}

/**
 * Holds a pipeline and its inputs against the machine: every packet that can be told already, and where it works.
 *
 * @throws DispatchError (exit 1) with every problem at once
 */
export async function preparePipeline(
  { pipeline, file, inputs }: PipelineRequest,
  { options, context }: PipelineSurroundings,
): Promise<PreparedPipeline> {
  const started = context.now();
  const { environment } = context;
  const unplaced = initialState(pipeline, {
    id: newPipelineId(pipeline.name, started),
    started_at: started.toISOString(),
    workdir: "",
    repository: "",
    file,
    file_digest: sha256Of(pipeline.text),
    inputs: mutable(inputs),
  });
  const previews = await previewPackets(pipeline, unplaced, { environment, waive: options.waive });
  const problems = previews.flatMap((preview) => preview.problems);
  if (problems.length > 0) throw new DispatchError(EXIT.badInput, problems);
  const packets = previews.flatMap(({ packet }) => packet ?? []);
  const [first] = packets;
  if (!first) {
    throw badInput(
      "pipeline-workdir",
      "Where the pipeline works cannot be told before it starts. Give the first stage a workdir.",
    );
  }
  const elsewhere = packets.find(({ repository }) => repository !== first.repository);
  if (elsewhere) {
    const message =
      `The stages work in two repositories, "${first.repository}" and "${elsewhere.repository}". ` +
      "A pipeline works in one: its verdict is about one tree.";
    throw badInput("pipeline-repositories", message);
  }
  const { workdir, repository } = first;
  return { previews, state: { ...unplaced, workdir, repository } };
}

function mutable(inputs: Readonly<Record<string, InputValue>>): PipelineState["inputs"] {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, typeof value === "object" ? [...value] : value]),
  );
}
