import { initialState } from "../../../lib/pipeline/initial_state.ts";
import type {
  AgentStage,
  ApproveStage,
  OnFail,
  Pipeline,
  RunStage,
  Stage,
  Template,
} from "../../../lib/pipeline/pipeline.ts";
import type { Attempt, PipelineState } from "../../../lib/pipeline/state.ts";

/** A checked pipeline of these stages: what planning and running look at, the rest as it is by default. */
export function pipelineOf(stages: readonly Stage[], budget: Partial<Pipeline["budget"]> = {}): Pipeline {
  return {
    name: "made",
    description: "",
    inputs: [],
    env: [],
    budget: { time: null, tokens: null, ...budget },
    stages,
    text: "",
  };
}

/** Its state before anything ran. */
export function freshState(pipeline: Pipeline): PipelineState {
  const place = { workdir: "/r", repository: "/r", file: "f", file_digest: "d" };
  return initialState(pipeline, { id: "p", started_at: "", ...place, inputs: {} });
}

/** A stage's run that said nothing, with other keys where they are given. */
export function attemptOf(
  stage: string,
  keys: Partial<Attempt> & Pick<Attempt, "status">,
): Attempt {
  return {
    stage,
    round: 1,
    run_dir: null,
    started_at: "",
    duration_ms: 1,
    tokens: 0,
    reasons: [],
    failure: null,
    policy: null,
    result: null,
    ...keys,
  };
}

type Common = { readonly needs?: readonly string[]; readonly onFail?: OnFail; readonly if?: Stage["if"] };

export function agent(
  id: string,
  mode: AgentStage["mode"],
  keys: Common & Partial<AgentStage> = {},
): AgentStage {
  return {
    kind: "agent",
    id,
    mode,
    ...WORKING,
    packet: {
      kind: "fields",
      objective: text("Do it."),
      writeScope: mode === "worker" ? { kind: "items", items: [text("src/")] } : undefined,
      nonGoals: undefined,
      verification: undefined,
      deliverable: undefined,
      context: undefined,
      inputs: undefined,
      allowCommits: false,
      ignoredWrites: undefined,
      waive: undefined,
    },
    include: [],
    gate: { result: undefined, verdict: undefined, failOn: "high", evidence: false, change: false },
    heartbeat: null,
    command: null,
    model: undefined,
    effort: undefined,
    profile: undefined,
    codexConfig: [],
    ...keys,
  };
}

export function run(id: string, keys: Common & Partial<RunStage> = {}): RunStage {
  return {
    kind: "run",
    id,
    ...WORKING,
    commands: { kind: "written", commands: ["true"] },
    expect: "pass",
    ...keys,
  };
}

export function approve(id: string, keys: Common = {}): ApproveStage {
  return {
    kind: "approve",
    id,
    line: 1,
    needs: [],
    if: undefined,
    onFail: { kind: "stop" },
    text: text("Go on?"),
    ...keys,
  };
}

export function text(value: string): Template {
  return { text: value, parts: [value], place: { file: "pipeline.yaml", line: 1, column: 1, name: "made" } };
}

const WORKING = {
  line: 1,
  needs: [],
  if: undefined,
  onFail: { kind: "stop" },
  workdir: text("/r"),
  checkout: "shared",
  setup: { kind: "written", commands: [] },
  carry: { kind: "items", items: [] },
  env: [],
  timeout: null,
  retries: 0,
  require: [],
} as const;
