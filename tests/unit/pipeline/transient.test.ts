import assert from "node:assert/strict";
import type { Conclusion } from "../../../lib/dispatch/conclude.ts";
import { isTransient } from "../../../lib/pipeline/transient.ts";

type Violation = Conclusion["policy"]["violations"][number];

const failed = (detail: string): Violation => ({ kind: "codex-failed", detail });
const said = (message: string): Violation => failed(`Codex ended with status 1. It said: ${message}`);

/** What came of a run, and whether the same run may well succeed later. */
const RUNS: readonly [
  string,
  Violation[],
  boolean,
  Partial<{ status: "accepted" | "violation"; scope_ok: boolean }>?,
][] = [
  ["a stream that broke", [said("stream disconnected before completion: error sending request")], true],
  ["a connection refused", [said("connection refused")], true],
  ["too many requests", [said("unexpected status 429 Too Many Requests: slow down")], true],
  ["an overloaded server", [said("unexpected status 503 Service Unavailable: ")], true],
  ["a model at capacity", [said("Selected model is at capacity. Please try a different model.")], true],
  ["a timeout of the request", [said("request timed out")], true],
  ["a login that is missing", [said("unexpected status 401 Unauthorized: ")], false],
  ["a request that is refused", [said("unexpected status 400 Bad Request: invalid_prompt")], false],
  ["a quota that is used up", [said("You've hit your usage limit.")], false],
  ["a context that is too long", [said("Your input exceeds the context window of this model.")], false],
  ["a failure without a word", [failed("Codex ended with status 1.")], false],
  [
    "a stream that broke, and a file out of scope",
    [
      said("stream disconnected"),
      { kind: "out-of-scope", path: "README.md", detail: "out of scope" },
    ],
    false,
    { scope_ok: false, status: "violation" },
  ],
  ["a stream that broke, and a survivor", [said("stream disconnected"), {
    kind: "survivor",
    detail: "sleep",
  }], false],
  ["the watchdog", [{ kind: "watchdog", detail: "hard limit of 500 s reached" }], false],
  [
    "an answer that speaks of the network",
    [{ kind: "answer-blocked", detail: "the network is down" }],
    false,
  ],
  ["an interruption", [{ kind: "interrupted", detail: "SIGINT while the connection was reset" }], false],
  ["a run that was accepted", [], false, { status: "accepted" }],
];

for (const [what, violations, expected, { status = "failed", scope_ok = true } = {}] of RUNS) {
  Deno.test(`${what} is ${expected ? "worth another try" : "no failure of the network"}`, () => {
    // Only these keys are looked at.
    const conclusion = { policy: { violations, scope_ok }, result: { status } } as unknown as Conclusion;
    assert.equal(isTransient(conclusion), expected);
  });
}
