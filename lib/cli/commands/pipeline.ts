import * as path from "node:path";
import type { CliContext } from "../context.ts";
import { showProblems } from "../error_report.ts";
import { FOLDER, type LoadedPipeline, loadPipeline, pipelineFiles } from "../load_pipeline.ts";
import type { Pipeline } from "../../pipeline/pipeline.ts";
import { badInput, DispatchError, messageOf, type Problem } from "../../base/errors.ts";
import { EXIT, type ExitCode } from "../../base/exit_codes.ts";
import { nearest, oneLine, plural } from "../../base/text.ts";
import { renderJson } from "../../base/render_json.ts";

/** `pipeline check`: all that is wrong with all of the files; standard output has a line for each that is fine. */
export async function pipelineCheck(
  given: readonly string[],
  flags: { readonly json?: true },
  context: CliContext,
): Promise<ExitCode> {
  const problems: Problem[] = [];
  const fine: string[] = [];
  for (const one of given) {
    const loaded = await tryLoad(one, context);
    problems.push(...loaded.problems);
    if (!flags.json) context.stderr(showProblems("warning", loaded.warnings));
    if (loaded.problems.length === 0) fine.push(loaded.file);
  }
  if (!flags.json) context.stdout(fine.map((file) => `${file}: ok\n`).join(""));
  if (problems.length > 0) throw new DispatchError(EXIT.badInput, problems);
  if (flags.json) context.stdout(renderJson({ ok: true, files: fine }));
  return EXIT.accepted;
}

const FORMATS = ["text", "mermaid", "json"] as const;

/** `pipeline show`: stages, gates and loops of a pipeline in which nothing is wrong. */
export async function pipelineShow(
  given: string,
  flags: { readonly format: string },
  context: CliContext,
): Promise<ExitCode> {
  const format = FORMATS.find((one) => one === flags.format);
  if (!format) throw badInput("format", `--format is "${flags.format}". It takes ${FORMATS.join(", ")}.`);
  const { pipeline, problems, warnings } = await loadPipeline(given, context);
  context.stderr(showProblems("warning", warnings));
  if (!pipeline) throw new DispatchError(EXIT.badInput, problems);
  const { pipelineDocument, pipelineMermaid, showPipeline } = await import(
    "../../pipeline/read/show_pipeline.ts"
  );
  const show: Record<typeof format, (pipeline: Pipeline) => string> = {
    text: showPipeline,
    mermaid: pipelineMermaid,
    json: (one) => renderJson(pipelineDocument(one)),
  };
  context.stdout(show[format](pipeline));
  return EXIT.accepted;
}

/** `pipeline list`: the built-in pipelines, and those in ./pipelines. */
export async function pipelineList(flags: { readonly json?: true }, context: CliContext): Promise<ExitCode> {
  const { BUILT_IN_PIPELINES } = await import("../../pipeline/built_in_pipelines.ts");
  const { readPipeline } = await import("../../pipeline/read/read_pipeline.ts");
  const rows = [...BUILT_IN_PIPELINES].map(([name, text]) => {
    const read = readPipeline(text, { file: name, readPacketFile: () => ({ refused: "it is built in." }) });
    return { name, source: "built-in", description: read.pipeline?.description ?? "", errors: 0 };
  });
  for (const file of pipelineFiles(context)) {
    const { pipeline, problems } = await tryLoad(file, context);
    rows.push({
      name: file,
      source: "file",
      description: pipeline?.description ?? "",
      errors: problems.length,
    });
  }
  if (flags.json) {
    context.stdout(renderJson({ pipelines: rows }));
    return EXIT.accepted;
  }
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, description, errors } of rows) {
    const about = errors > 0
      ? `${plural(errors, "error")}: see codex-dispatch pipeline check ${name}`
      : oneLine(description, 120);
    context.stdout(`${name.padEnd(width)}  ${about}`.trimEnd() + "\n");
  }
  return EXIT.accepted;
}

/** `pipeline init`: a built-in pipeline as a file of one's own in ./pipelines. What is there is never overwritten. */
export async function pipelineInit(name: string, context: CliContext): Promise<ExitCode> {
  const { BUILT_IN_PIPELINES } = await import("../../pipeline/built_in_pipelines.ts");
  const text = BUILT_IN_PIPELINES.get(name);
  if (text === undefined) {
    const names = [...BUILT_IN_PIPELINES.keys()];
    const meant = nearest(name, names);
    const remedy = meant === undefined ? `There is ${names.join(", ")}.` : `Did you mean "${meant}"?`;
    throw badInput(
      "pipeline-unknown",
      `There is no built-in pipeline "${oneLine(name, 60)}" to copy. ${remedy}`,
    );
  }
  const folder = path.join(context.cwd, FOLDER);
  const file = `./${FOLDER}/${name}.yaml`;
  try {
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(path.join(folder, `${name}.yaml`), text, { createNew: true });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      throw badInput(
        "pipeline-exists",
        `"${file}" exists, and is left as it is. Rename it, or remove it, first.`,
        { cause: error },
      );
    }
    throw badInput("pipeline-init", `"${file}" cannot be written: ${messageOf(error)}`, { cause: error });
  }
  await writeSchema(folder, context);
  context.stderr(
    `codex-dispatch: a built-in pipeline has this name too, so that this one is run as ${file}, or under a name of its own.\n`,
  );
  context.stdout(`${file}\n`);
  return EXIT.accepted;
}

/** The file's first line names it, for editors. */
async function writeSchema(folder: string, context: CliContext): Promise<void> {
  const { pipelineJsonSchema } = await import("../../pipeline/read/pipeline_json_schema.ts");
  try {
    Deno.writeTextFileSync(path.join(folder, "pipeline.schema.json"), renderJson(pipelineJsonSchema()), {
      createNew: true,
    });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    context.stderr(
      `codex-dispatch: warning: the schema for editors cannot be written: ${messageOf(error)}\n`,
    );
  }
}

/** As loadPipeline, with what it throws among the problems. */
async function tryLoad(given: string, context: CliContext): Promise<LoadedPipeline> {
  try {
    return await loadPipeline(given, context);
  } catch (error) {
    if (!(error instanceof DispatchError)) throw error;
    const nothing = { source: given, packetFiles: new Map(), pipeline: undefined, warnings: [] };
    return { file: given, ...nothing, problems: error.problems };
  }
}
