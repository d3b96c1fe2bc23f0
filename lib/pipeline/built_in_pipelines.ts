/** pipelines/*.yaml by name, so that the program holds them. Made by scripts/pipelines.ts; a test holds both together. */
export const BUILT_IN_PIPELINES: ReadonlyMap<string, string> = new Map([
  [
    "cross-check",
    `# yaml-language-server: \$schema=./pipeline.schema.json
#
# A change that nobody has to take on trust: one agent makes it, the checks run without any agent, a second one proves or
# refutes it from a clean checkout, a third one reads the diff.
#
#   codex-dispatch pipeline run cross-check \\
#     --input workdir=. \\
#     --input objective="parse() accepts a trailing comma" \\
#     --input scope=src/parse.ts --input scope=tests/parse.test.ts \\
#     --input checks="npm test" \\
#     --input carry=node_modules
#
# Where a check fails, or the reviewer reports something grave, the worker is asked again with just that in its packet,
# twice at most. The checks and the verifier work in a checkout of their own, which holds what git ignores only as far as
# \`carry\` names it or \`setup\` makes it.
version: 1
name: cross-check
description: A worker implements, the checks run, a verifier proves it from a clean checkout, a reviewer reads the diff.
inputs:
  workdir: { type: path, required: true, description: The repository }
  objective: { type: string, required: true, description: What is true once the work is done }
  scope: { type: list, required: true, description: "Files, folders or globs that the worker may write" }
  checks: { type: list, required: true, description: Commands that must succeed }
  setup: { type: list, default: [], description: Commands that make a clean checkout ready }
  carry: { type: list, default: [], description: "Ignored paths that one gets, such as node_modules" }
defaults: { timeout: 30m, heartbeat: 5m }
budget: { time: 2h, tokens: 2000000 }
stages:
  - id: implement
    mode: worker
    objective: \${{ inputs.objective }}
    write_scope: \${{ inputs.scope }}
    verification: \${{ inputs.checks }}

  # No model: codex-dispatch runs these itself.
  - id: checks
    run: \${{ inputs.checks }}
    setup: \${{ inputs.setup }}
    carry: \${{ inputs.carry }}
    on_fail: { return_to: implement, at_most: 2 }

  # A pass counts only with a command that was seen to run, and with evidence that is quoted.
  - id: verify
    mode: verifier
    include: [implement.result, implement.diff]
    objective: |
      Prove or disprove that this was met: \${{ inputs.objective }}
    verification: \${{ inputs.checks }}
    setup: \${{ inputs.setup }}
    carry: \${{ inputs.carry }}

  - id: review
    mode: reviewer
    include: [implement.diff, verify.result]
    objective: |
      Review the diff, which is meant to achieve this: \${{ inputs.objective }}
    on_fail: { return_to: implement, at_most: 2 }
`,
  ],
  [
    "review-panel",
    `# yaml-language-server: \$schema=./pipeline.schema.json
#
# Three reviewers look at the same change side by side, each through one lens and without knowledge of the others. A
# synthesizer then merges their reports, and keeps them apart where they disagree.
#
#   codex-dispatch pipeline run review-panel --input workdir=.
#
# That reviews what is uncommitted. For a branch:
#
#   codex-dispatch pipeline run review-panel --input workdir=. \\
#     --input subject="what this branch changes against main" --input show="git diff main...HEAD"
#
# The reviewers' own verdicts stop nothing: the synthesizer has read all of them, and its verdict and its findings decide.
version: 1
name: review-panel
description: Three reviewers with different lenses side by side, and a synthesizer that keeps their disagreement.
inputs:
  workdir: { type: path, required: true, description: The repository }
  subject: { type: string, default: what is uncommitted in the work tree, description: What is reviewed }
  show: { type: list, default: [git status --short, git diff HEAD], description: Commands that show it }
stages:
  - id: correctness
    mode: reviewer
    needs: []
    objective: |
      Review \${{ inputs.subject }} for correctness alone: wrong results, unhandled cases, races, data that is lost, errors that
      are swallowed, tests that cannot fail. Leave style, structure and security to others.
    verification: \${{ inputs.show }}
    gate: { verdict: any, fail_on: off }

  - id: security
    mode: reviewer
    needs: []
    objective: |
      Review \${{ inputs.subject }} for security alone: input that is trusted, injection, paths that leave their folder, secrets
      that leak, rights that are too wide, dependencies that were added. Say for each finding who could do what.
    verification: \${{ inputs.show }}
    gate: { verdict: any, fail_on: off }

  - id: simplicity
    mode: reviewer
    needs: []
    objective: |
      Review \${{ inputs.subject }} as the one who has to change it in a year: what is more than the task asks for, said twice,
      misnamed, in the wrong place, or hard to test. A finding needs a consequence; taste is none.
    verification: \${{ inputs.show }}
    gate: { verdict: any, fail_on: off }

  - id: synthesis
    mode: synthesizer
    needs: [correctness, security, simplicity]
    include: [correctness.result, security.result, simplicity.result]
    objective: |
      Three reviewers looked at \${{ inputs.subject }}, each through one lens. Merge their reports: can it be merged as it is?
      Check a finding against the code before you keep it, and name the reviewers who made it. Where they disagree, or where
      only one of them saw something, say so and keep it.
    verification: \${{ inputs.show }}
`,
  ],
  [
    "tdd",
    `# yaml-language-server: \$schema=./pipeline.schema.json
#
# Tests first: a worker that may write nothing but tests writes some that fail, the checks show that they do, a second worker
# that may not touch them makes them pass, and a verifier looks at the whole.
#
#   codex-dispatch pipeline run tdd \\
#     --input workdir=. \\
#     --input objective="parse() accepts a trailing comma" \\
#     --input tests=tests/parse.test.ts --input scope=src/parse.ts \\
#     --input checks="npm test" --input carry=node_modules
#
# The two scopes must not overlap: that is what keeps the second worker from bending a test until it passes.
version: 1
name: tdd
description: A worker writes failing tests, a second one makes them pass without touching them, a verifier proves it.
inputs:
  workdir: { type: path, required: true, description: The repository }
  objective: { type: string, required: true, description: What is true once the work is done }
  tests: { type: list, required: true, description: "What the first worker may write" }
  scope: { type: list, required: true, description: "What the second worker may write: no tests" }
  checks: { type: list, required: true, description: Commands that run the tests }
  setup: { type: list, default: [], description: Commands that make a clean checkout ready }
  carry: { type: list, default: [], description: "Ignored paths that one gets, such as node_modules" }
defaults: { timeout: 30m, heartbeat: 5m }
budget: { time: 3h, tokens: 3000000 }
stages:
  - id: tests
    mode: worker
    objective: |
      Write tests that pass once this is true, and fail as long as it is not: \${{ inputs.objective }}
    write_scope: \${{ inputs.tests }}
    non_goals:
      - Do not write or change anything but tests.
      - Do not weaken, skip or remove a test that is there.
      - No test that fails for want of a name alone, such as an import that does not exist, where one can fail by what it asserts.
    # The checks are to fail by now: what they print is evidence, and no fault of this stage.
    verification: \${{ inputs.checks }}
    deliverable:
      - Tests that fail now, each for a reason that the objective names.
      - The output that shows them failing.

  - id: red
    run: \${{ inputs.checks }}
    expect: fail
    setup: \${{ inputs.setup }}
    carry: \${{ inputs.carry }}
    on_fail: { return_to: tests, at_most: 2 }

  - id: implement
    mode: worker
    include: [tests.result, tests.diff]
    objective: \${{ inputs.objective }}
    write_scope: \${{ inputs.scope }}
    non_goals:
      - Do not change a test.
      - Do not make the code behave differently under test.
    verification: \${{ inputs.checks }}

  - id: green
    run: \${{ inputs.checks }}
    setup: \${{ inputs.setup }}
    carry: \${{ inputs.carry }}
    on_fail: { return_to: implement, at_most: 3 }

  - id: verify
    mode: verifier
    include: [tests.result, implement.result, implement.diff]
    objective: |
      Prove or disprove that this was met, and that the tests would fail without it: \${{ inputs.objective }}
    verification: \${{ inputs.checks }}
    setup: \${{ inputs.setup }}
    carry: \${{ inputs.carry }}
`,
  ],
  [
    "verify-only",
    `# yaml-language-server: \$schema=./pipeline.schema.json
#
# A second opinion on work that is there already, yours or somebody else's: a verifier proves or refutes one claim about the
# tree as it stands, uncommitted changes included.
#
#   codex-dispatch pipeline run verify-only \\
#     --input workdir=. \\
#     --input claim="slugify() collapses tabs and line breaks into one dash" \\
#     --input checks="npm test" --input carry=node_modules
#
# It works in a checkout of its own, so that nothing that it builds or breaks touches your tree. The gate opens for the verdict
# "pass" alone, and only with a command that was seen to run and evidence that is quoted.
version: 1
name: verify-only
description: A verifier proves or refutes a claim about the tree as it stands, from a clean checkout.
inputs:
  workdir: { type: path, required: true, description: The repository }
  claim: { type: string, required: true, description: What is to be proven or refuted }
  checks: { type: list, required: true, description: Commands whose outcome decides }
  setup: { type: list, default: [], description: Commands that make a clean checkout ready }
  carry: { type: list, default: [], description: "Ignored paths that one gets, such as node_modules" }
stages:
  - id: verify
    mode: verifier
    checkout: clean
    setup: \${{ inputs.setup }}
    carry: \${{ inputs.carry }}
    objective: |
      Prove or disprove this claim: \${{ inputs.claim }}
    verification: \${{ inputs.checks }}
`,
  ],
]);
