import assert from "node:assert/strict";
import { type Packets, placesOf, reading, unmarked } from "../../../helpers/pipeline_reading.ts";

/** What is wrong, where, and what the message says: « » stand around what the problem points to. */
type Row = readonly [name: string, marked: string, code: string, message: RegExp, packets?: Packets];

const INPUTS = `version: 1
inputs: { workdir: { type: path }, goal: {}, list: { type: list }, n: { type: number }, yes: { type: boolean } }
env: [HOME]
`;

/** A stage, or several, behind a worker `build` and a check `check`. */
function stages(text: string): string {
  return `${INPUTS}stages:
  - { id: build, mode: worker, objective: "\${{ inputs }}", write_scope: src }
  - { id: check, run: make check }
${text.replace(/^/gm, "  ")}
`;
}

/** A reviewer with one thing more. */
function reviewer(text: string): string {
  return stages(`- id: s\n  mode: reviewer\n  objective: x\n${text.replace(/^/gm, "  ")}`);
}

const YAML: readonly Row[] = [
  ["no YAML", "version: 1\nstages: [a«\n»", "yaml-syntax", /no valid YAML: deficient indentation/],
  [
    "a tab as indentation",
    "version: 1\nstages:\n«\t»- a\n",
    "yaml-syntax",
    /tab characters must not be used/,
  ],
  [
    "an expression without quotes in a list",
    "stages: [{ run: x $«{»{ inputs.n }} }]\n",
    "yaml-syntax",
    /put in quotes between \[ \]/,
  ],
  ["nothing", "«»# nothing", "yaml-empty", /The file is empty/],
  ["two documents", "version: 1\n«---»\nversion: 1\n", "yaml-documents", /a second document/],
  ["a list", "«[»1]\n", "pipeline-value", /"the file" is a list/],
  ["text", "«hello»\n", "pipeline-value", /"the file" is "hello"/],
  [
    "a key twice",
    `${INPUTS}«env»: [A]\nstages: [{ id: s, run: x }]`,
    "yaml-key-twice",
    /"env" stands at line 3 already/,
  ],
  ["a list as a key", `${INPUTS}? «[»a]\n: b\nstages: [{ id: s, run: x }]`, "yaml-key", /must be a word/],
  ["a tag", `${INPUTS}stages: [{ id: «!!str» s, run: x }]`, "yaml-tag", /"!!str" is not taken/],
  ["an unknown alias", `${INPUTS}stages: *«all»\n`, "yaml-alias", /"\*all" names no value/],
  ["an alias within itself", `${INPUTS}stages: &all [*«all»]\n`, "yaml-alias", /complete, before it/],
  ["too many aliases", `x: &x 1\ny: [${"*x, ".repeat(100)}*«x»]\n`, "yaml-alias", /more than 100 aliases/],
  ["a NUL", "version: 1\n«\0»", "yaml-syntax", /null byte/],
];

