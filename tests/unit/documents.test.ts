import assert from "node:assert/strict";
import * as path from "node:path";
import type { CliContext } from "../../lib/cli/context.ts";
import { renderHelps } from "../../lib/cli/program.ts";
import { ARTIFACTS } from "../../lib/records/artifacts.ts";
import { PolicySchema } from "../../lib/records/policy.ts";
import { VIOLATION_KINDS } from "../../lib/records/violation_kinds.ts";
import { ResultSchema, RUN_STATUSES } from "../../lib/records/result.ts";
import { EXIT_MEANINGS } from "../../lib/base/exit_codes.ts";
import { ANSWER_JSON_SCHEMA } from "../../lib/codex/answer_schema.ts";
import { compileScope } from "../../lib/evidence/scope.ts";
import { FIELD_NAMES, REQUIRED_FIELDS } from "../../lib/packet/fields.ts";
import { readScopeEntry } from "../../lib/packet/scope_entry.ts";
import { pipelineJsonSchema } from "../../lib/pipeline/read/pipeline_json_schema.ts";
import { GateSchema, STAGE_KINDS } from "../../lib/pipeline/read/pipeline_schema.ts";
import { readPipeline } from "../../lib/pipeline/read/read_pipeline.ts";
import { PIPELINE_STATUSES } from "../../lib/pipeline/state.ts";
import {
  type Block,
  type Document,
  documents,
  needsNetwork,
  readDocument,
  ROOT,
} from "../helpers/document.ts";

const CONTEXT = { args: [], environment: {}, cwd: "/", stdout: () => {}, stderr: () => {} };
const HELPS = renderHelps(CONTEXT as unknown as CliContext);
const DOCUMENTS = await documents();
const OTHERS = await Promise.all(["CONTRIBUTING.md", "CHANGELOG.md", "bench/README.md"].map(readDocument));

