import assert from "node:assert/strict";
import type { CliContext } from "../../../lib/cli/context.ts";
import { DISPATCH_FLAGS, readDispatchLine, STAGE_LIMIT_FLAGS } from "../../../lib/cli/dispatch_flags.ts";
import { HELP_TEXT } from "../../../lib/cli/help_text.ts";
import { readDispatchOptions } from "../../../lib/cli/dispatch_options.ts";
import { renderHelp, renderHelps } from "../../../lib/cli/program.ts";
import { renderCommands } from "../../../scripts/help_text.ts";

const CONTEXT = {
  args: [],
  environment: {},
  cwd: "/w",
  stdout: () => {},
  stderr: () => {},
} as unknown as CliContext;

Deno.test("the help that is held ready is the one that the commands and flags make (deno run -A scripts/help_text.ts)", () => {
  assert.equal(HELP_TEXT, renderHelp(CONTEXT));
});

Deno.test("the help of every command says what it does, and shows it at work", () => {
  const helps = renderHelps(CONTEXT);
  assert.ok(helps.size > 30);
  for (const [name, help] of helps) {
    const [usage = "", , does = ""] = help.split("\n");
    assert.ok(usage.startsWith(`Usage: ${name}`), name);
    assert.ok(does.length > 10 && !/^(Arguments|Options|Commands):/.test(does), name);
    const [, examples = ""] = /\n\nExamples?(?:, in \S+)?:\n((?: {2}.*\n)+)/.exec(help) ?? [];
    assert.ok(examples.includes("codex-dispatch"), `${name} shows no example`);
    // What is shown is the command itself, in one of its forms.
    if (name !== "codex-dispatch" && !name.endsWith(" stop")) assert.ok(examples.includes(name), name);
    for (const line of help.split("\n")) assert.ok(line.length <= 100, line);
  }
});

Deno.test("the help of a pipeline leaves out what its file says of each stage", () => {
  const helps = renderHelps(CONTEXT);
  for (const name of ["run", "resume"]) {
    const help = helps.get(`codex-dispatch pipeline ${name}`) ?? "";
    assert.deepEqual(STAGE_LIMIT_FLAGS.filter((flag) => help.includes(flag)), []);
    assert.equal(help.includes("--dry-run"), name === "run");
  }
});

Deno.test("docs/commands.md is what the commands say (deno run -A scripts/help_text.ts)", async () => {
  const words = (text: string): string[] => text.split(/\s+/);
  const document = await Deno.readTextFile(new URL("../../../docs/commands.md", import.meta.url));
  // The formatter breaks lines anew.
  assert.deepEqual(words(document), words(renderCommands(renderHelps(CONTEXT))));
});

Deno.test("a dispatch's line is read with all of its flags, in both forms", () => {
  const flags = [
    "--output-dir",
    "out",
    "--waive",
    "a",
    "--waive=b",
    "--json",
    "--timeout-sec",
    "5",
    "--codex-config",
    "k=v=w",
    "--dry-run",
    "--no-wait",
  ];
  const expected = {
    outputDir: "out",
    waive: ["a", "b"],
    json: true,
    timeoutSec: "5",
    codexConfig: ["k=v=w"],
    dryRun: true,
    wait: false,
  };
  assert.deepEqual({ ...readDispatchLine(["--task", "p.md", ...flags]) }, {
    packet: "p.md",
    flags: expected,
  });
  assert.deepEqual({ ...readDispatchLine(["dispatch", ...flags, "p.md"]) }, {
    packet: "p.md",
    flags: expected,
  });
  assert.equal(readDispatchLine(["--quiet", "--task", "-"])?.packet, "-");
});

/** Lines that are somebody else's to read, or to refuse with a word. */
const OTHERS: readonly (readonly string[])[] = [
  [],
  ["--help"],
  ["packet", "check", "x"],
  ["--json"],
  ["--task"],
  ["--task", "a", "--task", "b"],
  ["--task", "a", "b"],
  ["--task", "a", "--no-such"],
  ["--task", "a", "--help"],
  ["--task", "a", "--json=1"],
  ["dispatch"],
  ["dispatch", "a", "b"],
  ["dispatch", "--task", "a"],
];

for (const line of OTHERS) {
  Deno.test(`"${line.join(" ")}" is left to the library`, () =>
    assert.equal(readDispatchLine(line), undefined));
}

Deno.test("every flag in the table has a meaning, and a value where its name says so", () => {
  for (const { flag, meaning } of DISPATCH_FLAGS) {
    assert.match(flag, /^--[a-z-]+( <[a-z=]+>)?$/);
    assert.ok(meaning.length > 10, flag);
  }
});

Deno.test("flags and variables become options, with their defaults", () => {
  const options = readDispatchOptions({}, {
    ...CONTEXT,
    environment: { CODEX_DISPATCH_CODEX: "/c", CODEX_DISPATCH_HEARTBEAT_SEC: "7" },
  });
  assert.deepEqual(options.limits, { hard: 1_800_000, heartbeat: 7_000, command: 1_800_000 });
  assert.deepEqual([options.codex, options.quotaGate, options.outputDir], ["/c", 85, undefined]);
  const off = readDispatchOptions(
    { timeoutSec: "off", commandSec: "3", quotaGate: "off", outputDir: "runs", wait: false },
    CONTEXT,
  );
  assert.deepEqual([options.noWait, off.noWait], [false, true]);
  assert.deepEqual([off.limits, off.quotaGate, off.outputDir], [
    { hard: null, heartbeat: 300_000, command: 3_000 },
    null,
    "/w/runs",
  ]);
});