const TOP: readonly Row[] = [
  [
    "no version",
    "«stages»: [{ id: s, run: x, workdir: /r }]",
    "pipeline-key-missing",
    /"version" is missing in the pipeline/,
  ],
  [
    "another version",
    "version: «2»\nstages: [{ id: s, run: x, workdir: /r }]",
    "pipeline-value",
    /"version" is 2\. It takes 1\./,
  ],
  [
    "a version in quotes",
    "version: '«1»'\nstages: [{ id: s, run: x, workdir: /r }]",
    "pipeline-value",
    /"version" is "1"/,
  ],
  ["no stages", "«version»: 1\n", "pipeline-key-missing", /"stages" is missing/],
  ["an empty list of stages", "version: 1\nstages: «[»]\n", "pipeline-value", /"stages" is an empty list/],
  [
    "stages as a map",
    "version: 1\nstages: «{» s: { run: x } }\n",
    "pipeline-value",
    /"stages" is a map/,
  ],
  [
    "a stage that is none",
    "version: 1\nstages: [{ id: s, run: x, workdir: /r }, «x»]\n",
    "pipeline-value",
    /"stages\[1\]" is "x"/,
  ],
  [
    "an unknown key",
    "version: 1\n«stage»: []\nstages: [{ id: s, run: x, workdir: /r }]",
    "pipeline-key",
    /Unknown key "stage" in the pipeline\. Did you mean "stages"\?/,
  ],
  [
    "a key that is nothing",
    "version: 1\n«on»: push\nstages: [{ id: s, run: x, workdir: /r }]",
    "pipeline-key",
    /Known: version, name, /,
  ],
  [
    "a name of two words",
    "version: 1\nname: «a b»\nstages: [{ id: s, run: x, workdir: /r }]",
    "pipeline-value",
    /"name" is "a b"/,
  ],
  [
    "a time without unit",
    `${INPUTS}defaults: { timeout: «30» }\nstages: [{ id: s, run: x }]`,
    "pipeline-value",
    /"timeout" is 30\. It takes a time above zero with its unit/,
  ],
  [
    "a time of zero",
    `${INPUTS}defaults: { timeout: «0s» }\nstages: [{ id: s, run: x }]`,
    "pipeline-value",
    /above zero/,
  ],
  [
    "a negative time",
    `${INPUTS}defaults: { heartbeat: «-5m» }\nstages: [{ id: s, run: x }]`,
    "pipeline-value",
    /"heartbeat" is "-5m"/,
  ],
  [
    "an unknown default",
    `${INPUTS}defaults: { «time_out»: 5m }\nstages: [{ id: s, run: x }]`,
    "pipeline-key",
    /Did you mean "timeout"\?/,
  ],
  [
    "an expression in a default",
    `${INPUTS}defaults: { «model»: "\${{ inputs.goal }}" }\nstages: [{ id: s, run: x }]`,
    "pipeline-value",
    /no \$\{\{ \}\} is read there/,
  ],
  [
    "a config without a value",
    `${INPUTS}defaults: { codex_config: [«a»] }\nstages: [{ id: s, run: x }]`,
    "pipeline-value",
    /KEY=VALUE/,
  ],
  [
    "a budget of zero tokens",
    `${INPUTS}budget: { tokens: «0» }\nstages: [{ id: s, run: x }]`,
    "pipeline-value",
    /a whole number above zero, or off|a whole number above zero/,
  ],
  [
    "a budget of time in numbers",
    `${INPUTS}budget: { time: «7200» }\nstages: [{ id: s, run: x }]`,
    "pipeline-value",
    /"time" is 7200/,
  ],
  [
    "env as a map",
    `version: 1\ninputs: { workdir: {} }\nenv: «{» A: b }\nstages: [{ id: s, run: x }]`,
    "pipeline-value",
    /a list of names/,
  ],
  [
    "a variable that is none",
    `version: 1\ninputs: { workdir: {} }\nenv: [«A-B»]\nstages: [{ id: s, run: x }]`,
    "pipeline-value",
    /the name of an environment variable/,
  ],
  [
    "two variables of one name",
    `version: 1\ninputs: { workdir: {} }\nenv: [Path, «PATH»]\nstages: [{ id: s, run: x }]`,
    "pipeline-name",
    /"PATH" and "Path" differ in case alone/,
  ],
  [
    "a variable named __proto__",
    `version: 1\ninputs: { workdir: {} }\nenv: [«__proto__»]\nstages: [{ id: s, run: x }]`,
    "pipeline-name",
    /expressions do not see it/,
  ],
];

function input(declaration: string): string {
  return `version: 1\ninputs:\n  workdir: {}\n  ${declaration}\nstages: [{ id: s, run: x, if: "toJSON(inputs) != ''" }]\n`;
}

const DECLARATIONS: readonly Row[] = [
  [
    "an input that is no map",
    input("goal: «string»"),
    "pipeline-value",
    /"goal" is "string"\. It takes a map/,
  ],
  ["an unknown type", input("goal: { type: «strin» }"), "pipeline-value", /Did you mean string\?/],
  [
    "an unknown key",
    input("goal: { «requred»: true }"),
    "pipeline-key",
    /in input "goal"\. Did you mean "required"\?/,
  ],
  [
    "neither required nor with a default",
    input("goal: { «required»: false }"),
    "pipeline-input",
    /could have no value/,
  ],
  [
    "required and with a default",
    input("goal: { required: true, «default»: x }"),
    "pipeline-input",
    /never used/,
  ],
  [
    "a number as the default of text",
    input("goal: { default: «5» }"),
    "pipeline-input",
    /holds 5\. It takes text/,
  ],
  [
    "text as the default of a number",
    input("goal: { type: number, default: «five» }"),
    "pipeline-input",
    /It takes a number/,
  ],
  [
    "text as the default of a list",
    input("goal: { type: list, default: «x» }"),
    "pipeline-input",
    /It takes a list of texts/,
  ],
  [
    "a number in a default list",
    input("goal: { type: list, default: [a, «5»] }"),
    "pipeline-input",
    /holds 5\. It takes a list of texts/,
  ],
  [
    "text as the default of a yes or no",
    input("goal: { type: boolean, default: «yes» }"),
    "pipeline-input",
    /true or false/,
  ],
  ["nothing as the default", input("goal: { default: «null» }"), "pipeline-input", /holds empty/],
  ["a name that expressions cannot say", input("«my goal»: {}"), "pipeline-name", /cannot name an input/],
  ["a name that the library drops", input("«constructor»: {}"), "pipeline-name", /expressions do not see it/],
  [
    "a name that JavaScript treats in its own way",
    input("«__proto__»: {}"),
    "pipeline-name",
    /cannot name an input/,
  ],
  [
    "two names that differ in case",
    input("«WorkDir»: {}"),
    "pipeline-name",
    /"WorkDir" and "workdir" differ in case alone/,
  ],
];