Deno.test("links within the repository lead to what is there, and to headings that are", async () => {
  const all = new Map([...DOCUMENTS, ...OTHERS].map((each) => [each.file, each]));
  let followed = 0;
  for (const { file, links } of all.values()) {
    for (const link of links.filter((each) => !/^https?:/.test(each))) {
      const [, target = "", anchor] = /^([^#]*)(?:#(.*))?$/.exec(link) ?? [];
      const named = target === "" ? file : path.join(path.dirname(file), target);
      await Deno.stat(path.join(ROOT, named)).catch(() => assert.fail(`${file}: ${link} leads nowhere`));
      const anchors = all.get(named)?.headings.map((heading) => heading.anchor) ?? [];
      if (anchor !== undefined) assert.ok(anchors.includes(anchor), `${file}: ${link}: no such heading`);
      followed++;
    }
  }
  assert.ok(followed > 80);
});

Deno.test("every block is of a language that a test takes up", () => {
  const taken = new Set(["", "sh", "console", "text", "yaml", "json", "mermaid", "powershell"]);
  for (const { blocks } of DOCUMENTS) {
    for (const block of blocks) assert.ok(taken.has(block.language), `${block.place}: ${block.language}`);
  }
});

Deno.test("a block that holds a file is named by the paragraph before it", () => {
  for (const block of DOCUMENTS.flatMap(({ blocks }) => blocks)) {
    if (["text", "json"].includes(block.language)) assert.ok(block.names, block.place);
    if (block.language === "yaml") assert.ok(block.names ?? isStages(block), block.place);
  }
});

/** What needs the network is checked by what it names: | form | what must be true of it | */
const ON_THE_NETWORK: readonly (readonly [RegExp, (match: RegExpExecArray) => Promise<void> | void])[] = [
  [
    /^curl -fsSL (\S+) \| sh(?: -s --(.*))?$/,
    async ([, address = "", flags = ""]) => {
      const script = await ownFile(address);
      for (const [flag] of flags.matchAll(/--[a-z-]+/g)) assert.ok(script.includes(`    ${flag})`), flag);
    },
  ],
  [/^irm (\S+) \| iex$/, async ([, address = ""]) => assert.match(await ownFile(address), /\nparam\(/)],
  [
    /^npx -y deno@(\S+) task (\S+)$/,
    async ([, version, task = ""]) => {
      const { tasks } = JSON.parse(await ownText("deno.json"));
      assert.ok(task in tasks, task);
      assert.ok((await ownText(".ci/run")).includes(`npx -y deno@${version} task`), "CI uses another Deno");
    },
  ],
  [/^cp dist\/codex-dispatch ~\/\.local\/bin\/$/, () => {}],
  [/^npm install -g @openai\/codex$/, () => {}],
  [/^claude plugin marketplace add fredchu\/claude-codex-dispatch$/, () => {}],
  [
    /^claude plugin install ([\w-]+)@([\w-]+)$/,
    async ([, plugin, marketplace]) => {
      const { name, plugins } = JSON.parse(await ownText(".claude-plugin/marketplace.json"));
      assert.deepEqual([marketplace, plugin], [name, plugins[0].name]);
    },
  ],
];

Deno.test("what needs the network names what there is", async () => {
  let lines = 0;
  for (const block of DOCUMENTS.flatMap(({ blocks }) => blocks)) {
    if (block.language === "powershell") assert.ok(needsNetwork(block), block.place);
    if (!needsNetwork(block)) continue;
    for (const line of block.text.trim().split("\n").slice(1)) {
      const form = ON_THE_NETWORK.find(([pattern]) => pattern.test(line));
      assert.ok(form, `${block.place}: nothing is known of "${line}"`);
      const match = form[0].exec(line);
      if (match) await form[1](match);
      lines++;
    }
  }
  assert.ok(lines > 10);
});

Deno.test("commands and flags that are named are the program's", () => {
  const known = new Set([...HELPS.values()].flatMap((help) => help.match(/--[a-z][a-z-]+/g) ?? []));
  const elsewhere = new Set(["--version", "--no-skill", "--uninstall", "--target", "--all"]);
  const retired = new Set(["--fingerprint-limit", "--ignore-status-prefix"]);
  // The blocks are run, each line of them.
  for (const { file, spans } of DOCUMENTS) {
    for (const span of spans) {
      const command = /^codex-dispatch( .*)$/.exec(span)?.[1];
      if (command !== undefined) checkCommand(command, file);
      const flag = /^--[a-z][a-z-]+/.exec(span)?.[0];
      if (flag === undefined || known.has(flag) || elsewhere.has(flag)) continue;
      assert.ok(file.includes("migration") && retired.has(flag), `${file}: ${span}`);
    }
  }
});

Deno.test("every command is told of outside of the list of commands", () => {
  const prose = DOCUMENTS.filter(({ file }) => file.startsWith("docs/") && file !== "docs/commands.md");
  const text = prose.map((each) => each.text).join("\n");
  const leaves = [...HELPS.keys()].filter((name) =>
    ![...HELPS.keys()].some((each) => each.startsWith(`${name} `))
  );
  assert.ok(leaves.length > 25);
  for (const name of leaves) {
    const short = name.replace("codex-dispatch ", "");
    assert.ok(text.includes(name) || text.includes(`\`${short}\``), name);
  }
});

Deno.test("the tables of exit statuses are the program's", () => {
  const expected = EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning]);
  assert.deepEqual(rowsBelow("README.md", "status"), expected);
  assert.deepEqual(rowsBelow("docs/policy.md", "status"), expected);
  assert.deepEqual(
    rowsBelow("README.zh-TW.md", "狀態碼").map(([code]) => code),
    expected.map(([code]) => code),
  );
});

/** | document | heading of the table's first column | the words in that column | */
const TABLES: readonly (readonly [string, string, readonly string[]])[] = [
  ["docs/packet.md", "field", FIELD_NAMES],
  ["docs/policy.md", "kind", VIOLATION_KINDS],
  ["docs/policy.md", "file", [...Object.values(ARTIFACTS), "review.json"]],
  ["docs/policy.md", "key", Object.keys(PolicySchema.shape)],
  ["docs/pipelines.md", "key", Object.keys(propertiesOf(pipelineJsonSchema()))],
  ["docs/pipelines.md", "key of `gate`", Object.keys(GateSchema.shape)],
];

for (const [file, heading, words] of TABLES) {
  Deno.test(`the table "${heading}" in ${file} has what there is, and nothing else`, () => {
    assert.deepEqual(wordsOf(rowsBelow(file, heading)).sort(), [...words].sort());
  });
}

Deno.test("what result.json, an answer, a summary and stages hold is told whole", () => {
  const tables = (file: string): string[][] => tablesOf(file).map((rows) => wordsOf(rows).sort());
  const has = (file: string, words: readonly string[]): void =>
    assert.ok(
      tables(file).some((each) => each.join() === [...words].sort().join()),
      `${file}: ${words.join()}`,
    );
  has("docs/policy.md", Object.keys(ResultSchema.shape));
  has("docs/policy.md", Object.keys(propertiesOf(ANSWER_JSON_SCHEMA)));
  const { text } = documentNamed("docs/pipelines.md");
  for (const { schema } of Object.values(STAGE_KINDS)) {
    for (const key of Object.keys(schema.shape)) assert.ok(text.includes(`\`${key}\``), key);
  }
  for (const status of PIPELINE_STATUSES) assert.ok(text.includes(`\`${status}\``), status);
  for (const status of RUN_STATUSES) {
    assert.ok(documentNamed("docs/policy.md").text.includes(`\`${status}\``), status);
  }
});

Deno.test("the fields that are required are said to be", () => {
  const required = rowsBelow("docs/packet.md", "field").filter(([, required]) => required === "yes");
  assert.deepEqual(wordsOf(required).sort(), [...REQUIRED_FIELDS].sort());
});

for (const [entries = "", , fits = "", other = ""] of rowsBelow("docs/packet.md", "entry")) {
  Deno.test(`the scope entry ${entries} grants what is said of it`, () => {
    for (const [, text = ""] of entries.matchAll(/`([^`]+)`/g)) {
      if (text === "none") continue;
      const inScope = scopeOf(text.startsWith("!") ? ["src/", text] : [text]);
      if (fits !== "") assert.ok(inScope(fits.replaceAll("`", "")), fits);
      assert.ok(!inScope(other.replaceAll("`", "")), other);
    }
  });
}

