import type { Command, OptionValues } from "@commander-js/extra-typings";
import type { CliContext, Done } from "./context.ts";
import { exampleHelp } from "./example_help.ts";
import type { PlaceFlags } from "./meant_run.ts";

/** The commands about runs that were, and runs that go on. */
export function addRunsCommands(program: Command, context: CliContext, done: Done): void {
  const runs = program.command("runs").description(
    "look at runs, wait for them, decide on them, take them back",
  ).addHelpText(
    "after",
    exampleHelp("runs list --limit 5", "runs show last", "runs wait last --timeout-sec 100"),
  );
  addPlaceFlags(runs.command("list").description("the runs, the last first"))
    .option("--limit <n>", "at most so many", "20")
    .option("--json", "print one JSON document")
    .addHelpText("after", exampleHelp("runs list --limit 5"))
    .action(async (flags) => {
      const { runsList } = await import("./commands/runs/list.ts");
      done(await runsList(flags, context));
    });
  addPlaceFlags(
    runs.command("show").description("the outcome of a run").argument("[id]", RUN_ARGUMENT, "last"),
  )
    .option("--json", "print policy.json and result.json in one document")
    .addHelpText("after", exampleHelp("runs show last"))
    .action(async (id, flags) => {
      const { runsShow } = await import("./commands/runs/show.ts");
      done(await runsShow(id, flags, context));
    });
  addPlaceFlags(
    runs.command("tail").description("what Codex does in a run, until it ends")
      .argument("[id]", WORK_ARGUMENT, "last"),
  )
    .option("--raw", "the events as Codex prints them")
    .addHelpText("after", exampleHelp("runs tail last"))
    .action(async (id, flags) => {
      const { runsTail } = await import("./commands/runs/tail.ts");
      done(await runsTail(id, flags, context));
    });
  addPlaceFlags(runs.command("wait").description("wait for a run's end; exits with the run's own status"))
    .argument("<id>", WORK_ARGUMENT)
    .option("--timeout-sec <n>", "wait no longer than this, and exit 1; the run goes on", "off")
    .option("--json", "print one JSON document")
    .option("--quiet", "nothing on standard error about the outcome")
    .addHelpText("after", WAIT_HELP + exampleHelp("runs wait last --timeout-sec 100"))
    .action(async (id, flags) => {
      const { runsWait } = await import("./commands/runs/wait.ts");
      done(await runsWait(id, flags, context));
    });
  addPlaceFlags(runs.command("cancel").description("end a run that goes on, as SIGTERM does"))
    .argument("<id>", WORK_ARGUMENT)
    .option("--json", "print one JSON document")
    .addHelpText("after", exampleHelp("runs cancel last"))
    .action(async (id, flags) => {
      const { runsCancel } = await import("./commands/runs/cancel.ts");
      done(await runsCancel(id, flags, context));
    });
  for (const decision of ["accept", "reject"] as const) {
    addPlaceFlags(
      runs.command(decision)
        .description(`${decision} a run by your own word, kept as review.json; its verdict stays`),
    )
      .argument("<id>", RUN_ARGUMENT)
      .requiredOption("--reason <text>", "what the decision rests on")
      .option("--by <name>", "whose decision it is (default: the user's name)")
      .option("--json", "print review.json")
      .addHelpText("after", exampleHelp(`runs ${decision} last --reason "${REASONS[decision]}"`))
      .action(async (id, flags) => {
        const { runsReview } = await import("./commands/runs/review.ts");
        done(await runsReview(decision, id, { flags, context }));
      });
  }
  addPlaceFlags(runs.command("verify").description("whether a run directory is as its run left it"))
    .argument("[id]", RUN_ARGUMENT, "last")
    .addHelpText("after", exampleHelp("runs verify last"))
    .action(async (id, flags) => {
      const { runsVerify } = await import("./commands/runs/verify.ts");
      done(await runsVerify(id, flags, context));
    });
  addPlaceFlags(runs.command("revert").description("take a run's changes back, if nothing has changed since"))
    .argument("<id>", RUN_ARGUMENT)
    .addHelpText("after", exampleHelp("runs revert last"))
    .action(async (id, flags) => {
      const { runsRevert } = await import("./commands/runs/revert.ts");
      done(await runsRevert(id, flags, context));
    });
  addPlaceFlags(runs.command("stats").description("outcomes, durations and tokens of the runs"))
    .option("--since <age>", "of the runs of that time, such as 7d")
    .option("--json", "print one JSON document")
    .addHelpText("after", exampleHelp("runs stats --since 7d"))
    .action(async (flags) => {
      const { runsStats } = await import("./commands/runs/stats.ts");
      done(await runsStats(flags, context));
    });
  addPlaceFlags(runs.command("prune").description("take old runs away; one that goes on stays"))
    .option("--keep <n>", "all but the last n runs")
    .option("--older-than <age>", "runs older than that, such as 30d")
    .option("--max-size <size>", "the oldest runs, until the others have no more than that, such as 500MB")
    .option("--dry-run", "say what would go, and leave it")
    .option("--json", "print one JSON document")
    .addHelpText("after", exampleHelp("runs prune --keep 50 --older-than 30d --dry-run"))
    .action(async (flags) => {
      const { runsPrune } = await import("./commands/runs/prune.ts");
      done(await runsPrune(flags, context));
    });
}

const WAIT_HELP = `
Exit status: the run's own. Besides: 1 where the time is up, 3 where the run directory was changed
since, 70 where the run's process was killed.
`;

const REASONS = {
  accept: "The diff was read; the tests pass on a clean checkout.",
  reject: "It mends the symptom, not the cause.",
};

const RUN_ARGUMENT = "the run's id or a part of it, last, or the run directory";
/** The same where a pipeline can be meant as well. */
const WORK_ARGUMENT = `${RUN_ARGUMENT}; or a pipeline's id or directory`;

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