const KINDS: readonly Row[] = [
  [
    "a stage without a kind",
    stages("- { «id»: s, timeout: 5m }"),
    "pipeline-stage-kind",
    /does not say what it is/,
  ],
  [
    "a stage of two kinds",
    stages("- { id: s, mode: worker, «run»: x }"),
    "pipeline-stage-kind",
    /"mode" and "run".*Keep one/,
  ],
  ["a misspelt kind", stages("- { id: s, «aprove»: x }"), "pipeline-key", /Did you mean "approve"\?/],
  [
    "an unknown mode",
    stages("- { id: s, mode: «workr», objective: x }"),
    "pipeline-value",
    /Did you mean worker\?/,
  ],
  [
    "no id",
    stages("- { «mode»: reviewer, objective: x }"),
    "pipeline-key-missing",
    /"id" is missing in stage 3/,
  ],
  [
    "an id with a blank",
    stages("- { id: «a b», run: x }"),
    "pipeline-value",
    /"id" is "a b"\. It takes a letter/,
  ],
  ["an id that is a number", stages("- { id: «1», run: x }"), "pipeline-value", /"id" is 1/],
  ["an id twice", stages("- { id: «check», run: x }"), "pipeline-name", /There is a stage "check" already/],
  [
    "an id that differs in case alone",
    stages("- { id: «Check», run: x }"),
    "pipeline-name",
    /differ in case alone/,
  ],
  [
    "the id constructor",
    stages("- { id: «constructor», run: x }"),
    "pipeline-name",
    /expressions do not see it/,
  ],
  ["the id __proto__", stages("- { id: «__proto__», run: x }"), "pipeline-value", /"id" is "__proto__"/],
  [
    "no objective",
    stages("- { «id»: s, mode: reviewer }"),
    "pipeline-key-missing",
    /"objective" is missing in stage "s"/,
  ],
  ["an unknown key", reviewer("«timout»: 5m"), "pipeline-key", /in stage "s"\. Did you mean "timeout"\?/],
  ["a key in another spelling", reviewer("«non-goals»: [x]"), "pipeline-key", /Did you mean "non_goals"\?/],
  [
    "expect on a stage of Codex",
    reviewer("«expect»: pass"),
    "pipeline-key",
    /"expect" is no key of a stage with "mode"; a "run" stage has it/,
  ],
  [
    "a model on a run stage",
    stages("- { id: s, run: x, «model»: m }"),
    "pipeline-key",
    /"model" is no key of a "run" stage/,
  ],
  [
    "a retry on a run stage",
    stages("- { id: s, run: x, «retry»: { on: [transient], at_most: 1 } }"),
    "pipeline-key",
    /no key of a "run" stage/,
  ],
  [
    "a timeout on an approval",
    stages("- { id: s, approve: x, «timeout»: 5m }"),
    "pipeline-key",
    /no key of an "approve" stage/,
  ],
  [
    "an objective beside a packet",
    stages("- { id: s, packet: a.md, «objective»: x }"),
    "pipeline-key",
    /stands in its packet file/,
    {
      "a.md":
        "MODE: reviewer\nWORKDIR: /r\nOBJECTIVE: x\nWRITE SCOPE: none\nNON-GOALS: x\nVERIFICATION: x\nDELIVERABLE: x\n",
    },
  ],
];

