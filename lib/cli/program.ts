import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { CliContext, Done } from "./context.ts";
import { addDispatchFlags } from "./add_dispatch_flags.ts";
import { exampleHelp } from "./example_help.ts";
import { addPipelineCommands } from "./program_pipeline.ts";
import { addRunsCommands } from "./program_runs.ts";
import { addSetupCommands } from "./program_setup.ts";
import { VERSION } from "./version.ts";
import { badInput } from "../base/errors.ts";
import { EXIT, EXIT_MEANINGS, type ExitCode } from "../base/exit_codes.ts";

/**
 * The command line. What a command needs beyond its flags is loaded when it is called.
 *
 * @returns the exit status
 * @throws DispatchError for what is wrong with the input
 */
export async function runProgram(context: CliContext): Promise<ExitCode> {
  let exit: ExitCode = EXIT.accepted;
  const program = buildProgram(context, (code) => exit = code);
  try {
    await program.parseAsync([...context.args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.accepted;
    throw badInput("usage", usageMessage(error.message, calledName(program, context.args)), { cause: error });
  }
  return exit;
}

/** What the library says of a wrong line, in one line, and where to read on. */
function usageMessage(said: string, command: string): string {
  const message = said.replace(/^error: |\.$/g, "").replaceAll("\n", " ");
  return message.includes("--help") ? message : `${message}. See ${command} --help`;
}

/** The words of the innermost command that a line calls. */
function calledName(program: CommandUnknownOpts, args: readonly string[]): string {
  let [command, name] = [program, program.name()];
  for (const word of args) {
    const below = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (!below) break;
    [command, name] = [below, `${name} ${below.name()}`];
  }
  return name;
}

/** The text of `--help` as the library would print it: `help_text.ts` holds it ready. */
export function renderHelp(context: CliContext): string {
  return renderHelps(context).get("codex-dispatch") ?? "";
}

/** The same of every command that the help names, by the words that call it. */
export function renderHelps(context: CliContext): ReadonlyMap<string, string> {
  let text = "";
  const helps = new Map<string, string>();
  const add = (command: CommandUnknownOpts, name: string): void => {
    text = "";
    command.outputHelp();
    helps.set(name, text);
    for (const below of command.createHelp().visibleCommands(command)) {
      if (below.name() !== "help") add(below, `${name} ${below.name()}`);
    }
  };
  add(buildProgram({ ...context, stdout: (part) => text += part }, () => {}), "codex-dispatch");
  return helps;
}

function buildProgram(context: CliContext, done: Done): Command {
  const program = new Command("codex-dispatch")
    .description("Hands bounded tasks to the Codex CLI and judges the outcome by evidence.")
    .version(VERSION, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .enablePositionalOptions()
    .configureHelp({ showGlobalOptions: false, sortSubcommands: false })
    .configureOutput({
      writeOut: context.stdout,
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => HELP_WIDTH,
      getOutHasColors: () => false,
    })
    .exitOverride()
    .showSuggestionAfterError(true);
  addDispatchFlags(program.option("--task <packet>", "dispatch this packet; - is standard input"))
    .addHelpText("after", HELP_AFTER)
    .allowExcessArguments(false)
    .action(async (flags) => {
      const { task } = flags;
      if (task === undefined) {
        throw badInput("usage", "Nothing to do: give --task PACKET or a command. See codex-dispatch --help");
      }
      const { dispatchCommand } = await import("./commands/dispatch.ts");
      done(await dispatchCommand(task, flags, context));
    });
  addDispatchFlags(program.command("dispatch").argument("<packet>", "packet file; - is standard input"))
    .description("dispatch one task packet; the same as --task")
    .addHelpText(
      "after",
      exampleHelp(
        "dispatch task.md",
        "dispatch task.md --timeout-sec 600 --model gpt-5.5 --effort high",
        "dispatch check.md --require-verdict pass --json",
      ) + EXIT_HELP,
    )
    .action(async (packet, flags) => {
      const { dispatchCommand } = await import("./commands/dispatch.ts");
      done(await dispatchCommand(packet, flags, context));
    });
  addPacketCommands(program, context, done);
  addPipelineCommands(program, context, done);
  addRunsCommands(program, context, done);
  addOtherCommands(program, context, done);
  addSetupCommands(program, context, done);
  return inherit(program);
}

function addPacketCommands(program: Command, context: CliContext, done: Done): void {
  const packet = program.command("packet").description("write and check task packets")
    .addHelpText("after", exampleHelp("packet new --mode worker > task.md", "packet check task.md"));
  packet.command("new")
    .description("print a packet to fill in")
    .requiredOption("--mode <mode>", "worker, verifier, reviewer or synthesizer")
    .option("--workdir <dir>", "WORKDIR of the packet (default: the current folder)")
    .addHelpText("after", exampleHelp("packet new --mode verifier --workdir ~/projects/site > check.md"))
    .action(async (flags) => {
      const { packetNew } = await import("./commands/packet.ts");
      done(packetNew(flags, context));
    });
  packet.command("check")
    .description("every error of packets at once, with lines")
    .argument("<file...>", "packet files; - is standard input")
    .option("--json", "print one JSON document")
    .addHelpText("after", exampleHelp("packet check task.md check.md", "packet check - < task.md"))
    .action(async (files, flags) => {
      const { packetCheck } = await import("./commands/packet.ts");
      done(await packetCheck(files, flags, context));
    });
}

function addOtherCommands(program: Command, context: CliContext, done: Done): void {
  program.command("quota")
    .description("print what is left of Codex's quota")
    .option("--codex <path>", "the Codex to ask")
    .option(
      "--codex-config <key=value>",
      "handed to Codex as -c; can be repeated",
      (value, list: string[] | undefined) => [...list ?? [], value],
    )
    .option("--json", "print one JSON document")
    .addHelpText("after", exampleHelp("quota", "quota --json"))
    .action(async (flags) => {
      const { quotaCommand } = await import("./commands/quota.ts");
      done(await quotaCommand(flags, context));
    });
  program.command("doctor")
    .description("what this machine offers to a dispatch, and what to do about the rest")
    .option("--codex <path>", "the Codex to look at")
    .option("--workdir <dir>", "the WORKDIR to look at (default: the current folder)")
    .option("--json", "print one JSON document")
    .addHelpText("after", exampleHelp("doctor --workdir ~/projects/site"))
    .action(async (flags) => {
      const { doctorCommand } = await import("./commands/doctor.ts");
      done(await doctorCommand(flags, context));
    });
  program.command("demo")
    .description("see the pipeline cross-check in a temporary folder, with a scripted stand-in for Codex")
    .option("--codex [path]", "use your own Codex (for the first change; costs tokens)")
    .option("--keep", "leave the folder in place")
    .addHelpText("after", exampleHelp("demo", "demo --codex --keep"))
    .action(async (flags) => {
      const { demoCommand } = await import("./commands/demo.ts");
      done(await demoCommand(flags, context));
    });
  program.command("stand-in", { hidden: true })
    .description("a scripted stand-in for Codex, for the demo")
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .argument("[args...]")
    .action(async (args) => {
      const { standIn } = await import("./commands/stand_in.ts");
      done(await standIn(args, context));
    });
}

/** Fixed, so that the help is the same text everywhere. */
const HELP_WIDTH = 100;

/** Settings of commander that a command does not take from its parent once it is made. */
function inherit<C extends CommandUnknownOpts>(program: C): C {
  for (const command of program.commands) {
    command.copyInheritedSettings(program);
    inherit(command);
  }
  return program;
}

const EXIT_HELP = `
Exit status:
${EXIT_MEANINGS.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`).join("\n")}
`;

const HELP_AFTER = exampleHelp(
  "packet new --mode worker > task.md",
  "packet check task.md",
  "--task task.md",
  "runs show",
) + EXIT_HELP;