Deno.test("stages that are shown are stages of a pipeline", () => {
  const shown = DOCUMENTS.flatMap(({ blocks }) => blocks).filter(isStages);
  assert.ok(shown.length >= 4);
  for (const { text, place } of shown) {
    const file =
      `version: 1\ninputs:\n  workdir: { type: path }\n  objective: { type: string }\n  scope: { type: list }\n` +
      `stages:\n${text.replaceAll(/^/gm, "  ")}`;
    const refuse = (): { refused: string } => ({ refused: "There is none." });
    const { problems } = readPipeline(file, { file: place, readPacketFile: refuse });
    assert.deepEqual(problems, []);
  }
});

Deno.test("the workflow that is shown gives the action inputs that it has", async () => {
  const action = await ownText("action.yml");
  const [, declared = ""] = /\ninputs:\n([\s\S]*?)\n\n/.exec(action) ?? [];
  const inputs = [...declared.matchAll(/^ {2}([\w-]+):$/gm)].map(([, name = ""]) => name);
  assert.deepEqual(wordsOf(rowsBelow("docs/orchestrators.md", "input")), inputs);
  const workflow = DOCUMENTS.flatMap(({ blocks }) => blocks).find(({ names }) =>
    names?.includes("workflows")
  );
  const [, given = ""] = /claude-codex-dispatch@[\s\S]*?\n {8}with:\n([\s\S]*)/.exec(workflow?.text ?? "") ??
    [];
  const names = [...given.matchAll(/^ {10}([\w-]+):/gm)].map(([, name = ""]) => name);
  assert.deepEqual(names.filter((name) => !inputs.includes(name)), []);
  assert.ok(names.length > 1);
});

