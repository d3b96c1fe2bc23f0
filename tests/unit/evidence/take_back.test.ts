import assert from "node:assert/strict";
import { join } from "node:path";
import { isRepository } from "../../../lib/evidence/entry_lookups.ts";
import { takeBack } from "../../../lib/evidence/take_back.ts";
import { bestWalker } from "../../../lib/evidence/walker.ts";
import { makeRepository } from "../../helpers/repository.ts";
import { shellQuoted } from "../../../lib/base/shell_quoted.ts";
import { Observation, shell } from "./observing.ts";

const WORK = [
  "echo 2 > src/one.txt",
  "rm README.md; mkdir README.md; echo in > README.md/in",
  "rm gone",
  "rm -r folder; echo now a file > folder",
  "ln -sfn elsewhere link",
].join("; ");

/** What a git that gives up half way has done by then. */
const HALVES: readonly string[] = [
  "rm src/one.txt",
  "echo one > src/one.txt; chmod +x src/one.txt",
  "rm -r README.md; echo half > README.md",
  "echo back > gone",
  "rm folder; mkdir folder; echo a > folder/a",
  "rm link; mkdir link",
  ":",
];

for (const half of HALVES) {
  Deno.test(`a git that gives up half way leaves nothing half done: ${half}`, async () => {
    await using repository = await makeRepository({
      "README.md": "r\n",
      "src/one.txt": "one\n",
      gone: "g\n",
    });
    await shell(
      repository,
      "ln -s there link; mkdir folder; echo a > folder/a; git add .; git commit -qm more",
    );
    await using observation = await Observation.of(repository, () => shell(repository, WORK));
    const { bytes, reversal } = await observation.patch();
    const tools = join(repository.home, "tools");
    await Deno.mkdir(tools);
    const stub = `#!/bin/sh\ncd ${shellQuoted(repository.root)}; ${half}\necho "no space left" >&2; exit 1\n`;
    await Deno.writeTextFile(join(tools, "git"), stub, { mode: 0o755 });
    const look = async (): Promise<string[]> => {
      const entries = await bestWalker().walk(repository.root, isRepository);
      return await Promise.all([...entries].map(async ([path, { kind, mode, target }]) => {
        const content = kind === "file" ? await Deno.readTextFile(join(repository.root, path)) : target;
        return `${path} ${kind} ${kind === "link" ? "" : mode} ${content}`;
      }));
    };
    const before = (await look()).sort();
    const failure = await takeBack(bytes, {
      repository: repository.root,
      reversal,
      entries: await bestWalker().walk(repository.root, isRepository),
      state: repository.home,
      environment: { ...repository.env, PATH: `${tools}:${repository.env["PATH"]}` },
    });
    assert.equal(failure, "The patch cannot be taken back: no space left. Nothing was changed.");
    assert.deepEqual((await look()).sort(), before);
  });
}
