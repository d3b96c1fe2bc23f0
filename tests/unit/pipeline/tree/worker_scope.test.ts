import assert from "node:assert/strict";
import { join } from "node:path";
import { KeptDocuments } from "../../../../lib/pipeline/tree/kept_documents.ts";
import { WorkerScope } from "../../../../lib/pipeline/tree/worker_scope.ts";
import { makeRepository, type TestRepository } from "../../../helpers/repository.ts";
import { scopeOf } from "../../evidence/observing.ts";
import { WALKER } from "./checking_out.ts";
import { memoryStore } from "./memory_store.ts";

Deno.test("of the workers the last one's scope is kept, and it is nobody else's", async () => {
  await using repository = await makeRepository();
  const { worker, write, keep } = keeper(repository);
  assert.equal(await worker.granted({ stage: "one", round: 1 }), undefined);
  await keep("one", 1);
  await write("first");
  await keep("one", 2);
  await write("second");
  await keep("two", 2);
  await write("third");
  assert.equal(await worker.partialWork({ stage: "one", round: 2 }), undefined);
  assert.equal(await worker.partialWork({ stage: "two", round: 1 }), undefined);
  assert.deepEqual(await worker.granted({ stage: "two", round: 2 }), scopeOf(["src/"]));
  assert.equal(
    [...Deno.readDirSync(repository.home)].filter(({ name }) => name.startsWith("stage-")).length,
    1,
  );
  await worker.takeBack({ stage: "two", round: 2 });
  assert.equal(await Deno.readTextFile(join(repository.root, "src/one.txt")), "second");
});

Deno.test("a crash while the next worker's scope is kept leaves that of the last one", async () => {
  await using repository = await makeRepository();
  const { worker, write, keep, store } = keeper(repository);
  await keep("one", 1);
  await write("half");
  store.fails = true;
  await assert.rejects(keep("two", 1), /killed/);
  await worker.check();
  await worker.takeBack({ stage: "one", round: 1 });
  assert.equal(await Deno.readTextFile(join(repository.root, "src/one.txt")), "one\n");
});

interface Keeper {
  readonly worker: WorkerScope;
  readonly store: ReturnType<typeof memoryStore>;
  readonly write: (text: string) => Promise<void>;
  readonly keep: (stage: string, round: number) => Promise<void>;
}

function keeper({ root, home, env, write }: TestRepository): Keeper {
  const store = memoryStore();
  const place = { kept: home, repository: root, walker: WALKER, environment: env };
  const worker = new WorkerScope(new KeptDocuments(store), place);
  return {
    worker,
    store,
    write: (text) => write("src/one.txt", text),
    keep: (stage, round) => worker.keep({ scope: scopeOf(["src/"]), ignoredWrites: [] }, { stage, round }),
  };
}