const VALUES: readonly Row[] = [
  [
    "a number for text",
    stages("- { id: s, mode: reviewer, objective: «5» }"),
    "pipeline-value",
    /is 5\. It takes text\. If text is meant, put it in quotes/,
  ],
  ["blank text", stages("- { id: s, mode: reviewer, objective: '«  »' }"), "pipeline-value", /is blank/],
  [
    "nothing for text",
    stages("- { id: s, approve«»: }"),
    "pipeline-value",
    /is empty/,
  ],
  ["a map for text", reviewer("context: «{» a: b }"), "pipeline-value", /"context" is a map/],
  [
    "true for a command",
    stages("- { id: s, run: [make, «true»] }"),
    "pipeline-value",
    /"run" is true.*put it in quotes/,
  ],
  [
    "no commands",
    stages("- { id: s, run: «[»] }"),
    "pipeline-empty",
    /"run" is an empty list\. Name the commands/,
  ],
  [
    "an empty verification",
    reviewer("verification: «[»]"),
    "pipeline-empty",
    /Leave it out for what is usual/,
  ],
  [
    "a worker without a scope",
    stages("- { id: s, «mode»: worker, objective: x }"),
    "pipeline-scope",
    /Stage "s" is a worker without write_scope/,
  ],
  [
    "a worker with the scope none",
    stages("- { id: s, mode: worker, objective: x, write_scope: «none» }"),
    "pipeline-scope",
    /"none" lets a worker do nothing/,
  ],
  [
    "a worker with none among entries",
    stages("- { id: s, mode: worker, objective: x, write_scope: [src, «no writes»] }"),
    "pipeline-scope",
    /"no writes"/,
  ],
  [
    "a worker with an empty scope",
    stages("- { id: s, mode: worker, objective: x, write_scope: «[»] }"),
    "pipeline-scope",
    /An empty write_scope/,
  ],
  [
    "a reviewer with a scope",
    reviewer("write_scope: [«src»]"),
    "pipeline-scope",
    /A reviewer writes nothing/,
  ],
  [
    "a reviewer with a scope from inputs",
    reviewer("write_scope: «${{ inputs.list }}»"),
    "pipeline-scope",
    /A reviewer writes nothing/,
  ],
  [
    "several lines for a list",
    reviewer("non_goals: |\n  «a»\n  b\ntimeout: 5m"),
    "pipeline-value",
    /several lines\. Write a list/,
  ],
  ["a list of lists", reviewer("non_goals: [«[»a]]"), "pipeline-value", /"non_goals\[0\]" is a list/],
  ["allow_commits in words", reviewer("allow_commits: «yes»"), "pipeline-value", /It takes true or false/],
  ["a relative workdir", reviewer("workdir: «sub»"), "pipeline-workdir", /"workdir" is relative/],
  [
    "an absolute carry",
    reviewer("checkout: clean\ncarry: [«/x»]"),
    "pipeline-carry",
    /no path from the stage's workdir/,
  ],
  [
    "a carry from home",
    reviewer("checkout: clean\ncarry: [«~/x»]"),
    "pipeline-carry",
    /no path from the stage's workdir/,
  ],
  ["a carry of .git", reviewer("checkout: clean\ncarry: [«sub/.git»]"), "pipeline-carry", /lies in \.git/],
  ["a carry of everything", reviewer("checkout: clean\ncarry: «.»"), "pipeline-carry", /is the whole tree/],
  [
    "a carry without a clean checkout",
    reviewer("«carry»: [node_modules]"),
    "pipeline-checkout",
    /Add "checkout: clean"/,
  ],
  [
    "a setup without a clean checkout",
    reviewer("«setup»: make"),
    "pipeline-checkout",
    /"setup" is for a clean checkout/,
  ],
  [
    "a worker in a clean checkout",
    stages("- { id: s, mode: worker, objective: x, write_scope: a, «checkout»: clean }"),
    "pipeline-checkout",
    /would be lost/,
  ],
  ["a checkout that is none", reviewer("checkout: «cleen»"), "pipeline-value", /Did you mean clean\?/],
  [
    "a variable that is none",
    reviewer("env: { «A-B»: x }"),
    "pipeline-value",
    /cannot be the name of a variable/,
  ],
  [
    "a variable that is a number",
    reviewer("env: { A: «1» }"),
    "pipeline-value",
    /"env\.A" is 1\. It takes text/,
  ],
  ["variables as a list", reviewer("env: «[»A]"), "pipeline-value", /a map of names and texts/],
  [
    "an unknown include",
    reviewer("include: [«build.reslt»]"),
    "pipeline-include",
    /Did you mean "build\.result"\?/,
  ],
  ["an include without a word", reviewer("include: [«build»]"), "pipeline-include", /It takes ID\.result/],
  ["an include twice", reviewer("include: [build.diff, «build.diff»]"), "pipeline-include", /twice/],
  [
    "an include of a stage that is none",
    reviewer("include: [«bild.diff»]"),
    "pipeline-include",
    /Did you mean "build"\?/,
  ],
  [
    "an include of the stage itself",
    reviewer("include: [«s.diff»]"),
    "pipeline-include",
    /names the stage itself/,
  ],
  [
    "an include of a later stage",
    reviewer("include: [«late.diff»]") + "  - { id: late, run: x }\n",
    "pipeline-include",
    /stands further down/,
  ],
  [
    "an include of a stage that is not waited for",
    reviewer("needs: build\ninclude: [«check.result»]"),
    "pipeline-include",
    /nothing makes it wait\. Add it to needs/,
  ],
  [
    "an include of an approval",
    stages("- { id: ok, approve: x }\n- { id: s, mode: reviewer, objective: x, include: [«ok.result»] }"),
    "pipeline-include",
    /waits for a person/,
  ],
];

const ORDER: readonly Row[] = [
  [
    "a need that is none",
    reviewer("needs: [«bild»]"),
    "pipeline-needs",
    /needs "bild", and there is no such stage\. Did you mean "build"\?/,
  ],
  ["a need of itself", reviewer("needs: «s»"), "pipeline-circle", /Stage "s" needs itself/],
  [
    "a need of a later stage",
    reviewer("needs: [build, «late»]") + "  - { id: late, run: x, needs: [] }\n",
    "pipeline-needs",
    /stands further down\. Move it up/,
  ],
  [
    "a circle",
    reviewer("needs: «late»") + "  - { id: mid, run: x }\n  - { id: late, run: x }\n",
    "pipeline-circle",
    /A circle: s needs late needs mid needs s\./,
  ],
  ["a need that is no id", reviewer("needs: [«5»]"), "pipeline-value", /"needs" is 5\. It takes a letter/],
  [
    "no workdir",
    "version: 1\nstages: [{ «id»: s, run: x }]",
    "pipeline-workdir",
    /Stage "s" has no "workdir", and no input workdir is declared/,
  ],
  [
    "a workdir input that is a list",
    "version: 1\ninputs: { workdir: { type: list } }\nstages: [{ «id»: s, run: x, if: 'toJSON(inputs) != 1' }]",
    "pipeline-workdir",
    /inputs\.workdir is a list/,
  ],
];

