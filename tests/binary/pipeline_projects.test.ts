import assert from "node:assert/strict";
import { join } from "node:path";
import {
  makePipelineCase,
  PASS,
  type PipelineCase,
  type PipelineOutcome,
  readOutcome,
} from "../helpers/pipeline_case.ts";

/** A project whose tests need what git ignores: a dependency that was installed. */
interface Project {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  /** Shell: installs the dependency, without a network, from what is tracked. */
  readonly install: string;
  /** What that makes. */
  readonly installed: string;
  /** Runs the tests, which fail until `work` was done. */
  readonly check: string;
  readonly scope: string;
  readonly work: string;
  /** Programs that its commands need. */
  readonly tools: readonly string[];
}

const NODE: Project = {
  name: "Node",
  files: {
    ".gitignore": "node_modules\n",
    "package.json": JSON.stringify({
      name: "shop",
      version: "1.0.0",
      type: "module",
      scripts: { test: "node --test" },
      dependencies: { tax: "file:vendor/tax" },
    }),
    "vendor/tax/package.json":
      '{ "name": "tax", "version": "1.0.0", "type": "module", "main": "index.js" }\n',
    "vendor/tax/index.js": "export const rate = 2;\n",
    "src/price.js": "export const gross = (net) => net;\n",
    "price.test.js": "import test from 'node:test';\nimport assert from 'node:assert';\n" +
      "import { rate } from 'tax';\nimport { gross } from './src/price.js';\n" +
      "test('gross', () => assert.equal(gross(2), 2 * rate));\n",
  },
  install: "npm install --offline --no-audit --no-fund --no-package-lock --install-links --silent",
  installed: "node_modules",
  check: "npm test",
  scope: "src/",
  work: "printf \"import { rate } from 'tax';\\nexport const gross = (net) => net * rate;\\n\" >src/price.js",
  tools: ["env", "node", "npm"],
};

const PYTHON: Project = {
  name: "Python",
  files: {
    ".gitignore": ".venv/\n__pycache__/\n",
    "vendor/tax.py": "RATE = 2\n",
    "shop/__init__.py": "",
    "shop/price.py": "def gross(net):\n    return net\n",
    "tests/__init__.py": "",
    "tests/test_price.py": "import unittest\nfrom tax import RATE\nfrom shop.price import gross\n\n" +
      "class Price(unittest.TestCase):\n    def test_gross(self):\n        self.assertEqual(gross(2), 2 * RATE)\n",
  },
  install: "python3 -m venv --without-pip .venv && cp vendor/tax.py .venv/lib/python3*/site-packages/",
  installed: ".venv",
  check: ".venv/bin/python -m unittest",
  scope: "shop/",
  work: "printf 'from tax import RATE\\n\\ndef gross(net):\\n    return net * RATE\\n' >shop/price.py",
  tools: ["python3"],
};

for (const project of [NODE, PYTHON]) {
  Deno.test(`cross-check on a ${project.name} project: its dependencies are carried, or set up, and it fails without`, async () => {
    await using given = await makePipelineCase(
      {
        worker: [{ action: project.work }],
        verifier: [{ ...PASS, action: `${project.check} >"$PROMPT.printed" 2>&1; echo $? >"$PROMPT.exit"` }],
        reviewer: [PASS],
      },
      project.files,
      project.tools,
    );
    const { repository } = given;
    await shell(project.install, repository);

    const carried = await crossCheck(given, project, "--input", `carry=${project.installed}`);
    assert.equal(carried.code, 0, carried.stderr);
    await assertProven(given, 1);
    assert.match(await repository.git("status", "--porcelain"), /^M (src|shop)\/price\.(js|py)$/);

    await repository.git("restore", ".");
    const without = await crossCheck(given, project);
    assert.equal(without.code, 4);
    const checked = without.state.attempts.find(({ stage }) => stage === "checks");
    assert.equal(checked?.status, "failed", without.stderr);
    assert.match(JSON.stringify(checked.reasons), /lack a dependency.*carry.*setup/);

    await repository.git("restore", ".");
    // What lies in the tree is not there, and is not needed.
    await Deno.remove(join(repository.root, project.installed), { recursive: true });
    const setUp = await crossCheck(given, project, "--input", `setup=${project.install}`);
    assert.equal(setUp.code, 0, setUp.stderr);
    await assertProven(given, 2);
    assert.equal(await Deno.lstat(join(repository.root, project.installed)).catch(() => "none"), "none");
  });
}

async function crossCheck(
  { repository, pipeline }: PipelineCase,
  { check, scope }: Project,
  ...more: readonly string[]
): Promise<PipelineOutcome> {
  const inputs = [
    `workdir=${repository.root}`,
    "objective=gross() is right.",
    `scope=${scope}`,
    `checks=${check}`,
  ];
  const args = inputs.flatMap((input) => ["--input", input]);
  return await readOutcome(await pipeline("run", "cross-check", "--json", ...args, ...more));
}

/** The verifier could run the tests where it worked, and they passed. */
async function assertProven({ repository }: PipelineCase, time: number): Promise<void> {
  const prompt = join(repository.home, "roles", `verifier.prompt.${time}`);
  const [exit, printed] = await Promise.all(
    [`${prompt}.exit`, `${prompt}.printed`].map((file) => Deno.readTextFile(file)),
  );
  assert.equal(exit, "0\n", printed);
}

async function shell(line: string, { root, env }: PipelineCase["repository"]): Promise<void> {
  const { success, stderr } = await new Deno.Command("sh", {
    args: ["-c", line],
    cwd: root,
    env: { ...env },
    clearEnv: true,
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}
