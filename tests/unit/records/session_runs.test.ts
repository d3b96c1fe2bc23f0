import assert from "node:assert/strict";
import { withFolder } from "../../helpers/with_folder.ts";
import {
  forgetSessions,
  noteSessionRun,
  runOfRepository,
  runOfSession,
} from "../../../lib/records/session_runs.ts";

const AT = new Date("2026-11-22T12:00:00Z");

function note(state: string, environment: Record<string, string>, runDir = "/run", at = AT): void {
  noteSessionRun(state, environment, { runDir, repository: "/repository", at });
}

/** | environment of the dispatch | whose run it is | */
const CALLERS: readonly (readonly [Record<string, string>, "session" | "repository" | "nobody"])[] = [
  [{ CLAUDECODE: "1", CLAUDE_CODE_SESSION_ID: "s" }, "session"],
  [{ CLAUDE_CODE_SESSION_ID: "s" }, "session"],
  [{ CLAUDECODE: "1" }, "repository"],
  [{ CLAUDECODE: "1", CLAUDE_CODE_SESSION_ID: "" }, "repository"],
  [{}, "nobody"],
  [{ CLAUDECODE: "" }, "nobody"],
  [{ CLAUDE_CODE_SESSION_ID: "s", CODEX_THREAD_ID: "t" }, "nobody"],
];

for (const [environment, whose] of CALLERS) {
  Deno.test(`a dispatch with ${JSON.stringify(environment)} is that of: ${whose}`, () =>
    withFolder(async (state) => {
      note(state, environment);
      const kept = { run_dir: "/run", at: AT.getTime() };
      assert.deepEqual(await runOfSession(state, "s"), whose === "session" ? kept : undefined);
      assert.deepEqual(
        await runOfRepository(state, "/repository"),
        whose === "repository" ? kept : undefined,
      );
    }));
}

Deno.test("of a session the last run counts, whatever its id holds", () =>
  withFolder(async (state) => {
    const session = "../../x/\u0000 y";
    note(state, { CLAUDE_CODE_SESSION_ID: session }, "/first");
    note(state, { CLAUDE_CODE_SESSION_ID: session }, "/second");
    note(state, { CLAUDE_CODE_SESSION_ID: "another" }, "/third");
    assert.equal((await runOfSession(state, session))?.run_dir, "/second");
  }));

Deno.test("notes of old sessions go, and others stay", () =>
  withFolder(async (state) => {
    await forgetSessions(state, AT);
    note(state, { CLAUDE_CODE_SESSION_ID: "old" }, "/old", new Date("2026-01-01T00:00:00Z"));
    note(state, { CLAUDE_CODE_SESSION_ID: "new" });
    await forgetSessions(state, AT);
    assert.deepEqual([await runOfSession(state, "old"), (await runOfSession(state, "new"))?.run_dir], [
      undefined,
      "/run",
    ]);
  }));

Deno.test("a state folder that cannot be written to stops no dispatch", () => {
  note("/dev/null", { CLAUDE_CODE_SESSION_ID: "s" });
});