Deno.test("the Traditional Chinese README has the headings, blocks and links of the English one", () => {
  const [english, chinese] = [documentNamed("README.md"), documentNamed("README.zh-TW.md")];
  const others = (links: readonly string[]): string[] => links.filter((link) => !link.startsWith("README"));
  assert.deepEqual(chinese.headings.map(({ level }) => level), english.headings.map(({ level }) => level));
  const bare = ({ blocks }: Document): unknown => blocks.map(({ language, text }) => ({ language, text }));
  assert.deepEqual(bare(chinese), bare(english));
  assert.deepEqual(others(chinese.links), others(english.links));
  assert.deepEqual([...chinese.spans].sort(), [...english.spans].sort());
});

Deno.test("the house map names every room and folder there is", async () => {
  const { text } = documentNamed("CONTRIBUTING.md");
  for (const folder of ["", "lib"]) {
    for await (const { name, isDirectory } of Deno.readDir(path.join(ROOT, folder))) {
      const place = path.join(folder, name);
      if (!isDirectory || [".git", "dist", "node_modules", ".codex-dispatch"].includes(place)) continue;
      assert.match(text, new RegExp(`(?:^|[\\s·])${RegExp.escape(place)}(?=[\\s/])`, "m"), place);
    }
  }
});

function isStages({ language, text }: Block): boolean {
  return language === "yaml" && text.startsWith("- id: ");
}

function checkCommand(line: string, file: string): void {
  const words = line.trim().split(/\s+/);
  let name = "codex-dispatch";
  while (HELPS.has(`${name} ${words[0]}`)) name += ` ${words.shift()}`;
  const help = HELPS.get(name) ?? "";
  const isGroup = [...HELPS.keys()].some((each) => each.startsWith(`${name} `));
  const isWord = words[0] !== undefined && /^[a-z]/.test(words[0]);
  assert.ok(!isGroup || !isWord, `${file}: there is no command "codex-dispatch${line}"`);
  for (const [flag] of line.matchAll(/(?<=\s)--[a-z-]+/g)) {
    const isGiven = name === "codex-dispatch" && flag === "--json";
    assert.ok(isGiven || help.includes(flag), `${file}: ${name} has no ${flag}`);
  }
}

function scopeOf(entries: readonly string[]): (file: string) => boolean {
  const place = { root: "/w", workdir: "/w", workdirAsGiven: "/w", home: undefined, exists: () => false };
  const read = entries.map((text) => {
    const entry = readScopeEntry({ text, line: 1, literal: false, marked: true }, place);
    return "entry" in entry ? entry.entry : assert.fail(entry.problem.message);
  });
  const inScope = compileScope(read);
  return (file) => inScope(file, true);
}

function documentNamed(file: string): Document {
  return [...DOCUMENTS, ...OTHERS].find((each) => each.file === file) ?? assert.fail(file);
}

/** The rows of every table of a document, without its heading. */
function tablesOf(file: string): string[][][] {
  const lines = documentNamed(file).text.split("\n");
  const tables: string[][][] = [];
  for (const [at, line] of lines.entries()) {
    if (!/^\|(?: -+ \|)+$/.test(line)) continue;
    const rest = lines.slice(at + 1);
    const end = rest.findIndex((each) => !each.startsWith("|"));
    tables.push([cellsOf(lines[at - 1] ?? ""), ...rest.slice(0, end < 0 ? undefined : end).map(cellsOf)]);
  }
  return tables;
}

/** The rows of the first table whose first column has that heading. */
function rowsBelow(file: string, heading: string): string[][] {
  const table = tablesOf(file).find(([head]) => head?.[0] === heading);
  return table?.slice(1) ?? assert.fail(`${file} has no table "${heading}"`);
}

function cellsOf(line: string): string[] {
  return line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim());
}

/** The words in backticks of the first column. */
function wordsOf(rows: readonly string[][]): string[] {
  return rows.flatMap(([first = ""]) => [...first.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word));
}

function propertiesOf(schema: unknown): Record<string, unknown> {
  return (schema as { properties: Record<string, unknown> }).properties;
}

async function ownFile(address: string): Promise<string> {
  const base = "https://raw.githubusercontent.com/fredchu/claude-codex-dispatch/main/";
  assert.ok(address.startsWith(base), address);
  return await ownText(address.slice(base.length));
}

async function ownText(file: string): Promise<string> {
  return await Deno.readTextFile(path.join(ROOT, file));
}
