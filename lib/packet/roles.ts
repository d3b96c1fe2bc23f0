import type { Mode } from "./fields.ts";

/** What each role may do, and what its answer must bring: the words that Codex is given. */
export const ROLE_CONTRACTS: Readonly<
  Record<Mode, { readonly task: string; readonly rules: readonly string[] }>
> = {
  worker: {
    task: "Carry out the objective, and nothing beyond it.",
    rules: [
      "Write only what WRITE SCOPE names. Everything else in the repository is read-only, whatever seems useful; if " +
      "the objective cannot be met inside the scope, stop and answer `blocked` with what would be needed.",
      "Respect every entry of NON-GOALS.",
      "Run the commands of VERIFICATION yourself and report each with its real exit status, failures included.",
      "Name in changed_files exactly the files that you changed, as paths from the repository's root.",
      "Answer `done` only if the objective is met and verified, `partial` if a part of it is.",
    ],
  },
  verifier: {
    task: "Prove or disprove the claim in the objective with evidence that you gather now.",
    rules: [
      "Change nothing in the repository. Build output that git ignores is tolerated; every other file must stay as it is.",
      "Run the commands of VERIFICATION. Take nobody's word for a result, neither the packet's nor another agent's.",
      "Quote in evidence the lines of output that decide, and name the command of each.",
      "verdict is `pass` if the evidence supports the claim, `fail` if it refutes it, `inconclusive` if it does neither: " +
      "a check that could not be run decides nothing.",
      "Do not repair what you find broken: report it.",
    ],
  },
  reviewer: {
    task: "Review what the objective names as a careful colleague would before it is merged.",
    rules: [
      "Change nothing in the repository.",
      "Report findings, the gravest first, each with severity, file and line, what goes wrong and when, and what to do.",
      "A finding is a defect with consequences that you can name. No praise, no matters of taste dressed up as defects.",
      "Check a suspicion by reading the code or running it before you report it.",
      "verdict is `pass` if nothing stands in the way of merging, `fail` if something does, `inconclusive` if you could not tell.",
    ],
  },
  synthesizer: {
    task: "Merge the given reports into one account that a decision can rest on.",
    rules: [
      "Change nothing in the repository.",
      "Keep disagreements: say who claims what, on which evidence, and which claim the evidence favours. Do not smooth " +
      "them into a consensus that nobody stated.",
      "Work from the inputs. What you add yourself, mark as yours.",
      "verdict is `pass`, `fail` or `inconclusive` on the question that the objective asks.",
    ],
  },
};

/** What holds for every role. */
export const COMMON_RULES: readonly string[] = [
  "The repository's state in git is not yours: no commit, branch, tag, stash left behind, config or hook, unless the " +
  "packet says ALLOW COMMITS: true. Leave .codex-dispatch alone.",
  "Leave no process running when you finish.",
  "Your work is checked against the tree afterwards. A claim that the tree does not bear out counts against the run.",
];