const GATES: readonly Row[] = [
  [
    "an unknown key",
    reviewer("gate: { «verdct»: pass }"),
    "pipeline-key",
    /in the gate of stage "s"\. Did you mean "verdict"\?/,
  ],
  [
    "a verdict that no answer holds",
    reviewer("gate: { verdict: «passed» }"),
    "pipeline-value",
    /It takes pass, fail, inconclusive, none/,
  ],
  [
    "a verdict in a list that no answer holds",
    reviewer("gate: { verdict: [pass, «ok»] }"),
    "pipeline-value",
    /"gate\.verdict"|"verdict" is "ok"/,
  ],
  ["no verdict", reviewer("gate: { «verdict»: [] }"), "pipeline-gate", /which no answer can meet/],
  ["no result", reviewer("gate: { «result»: [] }"), "pipeline-gate", /which no answer can meet/],
  [
    "a result that is never accepted",
    reviewer("gate: { «result»: blocked }"),
    "pipeline-gate",
    /never accepted/,
  ],
  [
    "a result that is never accepted among others",
    reviewer("gate: { «result»: [done, blocked] }"),
    "pipeline-gate",
    /never accepted/,
  ],
  ["an unknown severity", reviewer("gate: { fail_on: «hihg» }"), "pipeline-value", /Did you mean high\?/],
  ["evidence in words", reviewer("gate: { evidence: «no» }"), "pipeline-value", /It takes true or false/],
  ["a change of a reviewer", reviewer("gate: { «change»: true }"), "pipeline-gate", /can never pass/],
  [
    "a result of a run stage",
    stages("- { id: s, run: x, gate: { «result»: [done] } }"),
    "pipeline-key",
    /there is "expect"/,
  ],
  [
    "a gate of an approval",
    stages("- { id: s, approve: x, «gate»: { require: x } }"),
    "pipeline-key",
    /no key of an "approve" stage/,
  ],
  ["a gate that is a list", reviewer("gate: «[»pass]"), "pipeline-value", /"gate" is a list/],
  ["no conditions", reviewer("gate: { require: «[»] }"), "pipeline-value", /that is not empty/],
  [
    "a condition that is false",
    reviewer('gate: { require: "«1 == 2»" }'),
    "expression-never",
    /always false/,
  ],
  [
    "a condition that is text",
    reviewer("gate: { require: [«stages.s.verdict»] }"),
    "expression-never",
    /only boolean true is true/,
  ],
  [
    "a condition that is a number",
    reviewer("gate: { require: [«inputs.n»] }"),
    "expression-never",
    /it is a number/,
  ],
  [
    "a condition of one's own status",
    reviewer("gate: { require: [\"stages.s.«status» == 'passed'\"] }"),
    "expression-name",
    /"status" is nothing that stage "s" leaves/,
  ],
  ["an if that is false", reviewer("if: '«false»'"), "expression-never", /always false/],
  ["an if that is no text", reviewer("if: «false»"), "pipeline-value", /"if" is false/],
  ["an if with text around", reviewer("if: «yes ${{ inputs.yes }}»"), "expression", /nothing around it/],
  ["an unknown on_fail", reviewer("on_fail: «contine»"), "pipeline-value", /Did you mean continue\?/],
  [
    "a return without a number",
    reviewer("on_fail: { «return_to»: build }"),
    "pipeline-key-missing",
    /"at_most" is missing/,
  ],
  [
    "a return zero times",
    reviewer("on_fail: { return_to: build, at_most: «0» }"),
    "pipeline-value",
    /a whole number above zero/,
  ],
  [
    "a return a thousand times",
    reviewer("on_fail: { return_to: build, at_most: «1000» }"),
    "pipeline-value",
    /from 1 to 100/,
  ],
  [
    "a return to no stage",
    reviewer("on_fail: { return_to: «bulid», at_most: 1 }"),
    "pipeline-return",
    /Did you mean "build"\?/,
  ],
  [
    "a return to itself",
    reviewer("on_fail: { return_to: «s», at_most: 1 }"),
    "pipeline-return",
    /names the stage itself/,
  ],
  [
    "a return to a later stage",
    reviewer("on_fail: { return_to: «late», at_most: 1 }") + "  - { id: late, run: x }\n",
    "pipeline-return",
    /stands further down/,
  ],
  [
    "a return to what is not waited for",
    reviewer("needs: []\non_fail: { return_to: «build», at_most: 1 }"),
    "pipeline-return",
    /Add it to needs/,
  ],
  [
    "a retry for everything",
    reviewer("retry: { on: [«all»], at_most: 2 }"),
    "pipeline-value",
    /It takes transient/,
  ],
  ["a retry for nothing", reviewer("retry: { on: «[»], at_most: 2 }"), "pipeline-value", /\[transient\]/],
  [
    "a retry zero times",
    reviewer("retry: { on: [transient], at_most: «0» }"),
    "pipeline-value",
    /above zero/,
  ],
  [
    "an expectation that is none",
    stages("- { id: s, run: x, expect: «fails» }"),
    "pipeline-value",
    /Did you mean fail\?/,
  ],
];

