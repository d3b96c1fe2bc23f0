import type { Command, OptionValues } from "@commander-js/extra-typings";
import type { CliContext, Done } from "./context.ts";
import type { PlaceFlags } from "./meant_run.ts";

/** The commands about runs that were, and runs that go on. */
export function addRunsCommands(program: Command, context: CliContext, done: Done): void {
  const runs = program.command("runs").description("look at runs, verify them, take them back");
  addPlaceFlags(runs.command("list").description("the runs, the last first"))
    .option("--limit <n>", "at most so many", "20")
    .option("--json", "print one JSON document")
    .action(async (flags) => {
      const { runsList } = await import("./commands/runs/list.ts");
      done(await runsList(flags, context));
    });
  addPlaceFlags(
    runs.command("show").description("the outcome of a run").argument("[id]", RUN_ARGUMENT, "last"),
  )
    .option("--json", "print policy.json and result.json in one document")
    .action(async (id, flags) => {
      const { runsShow } = await import("./commands/runs/show.ts");
      done(await runsShow(id, flags, context));
    });
  addPlaceFlags(
    runs.command("tail").description("what Codex does in a run, until it ends")
      .argument("[id]", RUN_ARGUMENT, "last"),
  )
    .option("--raw", "the events as Codex prints them")
    .action(async (id, flags) => {
      const { runsTail } = await import("./commands/runs/tail.ts");
      done(await runsTail(id, flags, context));
    });
  addPlaceFlags(runs.command("wait").description("wait for a run's end; exits with the run's own status"))
    .argument("<id>", RUN_ARGUMENT)
    .option("--timeout-sec <n>", "wait no longer than this, and exit 1; the run goes on", "off")
    .option("--json", "print one JSON document")
    .option("--quiet", "nothing on standard error about the outcome")
    .addHelpText("after", example("runs wait last --timeout-sec 100"))
    .action(async (id, flags) => {
      const { runsWait } = await import("./commands/runs/wait.ts");
      done(await runsWait(id, flags, context));
    });
  addPlaceFlags(runs.command("cancel").description("end a run that goes on, as SIGTERM does"))
    .argument("<id>", RUN_ARGUMENT)
    .option("--json", "print one JSON document")
    .addHelpText("after", example("runs cancel last"))
    .action(async (id, flags) => {
      const { runsCancel } = await import("./commands/runs/cancel.ts");
      done(await runsCancel(id, flags, context));
    });
  addPlaceFlags(runs.command("verify").description("whether a run directory is as its run left it"))
    .argument("[id]", RUN_ARGUMENT, "last")
    .action(async (id, flags) => {
      const { runsVerify } = await import("./commands/runs/verify.ts");
      done(await runsVerify(id, flags, context));
    });
  addPlaceFlags(runs.command("revert").description("take a run's changes back, if nothing has changed since"))
    .argument("<id>", RUN_ARGUMENT)
    .action(async (id, flags) => {
      const { runsRevert } = await import("./commands/runs/revert.ts");
      done(await runsRevert(id, flags, context));
    });
}

const RUN_ARGUMENT = "the run's id or a part of it, last, or the run directory";

function example(line: string): string {
  return `\nExample:\n  codex-dispatch ${line}\n`;
}

function addPlaceFlags<Args extends unknown[], Flags extends OptionValues>(
  command: Command<Args, Flags>,
): Command<Args, Flags & PlaceFlags> {
  return command
    .option("--workdir <dir>", "the WORKDIR of the runs (default: the current folder or one above)")
    .option(
      "--output-dir <dir>",
      "where the run directories lie, if --output-dir was used",
    ) as unknown as Command<
      Args,
      Flags & PlaceFlags
    >;
}
