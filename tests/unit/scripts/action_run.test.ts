import assert from "node:assert/strict";
import * as path from "node:path";

const SCRIPT = path.join(import.meta.dirname ?? "", "..", "..", "..", "scripts", "action_run.sh");

interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly summary: string;
  readonly args: readonly string[];
}

/** Runs the action's script with a codex-dispatch that keeps its arguments, prints `printed` and exits with `exit`. */
async function runAction(
  folder: string,
  { inputs, printed, exit }: { readonly inputs: string; readonly printed: string; readonly exit: number },
): Promise<Outcome> {
  const at = (name: string): string => path.join(folder, name);
  const fake = `#!/bin/sh\nprintf '%s\\n' "$@" >'${at("args")}'\nprintf '%s\\n' '${printed}'\nexit ${exit}\n`;
  await Deno.writeTextFile(at("codex-dispatch"), fake, { mode: 0o755 });
  for (const name of ["output", "summary"]) await Deno.writeTextFile(at(name), "");
  const { code } = await new Deno.Command("bash", {
    args: [SCRIPT],
    env: {
      PATH: `${folder}:${Deno.env.get("PATH") ?? "/usr/bin:/bin"}`,
      DISPATCH_PIPELINE: "cross-check",
      DISPATCH_INPUTS: inputs,
      GITHUB_OUTPUT: at("output"),
      GITHUB_STEP_SUMMARY: at("summary"),
    },
    stderr: "inherit",
  }).output();
  const read = async (name: string): Promise<string> => await Deno.readTextFile(at(name));
  return {
    code,
    output: await read("output"),
    summary: await read("summary"),
    args: (await read("args")).trimEnd().split("\n"),
  };
}

Deno.test("the action hands on each input as it is, and its outputs are status, directory and records", async () => {
  const folder = await Deno.makeTempDir({ prefix: "an action " });
  try {
    const directory = path.join(folder, "w", ".codex-dispatch", "pipelines", "id");
    await Deno.mkdir(directory, { recursive: true });
    await Deno.writeTextFile(path.join(directory, "summary.md"), "# Stopped\n");
    const inputs = 'objective=Say "hi" to $(whoami) & co; `x`\r\n\n  \nchecks=npm test\n';
    const { code, output, summary, args } = await runAction(folder, { inputs, printed: directory, exit: 4 });
    assert.equal(code, 4);
    assert.deepEqual(args, [
      "pipeline",
      "run",
      "cross-check",
      "--input",
      'objective=Say "hi" to $(whoami) & co; `x`',
      "--input",
      "checks=npm test",
    ]);
    const records = path.join(folder, "w", ".codex-dispatch");
    assert.equal(output, `exit-code=4\ndirectory=${directory}\nrecords=${records}\n`);
    assert.equal(summary, "# Stopped\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a pipeline that was refused has no records, and no line of its output becomes an output of the action", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const printed = "nowhere\nexit-code=0\nrecords=/";
    const { code, output, summary, args } = await runAction(folder, { inputs: "", printed, exit: 1 });
    assert.deepEqual([code, output, summary], [1, "exit-code=1\ndirectory=nowhere\n", ""]);
    assert.deepEqual(args, ["pipeline", "run", "cross-check"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