const EXPRESSIONS: readonly Row[] = [
  [
    "an input that is not declared",
    reviewer("context: a ${{ inputs.«gaol» }}"),
    "expression-name",
    /No input "gaol" is declared\. Did you mean "goal"\?/,
  ],
  ["an input in brackets", reviewer("context: a ${{ inputs[«'gaol'»] }}"), "expression-name", /"gaol"/],
  [
    "a variable that is not listed",
    reviewer("context: a ${{ env.«PATH» }}"),
    "expression-name",
    /Add it to the list "env"/,
  ],
  [
    "a variable that is misspelt",
    reviewer("context: a ${{ env.«HOMR» }}"),
    "expression-name",
    /Did you mean "HOME"\?/,
  ],
  [
    "a stage that is none",
    reviewer("context: a ${{ stages.«bild».verdict }}"),
    "expression-name",
    /There is no stage "bild"\. Did you mean "build"\?/,
  ],
  [
    "a later stage",
    reviewer("context: a ${{ stages.«late».status }}") + "  - { id: late, run: x }\n",
    "expression-name",
    /stands below stage "s"/,
  ],
  [
    "the stage itself",
    reviewer("context: a ${{ stages.«s».verdict }}"),
    "expression-name",
    /only its gate\.require/,
  ],
  [
    "a stage that is not waited for",
    reviewer("needs: build\ncontext: a ${{ stages.«check».status }}"),
    "expression-name",
    /Nothing makes stage "s" wait for stage "check"/,
  ],
  [
    "what a stage does not leave",
    reviewer("context: a ${{ stages.build.«verdit» }}"),
    "expression-name",
    /Did you mean "verdict"\?/,
  ],
  [
    "the verdict of a run stage",
    reviewer("context: a ${{ stages.check.«verdict» }}"),
    "expression-name",
    /no stage that Codex works on/,
  ],
  [
    "the run of an approval",
    stages("- { id: ok, approve: x }\n- { id: s, run: x, if: \"stages.ok.«run_dir» == ''\" }"),
    "expression-name",
    /waits for a person/,
  ],
  [
    "what an answer does not hold",
    reviewer("context: a ${{ stages.build.answer.«finding» }}"),
    "expression-name",
    /Did you mean "findings"\?/,
  ],
  [
    "what a finding does not hold",
    reviewer("context: a ${{ stages.build.answer.findings[0].«severty» }}"),
    "expression-name",
    /Did you mean "severity"\?/,
  ],
  [
    "what no finding holds",
    reviewer("context: a ${{ toJSON(stages.build.answer.findings.*.«severty») }}"),
    "expression-name",
    /Did you mean "severity"\?/,
  ],
  [
    "what a policy does not hold",
    reviewer("context: a ${{ stages.check.policy.«violation» }}"),
    "expression-name",
    /Did you mean "violations"\?/,
  ],
  [
    "a key of text",
    reviewer("context: a ${{ stages.build.verdict.«length» }}"),
    "expression-name",
    /which is text/,
  ],
  [
    "a key of a list",
    reviewer("context: a ${{ inputs.list.«length» }}"),
    "expression-name",
    /which is a list/,
  ],
  [
    "a star of text",
    reviewer("context: a ${{ inputs.«goal».* }}"),
    "expression-name",
    /\* is read of inputs\.goal, which is text/,
  ],
  [
    "a function that is none",
    reviewer("context: a ${{ «contain»(inputs.list, 'a') }}"),
    "expression",
    /Did you mean "contains"\?/,
  ],
  [
    "a function that JavaScript has",
    reviewer("context: a ${{ «constructor»(inputs.list) }}"),
    "expression-name",
    /There is no function "constructor"/,
  ],
  [
    "a name that is none",
    reviewer("context: a ${{ «input».goal }}"),
    "expression",
    /Did you mean "inputs"\?/,
  ],
  ["a bare word", reviewer("context: a ${{ «goal» }}"), "expression", /There is inputs, env, stages/],
  ["double quotes", reviewer('if: inputs.goal == «"x"»'), "expression", /Text stands in single quotes/],
  ["one equals sign", reviewer("if: inputs.goal «=» 'x'"), "expression", /Write == to compare/],
  [
    "an expression that ends too soon",
    reviewer("if: inputs.goal «==»"),
    "expression",
    /Unexpected/,
  ],
  ["an empty expression", reviewer("context: a ${{« »}}"), "expression", /it is empty/],
  ["one that is not closed", reviewer("context: a «${{» inputs.goal }"), "expression", /no \}\} closes it/],
  [
    "one in a block of text",
    reviewer("context: |\n  One.\n    ${{ inputs.goal }} and ${{ inputs.«gaol» }}\n  Two."),
    "expression-name",
    /"gaol"/,
  ],
  [
    "one in folded text",
    reviewer("context: >-\n  One\n  and ${{ inputs.goal }}\n  and ${{ inputs.«gaol» }}"),
    "expression-name",
    /"gaol"/,
  ],
  ["one in double quotes", reviewer('context: "a\\tb ${{ inputs.«gaol» }}"'), "expression-name", /"gaol"/],
  [
    "a bare one with quotes that are doubled",
    reviewer(
      "if: '«inputs.gaol == ''x''»'",
    ),
    "expression-name",
    /"gaol"/,
  ],
  [
    "a bare one over several lines",
    reviewer(
      "if: |\n  inputs.goal == 'x' &&\n    inputs.«gaol» == 'y'",
    ),
    "expression-name",
    /"gaol"/,
  ],
  [
    "a verdict that is never given",
    reviewer("if: stages.build.verdict == «'passed'»"),
    "expression-never",
    /never holds: there is only pass, fail, inconclusive, none\. Did you mean 'pass'\?/,
  ],
  [
    "a status that is never there",
    reviewer("if: \"«'done'» != stages.build.status\""),
    "expression-never",
    /always holds/,
  ],
  [
    "a severity that is never there",
    reviewer("if: stages.build.answer.findings[0].severity == «'grave'»"),
    "expression-never",
    /critical, high/,
  ],
  [
    "true in quotes",
    reviewer("if: inputs.yes == «'true'»"),
    "expression-never",
    /it is a boolean, and this is text\. true and false stand without quotes/,
  ],
  ["a number against text", reviewer("if: inputs.n == «'many'»"), "expression-never", /it is a number/],
  [
    "a list against text",
    reviewer("if: inputs.list == «'a'»"),
    "expression-never",
    /a list equals no single value/,
  ],
  [
    "a number for a list",
    reviewer("non_goals: «${{ inputs.n }}»"),
    "pipeline-value",
    /takes a list, and "inputs\.n" is a number/,
  ],
  [
    "a record for a list",
    reviewer("non_goals: «${{ stages.build.answer }}»"),
    "pipeline-value",
    /is a record/,
  ],
  [
    "a value in shell text",
    stages("- { id: s, run: 'make «${{» inputs.goal }}' }"),
    "pipeline-shell-text",
    /env: \{ NAME:/,
  ],
  [
    "a value in one of several commands",
    stages("- { id: s, run: ['make', '«${{» inputs.goal }}'] }"),
    "pipeline-shell-text",
    /"\$NAME" in the command/,
  ],
  [
    "a command from a stage",
    stages("- { id: s, run: '«${{ stages.build.answer.next }}»' }"),
    "pipeline-shell-text",
    /over inputs alone/,
  ],
  [
    "a command from inputs and a stage",
    stages("- { id: s, run: \"«${{ format('{0}{1}', inputs.goal, env.HOME) }}»\" }"),
    "pipeline-shell-text",
    /over inputs alone/,
  ],
  [
    "a setup with a value in it",
    reviewer("checkout: clean\nsetup: npm ci «${{» inputs.goal }}"),
    "pipeline-shell-text",
    /not put into shell text/,
  ],
  [
    "a number for commands",
    stages("- { id: s, run: '«${{ inputs.n }}»' }"),
    "pipeline-value",
    /takes commands, and "inputs\.n" is a number/,
  ],
];

