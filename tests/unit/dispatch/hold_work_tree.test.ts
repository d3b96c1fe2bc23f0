import assert from "node:assert/strict";
import {
  contextWithin,
  type HoldContext,
  holdForDispatch,
  holdWorkTree,
} from "../../../lib/dispatch/hold_work_tree.ts";
import { DispatchError } from "../../../lib/base/errors.ts";

async function withTrees(test: (base: string, context: HoldContext) => Promise<void>): Promise<void> {
  const base = await Deno.realPath(await Deno.makeTempDir());
  for (const folder of ["trees/a/inner", "trees/b"]) {
    await Deno.mkdir(`${base}/${folder}`, { recursive: true });
  }
  try {
    await test(`${base}/trees`, {
      environment: { HOME: base, XDG_STATE_HOME: `${base}/state` },
      now: () => new Date(),
      interrupt: new AbortController().signal,
      report: () => {},
    });
  } finally {
    await Deno.remove(base, { recursive: true });
  }
}

const request = (repository: string, shared = false) => ({
  repository,
  shared,
  holder: { what: "worker run", id: "run-1" },
  noWait: true,
});

Deno.test("the dispatches of a pipeline work under its lock, one after the other and side by side", () =>
  withTrees(async (base, context) => {
    using lock = await holdWorkTree(
      { ...request(`${base}/a`), holder: { what: "pipeline", id: "pipeline-1" } },
      context,
    );
    const under = { ...context, lock };
    const stages = [await holdForDispatch(request(`${base}/a`, true), under)];
    stages.push(await holdForDispatch(request(`${base}/a/inner`, true), under));
    stages.push(await holdForDispatch(request(`${base}/a`), under));
    for (const stage of stages) {
      assert.deepEqual([stage.id, stage.waited, stage.stands()], ["pipeline-1", 0, true]);
      stage.release();
    }
    // Another tree is not covered, and one around it would be waited for for ever.
    (await holdForDispatch(request(`${base}/b`), under)).release();
    await assert.rejects(holdForDispatch(request(base), under), DispatchError);
    await assert.rejects(holdWorkTree(request(`${base}/a`), context), DispatchError);
    lock.release();
    (await holdWorkTree(request(`${base}/a`), context)).release();
  }));

Deno.test("no worker works under a lock that is shared", () =>
  withTrees(async (base, context) => {
    using lock = await holdWorkTree(request(`${base}/a`, true), context);
    await assert.rejects(holdForDispatch(request(`${base}/a`), { ...context, lock }), /others share/);
  }));

Deno.test("what is started under locks learns of each of them", () =>
  withTrees(async (base, context) => {
    using outer = await holdWorkTree(request(`${base}/a`), context);
    using inner = await holdWorkTree(
      { ...request(`${base}/b`), holder: { what: "worker run", id: "run-2" } },
      context,
    );
    const { environment } = contextWithin(inner, contextWithin(outer, context));
    assert.equal(environment["CODEX_DISPATCH_WITHIN"], "run-1:run-2");
    await assert.rejects(
      holdWorkTree(request(`${base}/a`), { ...context, environment }),
      /started from within/,
    );
  }));
