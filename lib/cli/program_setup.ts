import type { Command } from "@commander-js/extra-typings";
import type { CliContext, Done } from "./context.ts";
import { exampleHelp } from "./example_help.ts";

/** The commands that make other programs know this one. */
export function addSetupCommands(program: Command, context: CliContext, done: Done): void {
  const skill = program.command("skill").description("teach Claude Code to dispatch")
    .addHelpText("after", exampleHelp("skill install"));
  skill.command("install")
    .description(
      "write the skill to $CLAUDE_SKILLS_DIR or ~/.claude/skills; claude-codex-dispatch is moved aside",
    )
    .addHelpText("after", exampleHelp("skill install"))
    .action(async () => {
      const { skillInstall } = await import("./commands/skill.ts");
      done(await skillInstall(context));
    });
  skill.command("uninstall")
    .description("take away what skill install wrote")
    .addHelpText("after", exampleHelp("skill uninstall"))
    .action(async () => {
      const { skillUninstall } = await import("./commands/skill.ts");
      done(await skillUninstall(context));
    });
  program.command("hook")
    .description("for the hooks of Claude Code")
    .addHelpText("after", exampleHelp("hook stop < stop.json"))
    .command("stop")
    .description(
      "Stop hook: exits 2 while the session's last run is neither accepted nor settled by runs accept or reject",
    )
    .addHelpText("after", HOOK_HELP)
    .action(async () => {
      const { hookStop } = await import("./commands/hook.ts");
      done(await hookStop(context));
    });
  program.command("completions")
    .description("print a script that completes command lines, for bash, zsh, fish or powershell")
    .argument("<shell>", "bash, zsh, fish or powershell")
    .addHelpText(
      "after",
      exampleHelp(
        "completions bash > ~/.local/share/bash-completion/completions/codex-dispatch",
        'completions zsh > "${fpath[1]}/_codex-dispatch"',
        "completions fish > ~/.config/fish/completions/codex-dispatch.fish",
        "completions powershell >> $PROFILE",
      ),
    )
    .action(async (shell) => {
      const { completionsCommand } = await import("./commands/completions.ts");
      done(completionsCommand(shell, context));
    });
  program.command("complete", { hidden: true })
    .description("what may stand next on a command line, for the scripts of completions")
    .helpOption(false)
    .argument("[words...]")
    .action(async (words) => {
      const { completeCommand } = await import("./commands/complete.ts");
      done(await completeCommand(program, words, context));
    });
}

const HOOK_HELP = `
It reads the hook's JSON on standard input. A session's runs are known by CLAUDE_CODE_SESSION_ID;
without it (Claude Code before 2.1.132), the last run that was dispatched in the repository since
the session began counts. A stop that a hook has held up already passes, and so does one where
anything goes wrong.

Example, in .claude/settings.json:
  { "hooks": { "Stop": [
    { "hooks": [ { "type": "command", "command": "codex-dispatch hook stop" } ] } ] } }
`;