const GOOD_PACKET =
  "MODE: reviewer\nWORKDIR: /r\nOBJECTIVE: x\nWRITE SCOPE: none\nNON-GOALS: x\nVERIFICATION: x\nDELIVERABLE: x\n";

/** The marks stand in the packet. */
const PACKETS: readonly Row[] = [
  [
    "a mode from an input",
    GOOD_PACKET.replace("MODE: reviewer", "«MODE: ${{ inputs.goal }}»"),
    "packet-mode",
    /written out, without/,
  ],
  [
    "a mode that is none",
    GOOD_PACKET.replace("MODE: reviewer", "«MODE: revewer»"),
    "packet-mode",
    /takes one of/,
  ],
  [
    "a reviewer with a scope",
    GOOD_PACKET.replace("WRITE SCOPE: none", "«WRITE SCOPE: src»"),
    "scope-on-read-only",
    /A reviewer writes nothing/,
  ],
  [
    "a worker without a scope",
    GOOD_PACKET.replace("reviewer", "worker").replace("WRITE SCOPE: none", "«WRITE SCOPE: none»"),
    "scope-none",
    /a worker without a scope/,
  ],
  ["a misspelt field", GOOD_PACKET + "«CONTXT: x»\n", "packet-field-misspelt", /Did you mean "CONTEXT"/],
  ["an unknown input", GOOD_PACKET + "CONTEXT:\n- a ${{ inputs.«gaol» }}\n", "expression-name", /"gaol"/],
  [
    "an unknown input in WORKDIR",
    GOOD_PACKET.replace("/r", "${{ inputs.«gaol» }}"),
    "expression-name",
    /"gaol"/,
  ],
  [
    "a relative WORKDIR",
    GOOD_PACKET.replace("WORKDIR: /r", "«WORKDIR: sub»"),
    "pipeline-workdir",
    /"WORKDIR" is relative/,
  ],
  [
    "an expression over two fields",
    GOOD_PACKET.replace("VERIFICATION: x", "VERIFICATION: «${{» format('\nCONTEXT: {0}', inputs.goal) }}"),
    "expression",
    /no \}\} closes it/,
  ],
  ["an expression that is not closed", GOOD_PACKET + "CONTEXT: «${{» a\n", "expression", /no \}\} closes it/],
];

