import assert from "node:assert/strict";
import { join } from "node:path";
import { type IndexRecord, renderIndex } from "../../../../lib/pipeline/tree/render_index.ts";
import { makeRepository } from "../../../helpers/repository.ts";

const BLOB = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
const PLAIN: IndexRecord = {
  path: "a",
  stage: 0,
  mode: "100644",
  object: BLOB,
  assumeUnchanged: false,
  skipWorktree: false,
  intentToAdd: false,
  stat: undefined,
};

Deno.test("git reads an index as it was written, names of every length modulo eight, stages and flags included", async () => {
  await using repository = await makeRepository({});
  await repository.git("hash-object", "-w", "--stdin");
  const records: IndexRecord[] = [
    PLAIN,
    ...Array.from({ length: 17 }, (_, i) => ({ ...PLAIN, path: `a${"b".repeat(i + 1)}`, mode: "100755" })),
    { ...PLAIN, path: "c", assumeUnchanged: true },
    ...[1, 2, 3].map((stage) => ({ ...PLAIN, path: "d", stage })),
    { ...PLAIN, path: "e", skipWorktree: true, mode: "120000" },
    { ...PLAIN, path: "f", intentToAdd: true },
    { ...PLAIN, path: "g", intentToAdd: true, skipWorktree: true, assumeUnchanged: true },
    { ...PLAIN, path: "h".repeat(5000), mode: "160000" },
    { ...PLAIN, path: "l\udce9" },
    { ...PLAIN, path: "ü" },
  ];
  await Deno.writeFile(join(repository.root, ".git/index"), renderIndex(records, { hash: "sha1" }));
  const listed = (await repository.git("ls-files", "-s", "-v", "-z")).split("\0").slice(0, -1);
  assert.deepEqual(
    listed,
    records.map((record) => {
      const tag = record.stage > 0 ? "M" : record.skipWorktree ? "S" : "H";
      const path = record.path === "l\udce9" ? "l\ufffd" : record.path;
      return `${
        record.assumeUnchanged ? tag.toLowerCase() : tag
      } ${record.mode} ${BLOB} ${record.stage}\t${path}`;
    }),
  );
  const flags = [...(await repository.git("ls-files", "--debug", "f", "g", "a")).matchAll(/flags: (\w+)/g)];
  assert.deepEqual(flags.map((match) => match[1]), ["0", "20004000", "6000c000"]);
  await repository.git("fsck", "--no-dangling", "--connectivity-only", "--cache");
});

Deno.test("an index without an entry, and one of SHA-256, are good ones", async () => {
  await using repository = await makeRepository({});
  const index = join(repository.root, ".git/index");
  await Deno.writeFile(index, renderIndex([], { hash: "sha1" }));
  assert.equal(await repository.git("status", "--short"), "");
  await Deno.remove(join(repository.root, ".git"), { recursive: true });
  await repository.git("init", "-q", "--object-format=sha256");
  for (const records of [[], [{ ...PLAIN, object: "0123456789abcdef".repeat(4) }]]) {
    await Deno.writeFile(index, renderIndex(records, { hash: "sha256" }));
    assert.equal((await repository.git("ls-files")).length, records.length);
  }
});

Deno.test("git goes by the numbers of an entry that has them, and reads the file of one that has none", async () => {
  await using repository = await makeRepository({ a: "1\n" });
  const object = await repository.git("rev-parse", "HEAD:a");
  await repository.write("a", "2\n");
  await new Deno.Command("touch", { args: ["-t", "202001010000", join(repository.root, "a")] }).output();
  const info = Deno.lstatSync(join(repository.root, "a"));
  const time = (date: Date | null): [number, number] => [Math.floor((date?.getTime() ?? 0) / 1000), 0];
  const stat = {
    ctime: time(info.ctime),
    mtime: time(info.mtime),
    device: info.dev % 2 ** 32,
    inode: (info.ino ?? 0) % 2 ** 32,
    uid: info.uid ?? 0,
    gid: info.gid ?? 0,
    size: info.size,
  };
  const index = join(repository.root, ".git/index");
  await Deno.writeFile(index, renderIndex([{ ...PLAIN, object, stat: undefined }], { hash: "sha1" }));
  assert.equal(await repository.git("status", "--short"), "M a");
  await Deno.writeFile(index, renderIndex([{ ...PLAIN, object, stat }], { hash: "sha1" }));
  assert.equal(await repository.git("status", "--short"), "");
});
