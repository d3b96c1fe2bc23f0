import assert from "node:assert/strict";
import { DispatchError } from "../../../lib/base/errors.ts";
import { evaluate, parseExpression } from "../../../lib/base/expressions.ts";

const NAMES = ["inputs", "env", "stages"];

const CONTEXT = {
  inputs: {
    workdir: "/r",
    list: ["a", "b"],
    none: [],
    n: 3,
    zero: 0,
    yes: true,
    no: false,
    empty: "",
    nothing: null,
  },
  stages: {
    build: {
      verdict: "pass",
      status: "passed",
      answer: { findings: [{ severity: "low" }, { severity: "high" }] },
    },
    "re-view": { verdict: "fail", status: "passed", answer: { findings: [] }, note: 1 },
  },
};

function valueOf(text: string): unknown {
  return evaluate(parseExpression(text, NAMES), CONTEXT);
}

const VALUES: readonly [text: string, value: unknown][] = [
  ["inputs.workdir", "/r"],
  ["${{ inputs.workdir }}", "/r"],
  ["  ${{inputs.workdir}}\n", "/r"],
  ["inputs['workdir']", "/r"],
  ["INPUTS.WorkDir", "/r"],
  ["stages.re-view.verdict", "fail"],
  ["inputs.n", 3],
  ["inputs.nothing", null],
  ["inputs.list", ["a", "b"]],
  ["inputs.list[1]", "b"],
  ["inputs.list[inputs.zero]", "a"],
  ["inputs['list'][0]", "a"],
  ["stages.build.answer.findings[1].severity", "high"],
  ["stages.build.answer.findings[1]", { severity: "high" }],
  ["'it''s'", "it's"],
  // Booleans stay booleans, and what is none stays none.
  ["inputs.yes", true],
  ["inputs.no", false],
  ["!inputs.yes", false],
  ["!inputs.empty", true],
  ["!inputs.nothing", true],
  ["!inputs.none", false],
  ["inputs.yes && inputs.workdir", "/r"],
  ["inputs.no && inputs.workdir", false],
  ["inputs.empty || inputs.n", 3],
  ["inputs.yes && inputs.no", false],
  ["(inputs.yes || inputs.no) && inputs.n > 2", true],
  // Comparisons are those of GitHub: text in any case, and a number for what is compared with a number.
  ["stages.build.verdict == 'pass'", true],
  ["stages.build.verdict == 'PASS'", true],
  ["stages.build.verdict != 'pass'", false],
  ["inputs.n == '3'", true],
  ["inputs.n >= 3", true],
  ["inputs.n < 3", false],
  ["inputs.yes == 'true'", false],
  ["inputs.nothing == 0", true],
  // Functions.
  ["contains(inputs.list, 'a')", true],
  ["contains(inputs.list, 'A')", true],
  ["contains(inputs.list, 'ab')", false],
  ["contains(inputs.none, 'a')", false],
  ["contains(inputs.workdir, '/')", true],
  ["startsWith(inputs.workdir, '/')", true],
  ["endsWith(inputs.workdir, '/')", false],
  ["join(inputs.list, '+')", "a+b"],
  ["format('{0}-{1}', inputs.n, inputs.yes)", "3-true"],
  ["fromJSON('[1, 2]')[1]", 2],
  ["fromJSON(toJSON(inputs.list))[0]", "a"],
  // Star lists.
  ["inputs.list.*", ["a", "b"]],
  ["inputs.none.*", []],
  ["stages.*.verdict", ["pass", "fail"]],
  ["stages.*.note", [1]],
  ["stages.*.answer.findings", [[{ severity: "low" }, { severity: "high" }], []]],
  ["stages.*.answer.findings.*.severity", ["low", "high"]],
  ["stages.re-view.answer.findings.*.severity", []],
  ["stages.build.answer.findings.*.severity", ["low", "high"]],
  ["contains(stages.build.answer.findings.*.severity, 'high')", true],
  ["contains(stages.*.verdict, 'inconclusive')", false],
  ["stages.*['verdict']", ["pass", "fail"]],
];

for (const [text, value] of VALUES) {
  Deno.test(`${JSON.stringify(text)} is ${JSON.stringify(value)}`, () =>
    assert.deepEqual(valueOf(text), value));
}

