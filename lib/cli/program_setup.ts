import type { Command } from "@commander-js/extra-typings";
import type { CliContext, Done } from "./context.ts";

/** The commands that make other programs know this one. */
export function addSetupCommands(program: Command, context: CliContext, done: Done): void {
  const skill = program.command("skill").description("teach Claude Code to dispatch");
  skill.command("install")
    .description(
      "write the skill to $CLAUDE_SKILLS_DIR or ~/.claude/skills; claude-codex-dispatch is moved aside",
    )
    .action(async () => {
      const { skillInstall } = await import("./commands/skill.ts");
      done(await skillInstall(context));
    });
  skill.command("uninstall")
    .description("take away what skill install wrote")
    .action(async () => {
      const { skillUninstall } = await import("./commands/skill.ts");
      done(await skillUninstall(context));
    });
}
