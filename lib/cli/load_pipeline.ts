import * as path from "node:path";
import type { CliContext } from "./context.ts";
import { resolvePath } from "./dispatch_options.ts";
import type { PacketFileText } from "../pipeline/read/read_packet_file.ts";
import type { PipelineReading } from "../pipeline/read/read_pipeline.ts";
import { badInput, messageOf } from "../base/errors.ts";
import { nearest } from "../base/text.ts";

export interface FoundPipeline {
  /** As messages name it: the path as it was given, or `built-in:NAME`. */
  readonly file: string;
  readonly text: string;
  /** From where the packets are found that it names; undefined for a built-in one, which names none. */
  readonly folder: string | undefined;
}

export interface LoadedPipeline extends PipelineReading {
  readonly file: string;
  /** The absolute path of the file; of a built-in pipeline the name. */
  readonly source: string;
  /** The texts of the packets that it names, by the names that it uses. */
  readonly packetFiles: ReadonlyMap<string, string>;
}

/**
 * Finds what `pipeline run FILE|NAME` names: a bare name is a built-in pipeline, whatever has a slash or ends in .yaml or .yml
 * is a file.
 *
 * @throws DispatchError (exit 1) if there is none, if ./pipelines holds a file of a built-in name, or if it cannot be read
 */
export async function findPipeline(given: string, context: CliContext): Promise<FoundPipeline> {
  if (/[\\/]|\.ya?ml$/i.test(given)) {
    const absolute = resolvePath(given, context);
    const found = readText(absolute);
    if ("text" in found) return { file: given, text: found.text, folder: path.dirname(absolute) };
    throw badInput("pipeline-unreadable", `The pipeline "${given}" cannot be read: ${found.refused}`);
  }
  const { BUILT_IN_PIPELINES } = await import("../pipeline/built_in_pipelines.ts");
  const text = BUILT_IN_PIPELINES.get(given);
  const own = pipelineFiles(context).find((file) => path.parse(file).name === given);
  if (text !== undefined && own === undefined) return { file: `built-in:${given}`, text, folder: undefined };
  if (text !== undefined) {
    throw badInput(
      "pipeline-ambiguous",
      `"${given}" is a built-in pipeline, and there is the file "${own}" as well. Write ${own} for the file; for the ` +
        "built-in one, give the file another name.",
    );
  }
  const names = [...BUILT_IN_PIPELINES.keys()];
  const meant = nearest(given, names);
  const remedy = own !== undefined
    ? `There is the file: write ${own}.`
    : meant !== undefined
    ? `Did you mean "${meant}"?`
    : `There is ${names.join(", ")}; a file is named with its ending, such as ./pipelines/${given}.yaml.`;
  throw badInput("pipeline-unknown", `There is no built-in pipeline "${given}". ${remedy}`);
}

/**
 * Reads what {@link findPipeline} finds. What is wrong within it is in `problems`.
 *
 * @throws DispatchError (exit 1) as findPipeline
 */
export async function loadPipeline(given: string, context: CliContext): Promise<LoadedPipeline> {
  const found = await findPipeline(given, context);
  const { readPipeline } = await import("../pipeline/read/read_pipeline.ts");
  const packetFiles = new Map<string, string>();
  const readPacketFile = (written: string): PacketFileText => {
    const packet = readPacket(written, found, context);
    if ("text" in packet) packetFiles.set(written, packet.text);
    return packet;
  };
  const source = found.folder === undefined ? found.file : path.resolve(resolvePath(given, context));
  return {
    file: found.file,
    source,
    packetFiles,
    ...readPipeline(found.text, { file: found.file, readPacketFile }),
  };
}

/** The pipelines in ./pipelines, as paths from the current folder. */
export function pipelineFiles(context: CliContext): string[] {
  try {
    return [...Deno.readDirSync(path.join(context.cwd, FOLDER))]
      .filter(({ name, isDirectory }) => /^[^.].*\.ya?ml$/i.test(name) && !isDirectory)
      .map(({ name }) => `./${FOLDER}/${name}`).sort();
  } catch {
    return [];
  }
}

/** Where a repository keeps its own. */
export const FOLDER = "pipelines";

function readPacket(written: string, { file, folder }: FoundPipeline, context: CliContext): PacketFileText {
  if (folder === undefined) return { refused: "a built-in pipeline has no folder to look in." };
  const found = readText(resolvePath(written, { ...context, cwd: folder }));
  if ("refused" in found) return found;
  const isRelative = !path.isAbsolute(written) && !written.startsWith("~");
  return { file: isRelative ? path.join(path.dirname(file), written) : written, text: found.text };
}

/** Far more than a pipeline or a packet may have. Bytes. */
const MOST_BYTES = 8 * 1024 * 1024;

function readText(absolute: string): { readonly text: string } | { readonly refused: string } {
  let bytes: Uint8Array;
  try {
    const { isFile, size } = Deno.statSync(absolute);
    // To open a pipe would wait for whoever writes to it.
    if (!isFile) return { refused: "it is no regular file." };
    if (size > MOST_BYTES) {
      return { refused: `it has ${size} bytes, more than a pipeline or a packet can need.` };
    }
    bytes = Deno.readFileSync(absolute);
  } catch (error) {
    return { refused: `${messageOf(error)}.` };
  }
  try {
    // The mark at the beginning stays: what is kept of the run is the file as it is.
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { refused: "it is not valid UTF-8." };
  }
}