/** Expressions that read what does not exist, with what the message names. A condition on such a name must not hold. */
const MISSING: readonly [text: string, named: string][] = [
  ["inputs.wrokdir", '"wrokdir"'],
  ["inputs.wrokdir == ''", '"wrokdir"'],
  ["inputs.wrokdir != 'x'", '"wrokdir"'],
  ["!inputs.wrokdir", '"wrokdir"'],
  ["inputs['wrokdir']", '"wrokdir"'],
  ["inputs[inputs.wrokdir]", '"wrokdir"'],
  ["inputs[inputs.workdir]", '"/r"'],
  ["inputs.yes && inputs.wrokdir", '"wrokdir"'],
  ["inputs.no || inputs.wrokdir", '"wrokdir"'],
  ["stages.biuld.verdict == 'pass'", '"biuld"'],
  ["contains(inputs.lits, 'a')", '"lits"'],
  ["!contains(inputs.lits, 'a')", '"lits"'],
  ["inputs.list[2]", '"2"'],
  ["inputs.list[-1]", '"-1"'],
  ["inputs.list[0.5]", '"0.5"'],
  ["inputs.list['length']", '"length"'],
  ["inputs.list.length", '"length"'],
  ["inputs.list[inputs.nothing].x", '"x"'],
  ["inputs.workdir.length", '"length"'],
  ["inputs.n.x", '"x"'],
  ["inputs.nothing.x", '"x"'],
  ["inputs.none[0]", '"0"'],
  ["inputs.constructor", '"constructor"'],
  ["inputs.__proto__", '"__proto__"'],
  ["inputs['__proto__'].x", '"__proto__"'],
  ["stages.toString", '"toString"'],
  ["fromJSON('{\"a\": 1}').b", '"b"'],
  // In a star list a key may be lacking in some members, but not in all.
  ["stages.*.verdcit", '"verdcit"'],
  ["!contains(stages.*.verdcit, 'fail')", '"verdcit"'],
  ["stages.*.answer.findings.*.severty", '"severty"'],
  ["inputs.list.*.x", '"x"'],
  ["stages.*.verdict[0]", '"0"'],
  ["inputs.workdir.*", "what is no list"],
  ["inputs.n.*", "what is no list"],
  ["inputs.nothing.*", "what is no list"],
  // The name is known, but this time nothing was handed in under it.
  ["env.HOME", '"env" has no value'],
  ["env", '"env" has no value'],
];

for (const [text, named] of MISSING) {
  Deno.test(`${JSON.stringify(text)} is an error that names ${named}`, () => {
    const expression = parseExpression(text, NAMES);
    assert.throws(() => evaluate(expression, CONTEXT), (error) => {
      assert.ok(error instanceof Error && error.message.includes(named), String(error));
      return true;
    });
  });
}

Deno.test("what decides nothing any more is not read", () => {
  assert.equal(valueOf("inputs.no && inputs.wrokdir"), false);
  assert.equal(valueOf("inputs.yes || inputs.wrokdir"), true);
});

const UNREADABLE: readonly string[] = [
  "",
  "  ",
  "${{ }}",
  "input.workdir",
  "workdir",
  "github.sha",
  "inputs.",
  "inputs workdir",
  "inputs.workdir ==",
  "inputs.workdir = 'a'",
  '"a"',
  "inputs.workdir }} ${{ inputs.n",
  "${{ inputs.workdir }} and ${{ inputs.n }}",
  "contains(inputs.list)",
  "contain(inputs.list, 'a')",
  "success()",
  "hashFiles('a')",
  "inputs.list[0",
  "(inputs.n",
  "'open",
];

for (const text of UNREADABLE) {
  Deno.test(`${JSON.stringify(text)} cannot be read, and the message says why and which names there are`, () => {
    assert.throws(() => parseExpression(text, NAMES), (error) => {
      assert.ok(error instanceof DispatchError);
      assert.equal(error.exit, 1);
      assert.equal(error.problems[0]?.code, "expression");
      assert.ok(error.message.startsWith(`The expression "${text}" cannot be read: `), error.message);
      assert.ok(error.message.endsWith("Names: inputs, env, stages."), error.message);
      return true;
    });
  });
}

Deno.test("the text of an expression is what stands between the braces", () => {
  assert.equal(parseExpression(" ${{  inputs.n > 2 }} ", NAMES).text, "inputs.n > 2");
  assert.equal(parseExpression(" inputs.n > 2 ", NAMES).text, "inputs.n > 2");
});

Deno.test("lists of any length are data, and stars in any number are read once each", () => {
  const inputs = { list: Array.from({ length: 300_000 }, (_, index) => ({ index })) };
  const last = evaluate(parseExpression("inputs.list[299999].index", NAMES), { inputs });
  assert.equal(last, 299_999);
  let nested: unknown = "leaf";
  for (let depth = 0; depth < 45; depth++) nested = { a: nested };
  assert.deepEqual(evaluate(parseExpression(`inputs${".*".repeat(45)}`, NAMES), { inputs: nested }), [
    "leaf",
  ]);
});
