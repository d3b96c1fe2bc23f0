import assert from "node:assert/strict";
import { type Block, documents, isPicture, needsNetwork } from "../helpers/document.ts";
import {
  type DocumentPlace,
  makeDocumentPlace,
  runConsole,
  runScript,
  writeNamed,
} from "../helpers/document_place.ts";
import { runProgram } from "../helpers/program.ts";

const EXAMPLES = (await documents())
  // The Chinese README has the very blocks of the English one, which a test holds.
  .filter(({ file }) => file !== "README.zh-TW.md")
  .map(({ file, blocks }) => ({
    file,
    examples: blocks.filter((block) => !isPicture(block) && !needsNetwork(block)),
  }))
  .filter(({ examples }) => examples.length > 0);

for (const { file, examples } of EXAMPLES) {
  Deno.test(`the examples of ${file} do what is said of them`, async (t) => {
    await using place = await makeDocumentPlace();
    for (const block of examples) {
      const passed = await t.step(`${block.language} at ${block.place}`, () => runExample(block, place));
      // What comes behind builds on it.
      if (!passed) break;
      await place.settle();
    }
  });
}

Deno.test("the examples are found", () => {
  assert.ok(EXAMPLES.length >= 8, EXAMPLES.map(({ file }) => file).join());
  assert.ok(EXAMPLES.flatMap(({ examples }) => examples).length > 50);
});

async function runExample(block: Block, place: DocumentPlace): Promise<void> {
  const { language, names, text } = block;
  if (language === "sh") return await runScript(place, text);
  if (language === "console") return await runConsole(place, text);
  if (language === "mermaid") return await drawsAs(text);
  if (names !== undefined) return await checkFile(names, text, place);
  // Stages alone: tests/unit/documents.test.ts has read them.
  assert.equal(language, "yaml");
}

/** A file is written where it is said to be, for the examples behind it, and checked by its kind. */
async function checkFile(name: string, text: string, place: DocumentPlace): Promise<void> {
  await writeNamed(place, name, text);
  if (name.endsWith(".json")) JSON.parse(text);
  const check = /^MODE:/.test(text) ? "packet" : /^version: 1$/m.test(text) ? "pipeline" : undefined;
  if (check === undefined) return;
  const { code, output } = await place.shell(`codex-dispatch ${check} check ${name}`);
  // A packet that is shown for what is wrong with it is followed by what is said of it.
  if (name !== "broken.md") assert.deepEqual([code, output], [0, `${name}: ok\n`]);
}

async function drawsAs(text: string): Promise<void> {
  const drawn = await runProgram(["pipeline", "show", "cross-check", "--format", "mermaid"], {
    env: { HOME: "/" },
    cwd: "/",
  });
  assert.equal(text, drawn.stdout);
}
