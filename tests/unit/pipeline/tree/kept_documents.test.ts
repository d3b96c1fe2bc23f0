import assert from "node:assert/strict";
import { KeptDocuments, type KeptStart } from "../../../../lib/pipeline/tree/kept_documents.ts";
import type { RememberedTree } from "../../../../lib/pipeline/tree/work_tree.ts";
import { scopeOf } from "../../evidence/observing.ts";
import { memoryStore } from "./memory_store.ts";

Deno.test("what is kept of a tree at the start is what another process reads, whatever its names are", async () => {
  const store = memoryStore();
  const documents = new KeptDocuments(store);
  assert.equal(await documents.isWhole(), false);
  const before: RememberedTree = {
    index: new Map([["l\udce9g", { tag: "H", mode: "100644", object: "0" }]]),
    ignoreRules: {
      inTree: new Map([["a/.gitignore", "*.log\n"]]),
      infoExclude: "x",
      globalExcludes: "",
      ignoreCase: true,
    },
  };
  const start: KeptStart = {
    before,
    scope: scopeOf(["src/", "!src/own", "**/*.md"]),
    kept: { entries: [{ path: "pipe", kind: "pipe", mode: 0o644 }], copy: [] },
    carried: [{ path: "deps\udcff", kind: "file", mode: 0o755, digest: "1" }],
    instructions: [{ path: "CLAUDE.md", kind: "link", mode: 0o777, target: "AGENTS.md" }],
  };
  await documents.keepStart(start);
  await documents.keepRounds(new Map([["a", "one"], ["A", "two"]]));
  assert.equal(await documents.isWhole(), false);
  await documents.keepIdentity({ paths: [], index: "", repositories: [], globals: [] });
  const again = new KeptDocuments(store);
  assert.equal(await again.isWhole(), true);
  assert.deepEqual(await again.start(), start);
  assert.deepEqual([...await again.rounds()], [["a", "one"], ["A", "two"]]);
});
