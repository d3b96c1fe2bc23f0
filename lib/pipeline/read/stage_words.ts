import type { AgentGate, Commands, ListTemplate, OnFail, Stage } from "../pipeline.ts";
import { showDuration } from "../../base/durations.ts";
import { oneLine } from "../../base/text.ts";

/** What has to hold for a stage to pass, a condition each, beside a run without violation. Pure. */
export function gateInWords(stage: Stage): string[] {
  if (stage.kind === "approve") return ["a person approves"];
  const required = stage.require.map(({ text }) => oneLine(text, 120));
  if (stage.kind === "agent") return [...agentGateInWords(stage.gate), ...required];
  const ended = stage.expect === "pass"
    ? "every command succeeds"
    : "a command fails (one that cannot start, or is killed, is no failure)";
  return [ended, ...required];
}

function agentGateInWords({ result, verdict, failOn, evidence, change }: AgentGate): string[] {
  return [
    ...result ? [`the result is ${result.join(" or ")}`] : [],
    ...verdict ? [`the verdict is ${verdict.join(" or ")}`] : [],
    ...failOn === undefined
      ? []
      : [failOn === "critical" ? "no finding is critical" : `no finding is ${failOn} or worse`],
    ...evidence ? ["a command was seen to run to its end, and evidence is given"] : [],
    ...change ? ["something changed"] : [],
  ];
}

/** What follows where a stage does not pass. Pure. */
export function onFailInWords(onFail: OnFail): string {
  switch (onFail.kind) {
    case "stop":
      return "stop";
    case "continue":
      return "go on, unless it is a policy violation";
    case "return":
      return `back to ${onFail.to}, ${onFail.atMost === 1 ? "once" : `${onFail.atMost} times`} at most`;
  }
}

/** What a stage is, in a few words: `worker`, `2 commands`. Pure. */
export function kindInWords(stage: Stage): string {
  if (stage.kind === "agent") return stage.mode;
  if (stage.kind === "approve") return "approval";
  const { commands } = stage;
  if (commands.kind === "inputs") return "commands";
  return commands.commands.length === 1 ? "1 command" : `${commands.commands.length} commands`;
}

/** Commands in a line. Pure. */
export function commandsInWords(commands: Commands): string {
  return commands.kind === "inputs"
    ? `\${{ ${oneLine(commands.expression.text, 100)} }}`
    : commands.commands.map((command) => oneLine(command, 100)).join("; ");
}

/** A list of templates in a line. Pure. */
export function listInWords(list: ListTemplate): string {
  return list.kind === "expression"
    ? `\${{ ${oneLine(list.expression.text, 100)} }}`
    : list.items.map(({ text }) => oneLine(text, 100)).join(", ");
}

/** A limit in words. Pure. */
export function limitInWords(ms: number | null): string {
  return ms === null ? "off" : showDuration(ms);
}
