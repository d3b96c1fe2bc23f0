import assert from "node:assert/strict";
import { dirname } from "node:path";
import { runProgram } from "../helpers/program.ts";
import { BUILT_IN_PIPELINES } from "../../lib/pipeline/built_in_pipelines.ts";

const ENV = { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", HOME: "/" };

/** A folder with files in it, in which the program is run. */
async function folderWith(
  files: Readonly<Record<string, string>>,
): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(`${path}/${name}`), { recursive: true });
    await Deno.writeTextFile(`${path}/${name}`, text);
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

const GOOD = "version: 1\ndescription: Mine.\nstages: [{ id: s, run: make, workdir: /r }]\n";
const BAD =
  "version: 1\nstages:\n  - id: s\n    mode: reviewer\n    workdir: /r\n    objektive: x\n    timeout: 5\n";

Deno.test("pipeline check tells all errors of all files, each with its line and a mark below what is meant", async () => {
  await using folder = await folderWith({ "good.yaml": GOOD, "bad.yaml": BAD });
  const options = { env: ENV, cwd: folder.path };
  const { code, stdout, stderr } = await runProgram(
    ["pipeline", "check", "good.yaml", "bad.yaml", "none.yaml", "cross-check"],
    options,
  );
  assert.deepEqual([code, stdout], [1, "good.yaml: ok\nbuilt-in:cross-check: ok\n"]);
  assert.equal(
    stderr.replace(/codex-dispatch: error: .*\n/, ""),
    `bad.yaml:3:5: error: The key "objective" is missing in stage "s": What is to be achieved, or the claim to prove.
    3 |   - id: s
      |     ^^
bad.yaml:6:5: error: Unknown key "objektive" in stage "s". Did you mean "objective"?
    6 |     objektive: x
      |     ^^^^^^^^^
bad.yaml:7:14: error: "timeout" is 5. It takes a time above zero with its unit, such as 90s, 30m or 2h, or off.
    7 |     timeout: 5
      |              ^
`,
  );
  assert.match(stderr, /codex-dispatch: error: The pipeline "none\.yaml" cannot be read: /);
});

Deno.test("pipeline check --json gives places for programs, and no drawing", async () => {
  await using folder = await folderWith({ "bad.yaml": BAD, "good.yaml": GOOD });
  const options = { env: ENV, cwd: folder.path };
  const bad = await runProgram(["pipeline", "check", "--json", "bad.yaml"], options);
  const { ok, exit, errors } = JSON.parse(bad.stdout);
  assert.deepEqual([ok, exit, bad.code], [false, 1, 1]);
  assert.deepEqual(Object.keys(errors[0]), ["code", "message", "file", "line", "column"]);
  assert.deepEqual(
    errors.map(({ code, file, line, column }: Record<string, unknown>) => [code, file, line, column]),
    [
      ["pipeline-key-missing", "bad.yaml", 3, 5],
      ["pipeline-key", "bad.yaml", 6, 5],
      ["pipeline-value", "bad.yaml", 7, 14],
    ],
  );
  const good = await runProgram(["pipeline", "check", "--json", "good.yaml"], options);
  assert.deepEqual([good.code, JSON.parse(good.stdout)], [0, { ok: true, files: ["good.yaml"] }]);
});

Deno.test("a packet is found from the pipeline's own folder, and its errors bear its own name", async () => {
  const packet =
    "MODE: reviewer\nWORKDIR: /r\nOBJECTIVE: ${{ inputs.gaol }}\nWRITE SCOPE: none\nNON-GOALS: x\n" +
    "VERIFICATION: x\nDELIVERABLE: x\n";
  await using folder = await folderWith({
    "sub/p.yaml":
      "version: 1\nstages: [{ id: a, packet: ../tasks/a.md }, { id: b, packet: nope.md }, { id: c, packet: pipe }]\n",
    "tasks/a.md": packet,
  });
  await new Deno.Command("mkfifo", { args: [`${folder.path}/sub/pipe`] }).output();
  const { code, stderr } = await runProgram(["pipeline", "check", "sub/p.yaml"], {
    env: ENV,
    cwd: folder.path,
  });
  assert.equal(code, 1);
  assert.match(stderr, /^tasks\/a\.md:3:23: error: No input "gaol" is declared\./m);
  assert.match(stderr, /^sub\/p\.yaml:2:61: error: The packet "nope\.md" cannot be read: /m);
  assert.match(stderr, /The packet "pipe" cannot be read: it is no regular file\./);
});

/** | what is run | what the error says | */
const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [["pipeline", "show", "cros-check"], /no built-in pipeline "cros-check"\. Did you mean "cross-check"\?/],
  [["pipeline", "show", "other"], /a file is named with its ending, such as \.\/pipelines\/other\.yaml/],
  [["pipeline", "show", "mine"], /There is the file: write \.\/pipelines\/mine\.yaml/],
  [
    ["pipeline", "show", "tdd"],
    /"tdd" is a built-in pipeline, and there is the file "\.\/pipelines\/tdd\.yml" as well/,
  ],
  [["pipeline", "show", "."], /no built-in pipeline "\."/],
  [["pipeline", "show", "./pipelines"], /"\.\/pipelines" cannot be read: it is no regular file/],
  [["pipeline", "show", "latin.yaml"], /it is not valid UTF-8/],
  [
    ["pipeline", "show", "cross-check", "--format", "svg"],
    /--format is "svg"\. It takes text, mermaid, json/,
  ],
  [["pipeline", "init", "mine"], /no built-in pipeline "mine"/],
  [
    ["pipeline", "init", "./pipelines/mine.yaml"],
    /no built-in pipeline "\.\/pipelines\/mine\.yaml" to copy\. There is cross-check/,
  ],
  [["pipeline", "init", "cross-chek"], /Did you mean "cross-check"\?/],
  [["pipeline", "check"], /missing required argument/],
  [["schema", "pipline"], /Did you mean pipeline\?/],
  [["schema", "constructor"], /There is no schema "constructor"/],
];

