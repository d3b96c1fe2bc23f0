import type { Command } from "@commander-js/extra-typings";
import type { CliContext, Done } from "./context.ts";

/** The commands about pipelines and the forms of documents. */
export function addPipelineCommands(program: Command, context: CliContext, done: Done): void {
  const pipeline = program.command("pipeline").description("check, show and copy pipelines");
  pipeline.command("check")
    .description("every error of pipeline files at once, with line and column")
    .argument("<pipeline...>", "pipeline files, or names of built-in ones")
    .option("--json", "print one JSON document")
    .action(async (files, flags) => {
      const { pipelineCheck } = await import("./commands/pipeline.ts");
      done(await pipelineCheck(files, flags, context));
    });
  pipeline.command("show")
    .description("stages, gates and loops of a pipeline")
    .argument("<pipeline>", PIPELINE_ARGUMENT)
    .option("--format <format>", "text, mermaid or json", "text")
    .action(async (given, flags) => {
      const { pipelineShow } = await import("./commands/pipeline.ts");
      done(await pipelineShow(given, flags, context));
    });
  pipeline.command("list")
    .description("the built-in pipelines and those in ./pipelines")
    .option("--json", "print one JSON document")
    .action(async (flags) => {
      const { pipelineList } = await import("./commands/pipeline.ts");
      done(await pipelineList(flags, context));
    });
  pipeline.command("init")
    .description("copy a built-in pipeline to ./pipelines, to make it your own")
    .argument("<built-in>", "name of a built-in pipeline")
    .action(async (name) => {
      const { pipelineInit } = await import("./commands/pipeline.ts");
      done(await pipelineInit(name, context));
    });
  program.command("schema")
    .description("print a JSON Schema")
    .argument("<schema>", "pipeline, policy, result or answer")
    .action(async (name) => {
      const { schemaCommand } = await import("./commands/schema.ts");
      done(schemaCommand(name, context));
    });
}

const PIPELINE_ARGUMENT = "a pipeline file, or the name of a built-in one";
