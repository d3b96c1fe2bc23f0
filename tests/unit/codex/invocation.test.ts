import assert from "node:assert/strict";
import { codexArguments, codexEnvironment } from "../../../lib/codex/invocation.ts";

const FILES = { workdir: "/r", schema: "/s.json", answer: "/a.json" };
const PLAIN = { model: undefined, effort: undefined, profile: undefined, config: [] };

Deno.test("codex exec is called with its sandbox off, its events as JSON and the prompt on standard input", () => {
  assert.deepEqual(
    codexArguments(PLAIN, FILES),
    [
      "exec",
      "-C",
      "/r",
      "--json",
      "--dangerously-bypass-approvals-and-sandbox",
      "--output-schema",
      "/s.json",
      "-o",
      "/a.json",
      "-",
    ],
  );
});

Deno.test("model, effort, profile and configuration are handed on", () => {
  const args = codexArguments(
    { model: "gpt-5.5", effort: "high", profile: "work", config: ["a=1", 'b="x"'] },
    FILES,
  );
  assert.deepEqual(args.slice(9), [
    "-m",
    "gpt-5.5",
    "-p",
    "work",
    "-c",
    'model_reasoning_effort="high"',
    "-c",
    "a=1",
    "-c",
    'b="x"',
    "-",
  ]);
});

Deno.test("variables that would mislead git are left out, others stay, and ours are added", () => {
  const env = codexEnvironment({ GIT_DIR: "/x", GIT_INDEX_FILE: "/y", GIT_AUTHOR_NAME: "me", HOME: "/h" }, {
    A: "1",
  });
  assert.deepEqual(env, { GIT_AUTHOR_NAME: "me", HOME: "/h", A: "1" });
});