for (const [args, message] of WRONG) {
  Deno.test(`"${args.join(" ")}" is refused with exit 1 and a sentence`, async () => {
    await using folder = await folderWith({ "pipelines/mine.yaml": GOOD, "pipelines/tdd.yml": GOOD });
    await Deno.writeFile(`${folder.path}/latin.yaml`, new Uint8Array([0x61, 0xff, 0x0a]));
    const { code, stdout, stderr } = await runProgram(args, { env: ENV, cwd: folder.path });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, message);
  });
}

Deno.test("pipeline show tells stages and gates in words, as a chart and as a document", async () => {
  const options = { env: ENV, cwd: "/" };
  const text = await runProgram(["pipeline", "show", "cross-check"], options);
  assert.equal(text.code, 0);
  assert.match(text.stdout, /^cross-check: A worker implements/);
  assert.match(text.stdout, /^ {4}passes if {2}the verdict is pass; a command was seen to run to its end/m);
  assert.match(text.stdout, /^ {4}else {7}back to implement, 2 times at most$/m);
  const chart = await runProgram(["pipeline", "show", "cross-check", "--format", "mermaid"], options);
  assert.match(chart.stdout, /^flowchart TD\n {2}s0\["implement<br\/>worker"\]\n/);
  assert.match(chart.stdout, /^ {2}s0 --> s1$/m);
  assert.match(chart.stdout, /^ {2}s3 -\. "fails, at most 2" \.-> s0$/m);
  const document = JSON.parse(
    (await runProgram(["pipeline", "show", "cross-check", "--format", "json"], options)).stdout,
  );
  assert.deepEqual(document.stages.map(({ id, needs }: Record<string, unknown>) => [id, needs]), [
    ["implement", []],
    ["checks", ["implement"]],
    ["verify", ["checks"]],
    ["review", ["verify"]],
  ]);
});

Deno.test("pipeline list has the built-in ones and those of the folder, with what is wrong with them", async () => {
  await using folder = await folderWith({
    "pipelines/mine.yaml": GOOD,
    "pipelines/bad.yml": BAD,
    "pipelines/.hidden.yaml": GOOD,
    "pipelines/notes.md": "x",
  });
  const options = { env: ENV, cwd: folder.path };
  const { stdout } = await runProgram(["pipeline", "list"], options);
  const rows = stdout.trim().split("\n");
  assert.deepEqual(rows.map((row) => row.split(/ {2,}/)[0]), [
    ...BUILT_IN_PIPELINES.keys(),
    "./pipelines/bad.yml",
    "./pipelines/mine.yaml",
  ]);
  assert.match(rows.at(-2) ?? "", /3 errors: see codex-dispatch pipeline check/);
  assert.match(rows.at(-1) ?? "", / {2}Mine\.$/);
  const { pipelines } = JSON.parse((await runProgram(["pipeline", "list", "--json"], options)).stdout);
  assert.deepEqual(pipelines.at(-1), {
    name: "./pipelines/mine.yaml",
    source: "file",
    description: "Mine.",
    errors: 0,
  });
});

Deno.test("pipeline init copies a built-in pipeline with the schema that it names, and never overwrites", async () => {
  await using folder = await folderWith({});
  const options = { env: ENV, cwd: folder.path };
  const first = await runProgram(["pipeline", "init", "review-panel"], options);
  assert.deepEqual([first.code, first.stdout], [0, "./pipelines/review-panel.yaml\n"]);
  const file = `${folder.path}/pipelines/review-panel.yaml`;
  assert.equal(await Deno.readTextFile(file), BUILT_IN_PIPELINES.get("review-panel"));
  const schema = JSON.parse(await Deno.readTextFile(`${folder.path}/pipelines/pipeline.schema.json`));
  assert.deepEqual(schema, JSON.parse((await runProgram(["schema", "pipeline"], options)).stdout));
  assert.equal((await runProgram(["pipeline", "check", "./pipelines/review-panel.yaml"], options)).code, 0);
  await Deno.writeTextFile(file, "mine");
  await Deno.writeTextFile(`${folder.path}/pipelines/pipeline.schema.json`, "mine too");
  await Deno.symlink("/etc/hostname", `${folder.path}/pipelines/tdd.yaml`);
  for (const name of ["review-panel", "tdd"]) {
    const again = await runProgram(["pipeline", "init", name], options);
    assert.deepEqual([again.code, again.stdout], [1, ""]);
    assert.match(again.stderr, /exists, and is left as it is/);
  }
  assert.equal((await runProgram(["pipeline", "init", "cross-check"], options)).code, 0);
  assert.deepEqual(
    [await Deno.readTextFile(file), await Deno.readTextFile(`${folder.path}/pipelines/pipeline.schema.json`)],
    ["mine", "mine too"],
  );
});

for (const name of ["pipeline", "policy", "result", "answer"]) {
  Deno.test(`schema ${name} prints a JSON Schema`, async () => {
    const { code, stdout } = await runProgram(["schema", name], { env: ENV, cwd: "/" });
    assert.equal(code, 0);
    assert.equal(JSON.parse(stdout).$schema, "https://json-schema.org/draft/2020-12/schema");
  });
}