const GROUPS: Readonly<Record<string, readonly Row[]>> = {
  "YAML": YAML,
  "a pipeline": TOP,
  "an input": DECLARATIONS,
  "a kind of stage": KINDS,
  "a stage": VALUES,
  "order": ORDER,
  "a gate": GATES,
  "an expression": EXPRESSIONS,
};

for (const [group, rows] of Object.entries(GROUPS)) {
  for (const [name, marked, code, message, packets] of rows) {
    Deno.test(`${group}: ${name} is an error at its place`, () => {
      const { text, places } = unmarked(marked);
      const { pipeline, problems } = reading(text, packets);
      assert.equal(pipeline, undefined);
      assert.deepEqual(problems.map((problem) => problem.code), [code], JSON.stringify(problems, null, 1));
      assert.match(problems[0]?.message ?? "", message);
      assert.equal(problems[0]?.file, "p.yaml");
      assert.deepEqual(
        placesOf(problems).map(withoutLength),
        places.map(withoutLength),
        problems[0]?.message,
      );
      if (!places[0]?.endsWith("+0")) assert.deepEqual(placesOf(problems), places);
    });
  }
}

for (const [name, marked, code, message] of PACKETS) {
  Deno.test(`a packet file: ${name} is an error at its place in the packet`, () => {
    const { text, places } = unmarked(marked);
    const { problems } = reading(stages("- { id: s, packet: a.md }"), { "a.md": text });
    assert.deepEqual(problems.map((problem) => problem.code), [code], JSON.stringify(problems, null, 1));
    assert.match(problems[0]?.message ?? "", message);
    assert.equal(problems[0]?.file, "a.md");
    assert.deepEqual(placesOf(problems), places);
  });
}

Deno.test("a packet file that cannot be read, or whose path is not written out, is told at its path", () => {
  const { text, places } = unmarked(
    stages("- { id: s, packet: «none.md» }\n- { id: t, packet: '«${{ inputs.goal }}.md»' }"),
  );
  const { problems } = reading(text);
  assert.deepEqual(problems.map(({ code }) => code), ["pipeline-packet", "pipeline-packet"]);
  assert.deepEqual(placesOf(problems), places);
  assert.match(problems[0]?.message ?? "", /"none\.md" cannot be read: it does not exist/);
});

Deno.test("a packet that lacks a field is told at its beginning", () => {
  const { problems } = reading(stages("- { id: s, packet: a.md }"), {
    "a.md": GOOD_PACKET.replace(/DELIVERABLE.*/, ""),
  });
  assert.deepEqual(problems.map(({ code, file, line }) => [code, file, line]), [[
    "packet-field-missing",
    "a.md",
    1,
  ]]);
});

Deno.test("a thousand stages are taken, and no more", () => {
  const many = (count: number): string =>
    `version: 1\ninputs: { workdir: {} }\nstages:\n${
      Array.from({ length: count }, (_, at) => `  - { id: s${at}, run: x }\n`).join("")
    }`;
  assert.deepEqual(reading(many(1000)).problems, []);
  const { problems } = reading(many(1001));
  assert.deepEqual(problems.map(({ code, line }) => [code, line]), [["pipeline-too-large", 1004]]);
});

Deno.test("all errors are told at once, in the order of their places", () => {
  const { text, places } = unmarked(`version: «2»
inputs: { workdir: { «tipe»: path } }
defaults: { timeout: «5» }
stages:
  - { id: a, mode: reviewer, objective: "\${{ inputs.«goal» }}", gate: { verdict: «ok», «fail»: high } }
  - { id: b, run: «[»], needs: [«c»], on_fail: { return_to: «x», at_most: «-1» } }
`);
  assert.deepEqual(placesOf(reading(text).problems), places);
});

function withoutLength(place: string): string {
  return place.split("+")[0] ?? "";
}
