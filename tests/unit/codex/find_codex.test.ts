import assert from "node:assert/strict";
import { withFolder } from "../../helpers/with_folder.ts";
import * as path from "node:path";
import { findCodex, targetOf } from "../../../lib/codex/find_codex.ts";
import { DispatchError } from "../../../lib/base/errors.ts";

async function program(file: string, mode = 0o755): Promise<string> {
  await Deno.mkdir(path.dirname(file), { recursive: true });
  await Deno.writeTextFile(file, "#!/bin/sh\n", { mode });
  return file;
}

Deno.test("codex is taken from PATH, and only from absolute folders of it", () =>
  withFolder(async (folder) => {
    await program(`${folder}/relative/codex`);
    await program(`${folder}/plain/codex`, 0o644);
    const right = await program(`${folder}/right/codex`);
    const found = await findCodex({
      given: undefined,
      environment: { PATH: `relative::${folder}/none:${folder}/plain:${folder}/right` },
    });
    assert.deepEqual(found, { path: right, env: {} });
  }));

Deno.test("a codex that is named is taken, by path or by a name on PATH", () =>
  withFolder(async (folder) => {
    const mine = await program(`${folder}/bin/my-codex`);
    const environment = { PATH: `${folder}/bin` };
    assert.equal((await findCodex({ given: mine, environment })).path, mine);
    assert.equal((await findCodex({ given: "my-codex", environment })).path, mine);
  }));

for (const given of [undefined, "/nowhere/codex", "no-such-codex"]) {
  Deno.test(`without a codex (${given ?? "PATH"}) the run is refused with the remedy`, async () => {
    await assert.rejects(findCodex({ given, environment: { PATH: "/nowhere" } }), (error) => {
      assert.ok(error instanceof DispatchError);
      assert.equal(error.exit, 2);
      assert.match(
        error.message,
        given === undefined ? /npm install -g @openai\/codex/ : /--codex or CODEX_DISPATCH_CODEX/,
      );
      return true;
    });
  });
}

for (const layout of ["nested", "beside"] as const) {
  Deno.test(`behind the npm wrapper the native binary is taken (package ${layout})`, () =>
    withFolder(async (folder) => {
      const { triple, platform } = targetOf(Deno.build);
      const modules = `${folder}/lib/node_modules/@openai`;
      const script = await program(`${modules}/codex/bin/codex.js`);
      await Deno.mkdir(`${folder}/bin`);
      await Deno.symlink(script, `${folder}/bin/codex`);
      const environment = { PATH: `${folder}/bin` };
      assert.equal((await findCodex({ given: undefined, environment })).path, `${folder}/bin/codex`);
      const where = layout === "nested" ? `${modules}/codex/node_modules/@openai` : modules;
      const binary = await program(`${where}/${platform}/vendor/${triple}/bin/codex`);
      assert.deepEqual(await findCodex({ given: undefined, environment }), {
        path: binary,
        env: { CODEX_MANAGED_BY_NPM: "1", CODEX_MANAGED_PACKAGE_ROOT: `${modules}/codex` },
      });
    }));
}

Deno.test("the platform packages are named as on npm", () => {
  assert.deepEqual(targetOf({ os: "linux", arch: "x86_64" }), {
    triple: "x86_64-unknown-linux-musl",
    platform: "codex-linux-x64",
  });
  assert.deepEqual(targetOf({ os: "darwin", arch: "aarch64" }), {
    triple: "aarch64-apple-darwin",
    platform: "codex-darwin-arm64",
  });
  assert.deepEqual(targetOf({ os: "windows", arch: "x86_64" }), {
    triple: "x86_64-pc-windows-msvc",
    platform: "codex-win32-x64",
  });
  assert.equal(targetOf({ os: "freebsd", arch: "x86_64" }).triple, undefined);
});
