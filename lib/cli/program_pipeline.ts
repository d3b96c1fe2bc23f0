import type { Command } from "@commander-js/extra-typings";
import { addDispatchFlags } from "./add_dispatch_flags.ts";
import type { CliContext, Done } from "./context.ts";
import { STAGE_LIMIT_FLAGS } from "./dispatch_flags.ts";
import { exampleHelp } from "./example_help.ts";

/** The commands about pipelines and the forms of documents. */
export function addPipelineCommands(program: Command, context: CliContext, done: Done): void {
  const pipeline = program.command("pipeline").description("chain stages, each gated on the one before")
    .addHelpText(
      "after",
      exampleHelp("pipeline list", "pipeline show cross-check", "pipeline init cross-check"),
    );
  addDispatchFlags(
    pipeline.command("run").description("run a pipeline from its start")
      .argument("<pipeline>", PIPELINE_ARGUMENT)
      .option("--input <name=value>", "an input of the pipeline; can be repeated", collect)
      .option("--inputs <file>", "a YAML or JSON file of inputs")
      .option("--jobs <n>", "read-only stages that run side by side (default: 3)"),
    STAGE_LIMIT_FLAGS,
  )
    .addHelpText("after", RUN_HELP)
    .action(async (given, flags) => {
      const { pipelineRun } = await import("./commands/pipeline/run.ts");
      done(await pipelineRun(given, flags, context));
    });
  pipeline.command("check")
    .description("every error of pipeline files at once, with line and column")
    .argument("<pipeline...>", "pipeline files, or names of built-in ones")
    .option("--json", "print one JSON document")
    .addHelpText("after", exampleHelp("pipeline check pipelines/*.yaml"))
    .action(async (files, flags) => {
      const { pipelineCheck } = await import("./commands/pipeline.ts");
      done(await pipelineCheck(files, flags, context));
    });
  pipeline.command("show")
    .description("stages, gates and loops of a pipeline")
    .argument("<pipeline>", PIPELINE_ARGUMENT)
    .option("--format <format>", "text, mermaid or json", "text")
    .addHelpText(
      "after",
      exampleHelp("pipeline show cross-check", "pipeline show pipelines/mend.yaml --format mermaid"),
    )
    .action(async (given, flags) => {
      const { pipelineShow } = await import("./commands/pipeline.ts");
      done(await pipelineShow(given, flags, context));
    });
  pipeline.command("list")
    .description("the built-in pipelines and those in ./pipelines")
    .option("--json", "print one JSON document")
    .addHelpText("after", exampleHelp("pipeline list"))
    .action(async (flags) => {
      const { pipelineList } = await import("./commands/pipeline.ts");
      done(await pipelineList(flags, context));
    });
  pipeline.command("init")
    .description("copy a built-in pipeline to ./pipelines, to make it your own")
    .argument("<built-in>", "name of a built-in pipeline")
    .addHelpText("after", exampleHelp("pipeline init cross-check"))
    .action(async (name) => {
      const { pipelineInit } = await import("./commands/pipeline.ts");
      done(await pipelineInit(name, context));
    });
  program.command("schema")
    .description("print a JSON Schema")
    .argument("<schema>", "pipeline, policy, result or answer")
    .addHelpText("after", exampleHelp("schema pipeline > pipelines/pipeline.schema.json"))
    .action(async (name) => {
      const { schemaCommand } = await import("./commands/schema.ts");
      done(schemaCommand(name, context));
    });
  addDispatchFlags(
    pipeline.command("resume").description("take a pipeline up after a gate, an interruption or a crash")
      .argument("[id]", "the pipeline, a part of its id, the path of its directory, or last", "last")
      .option("--workdir <dir>", "the WORKDIR of the pipeline (default: the current folder or one above)")
      .option("--accept-changes", "go on although the tree or the file changed in between")
      .option("--approve", "say yes to the stage that waits")
      .option("--reject <text>", "say no to the stage that waits, and why")
      .option("--jobs <n>", "read-only stages that run side by side (default: 3)"),
    [...STAGE_LIMIT_FLAGS, "--dry-run"],
  )
    .addHelpText(
      "after",
      exampleHelp(
        "pipeline resume",
        "pipeline resume last --approve",
        'pipeline resume last --reject "The name is not settled yet."',
      ),
    )
    .action(async (id, flags) => {
      const { pipelineResume } = await import("./commands/pipeline/resume.ts");
      done(await pipelineResume(id, flags, context));
    });
}

const RUN_HELP = exampleHelp(
  "pipeline run cross-check --input workdir=. \\\n" +
    '    --input objective="parse() takes a comma" --input scope=src/ \\\n' +
    '    --input checks="npm test" --input carry=node_modules',
  "pipeline run pipelines/mend.yaml --inputs inputs.yaml --detach",
  "pipeline run pipelines/mend.yaml --inputs inputs.yaml --dry-run",
) + `
Exit status: that of a dispatch; 4 for whatever stopped it after its first stage began. The limits
of stages stand in the file.
`;

const PIPELINE_ARGUMENT = "a pipeline file, or the name of a built-in one";

function collect(value: string, list: string[] | undefined): string[] {
  return [...list ?? [], value];
}
