import assert from "node:assert/strict";
import * as path from "node:path";
import { HELP_TEXT } from "../../lib/cli/help_text.ts";
import { SKILL_TEXT } from "../../lib/cli/skill_text.ts";
import { listFiles, makeHome, PREDECESSOR_FILES, writeFiles } from "../helpers/home_folder.ts";
import { runProgram } from "../helpers/program.ts";

Deno.test("skill install writes the skill below HOME, says where, and does nothing the second time", async () => {
  await using home = await makeHome();
  const file = path.join(home.skills, "codex-dispatch", "SKILL.md");
  for (let round = 0; round < 2; round++) {
    assert.deepEqual(await home.run("skill", "install"), { code: 0, stdout: `${file}\n`, stderr: "" });
    assert.equal(await Deno.readTextFile(file), SKILL_TEXT);
  }
  assert.deepEqual(await listFiles(home.skills), ["codex-dispatch/.installed", "codex-dispatch/SKILL.md"]);
});

Deno.test("CLAUDE_SKILLS_DIR moves the skills, a relative one from the current folder", async () => {
  await using home = await makeHome();
  const env = { ...home.env, CLAUDE_SKILLS_DIR: "own skills" };
  const { code, stdout } = await runProgram(["skill", "install"], { env, cwd: home.root });
  assert.deepEqual([code, stdout], [
    0,
    `${path.join(home.root, "own skills", "codex-dispatch", "SKILL.md")}\n`,
  ]);
  assert.deepEqual(await listFiles(home.skills), []);
});

Deno.test("an earlier version's skill is replaced; one that was edited is kept beside", async () => {
  await using home = await makeHome();
  const earlier = "---\nname: codex-dispatch\ndescription: Earlier.\n---\n";
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(earlier)))
    .toHex();
  await writeFiles(path.join(home.skills, "codex-dispatch"), {
    "SKILL.md": earlier,
    ".installed": `${digest}\n`,
  });
  assert.equal((await home.run("skill", "install")).stderr, "");
  assert.equal((await listFiles(home.skills)).length, 2);

  await writeFiles(path.join(home.skills, "codex-dispatch"), { "SKILL.md": `${SKILL_TEXT}\nMine.\n` });
  const { stderr } = await home.run("skill", "install");
  assert.match(stderr, /was edited\. It is kept as ".*SKILL\.md\.\d{4}-/);
  const kept = (await listFiles(home.skills)).find((name) => /SKILL\.md\./.test(name)) ?? "";
  assert.match(await Deno.readTextFile(path.join(home.skills, kept)), /\nMine\.\n$/);
  assert.equal(await Deno.readTextFile(path.join(home.skills, "codex-dispatch/SKILL.md")), SKILL_TEXT);
});

for (const folder of ["claude-codex-dispatch", "codex-dispatch"]) {
  Deno.test(`claude-codex-dispatch in "${folder}" is moved aside whole, and its paths go on working`, async () => {
    await using home = await makeHome();
    await writeFiles(path.join(home.skills, folder), PREDECESSOR_FILES);
    const { code, stderr } = await home.run("skill", "install");
    assert.equal(code, 0, stderr);
    const [, backup = ""] = /was moved to "([^"]+)"/.exec(stderr) ?? [];
    assert.equal(path.dirname(backup), path.dirname(home.skills), "Claude Code must not read it");
    for (const [name, text] of Object.entries(PREDECESSOR_FILES)) {
      assert.equal(await Deno.readTextFile(path.join(backup, name)), text);
    }
    assert.deepEqual((await listFiles(home.skills)).filter((name) => name.endsWith("SKILL.md")), [
      "codex-dispatch/SKILL.md",
    ]);

    const old = path.join(home.skills, folder);
    for (
      const command of [
        [path.join(old, "bin", "codex-dispatch")],
        ["python3", path.join(old, "scripts", "codex_dispatch_role.py")],
      ]
    ) {
      const { stdout } = await new Deno.Command(command[0] ?? "", {
        args: [...command.slice(1), "--help"],
        env: home.env,
        clearEnv: true,
      }).output();
      assert.equal(new TextDecoder().decode(stdout), HELP_TEXT);
    }
    const once = await listFiles(home.skills);
    assert.equal((await home.run("skill", "install")).stderr, "");
    assert.deepEqual(await listFiles(home.skills), once);
    assert.equal((await home.run("skill", "uninstall")).code, 0);
    assert.deepEqual(await listFiles(home.skills), []);
  });
}

Deno.test("a link to a clone of claude-codex-dispatch is moved, and the clone stays as it was", async () => {
  await using home = await makeHome();
  const clone = path.join(home.root, "clone");
  await writeFiles(clone, PREDECESSOR_FILES);
  await Deno.mkdir(home.skills, { recursive: true });
  await Deno.symlink(clone, path.join(home.skills, "claude-codex-dispatch"));
  assert.equal((await home.run("skill", "install")).code, 0);
  assert.deepEqual(await listFiles(clone), Object.keys(PREDECESSOR_FILES).toSorted());
  assert.equal(
    await Deno.readTextFile(path.join(clone, "bin/codex-dispatch")),
    PREDECESSOR_FILES["bin/codex-dispatch"],
  );
});

Deno.test("another skill of the name is not overruled", async () => {
  await using home = await makeHome();
  await writeFiles(path.join(home.skills, "my-dispatch"), {
    "SKILL.md": "---\r\nname: 'codex-dispatch'\r\n---\r\n",
  });
  const { code, stderr } = await home.run("skill", "install");
  assert.equal(code, 2);
  assert.match(stderr, /my-dispatch" is a skill of the name "codex-dispatch" too\. Remove it/);
  assert.deepEqual(await listFiles(home.skills), ["my-dispatch/SKILL.md"]);
});

Deno.test("a linked skill folder is left as it is, by install and by uninstall", async () => {
  await using home = await makeHome();
  await writeFiles(path.join(home.root, "repository"), {
    "SKILL.md": "---\nname: codex-dispatch\n---\nIn work.\n",
  });
  await Deno.mkdir(home.skills, { recursive: true });
  await Deno.symlink(path.join(home.root, "repository"), path.join(home.skills, "codex-dispatch"));
  assert.match((await home.run("skill", "install")).stderr, /is a symbolic link, and is left as it is/);
  assert.equal((await home.run("skill", "uninstall")).code, 0);
  assert.deepEqual(await listFiles(path.join(home.root, "repository")), ["SKILL.md"]);
});

Deno.test("uninstall keeps what was edited and what others put there, and needs nothing to be there", async () => {
  await using home = await makeHome();
  assert.equal((await home.run("skill", "uninstall")).code, 0);
  await home.run("skill", "install");
  await writeFiles(path.join(home.skills, "codex-dispatch"), { "SKILL.md": "edited", "notes.txt": "mine" });
  await writeFiles(path.join(home.skills, "other"), { "SKILL.md": "---\nname: other\n---\n" });
  const { code, stderr } = await home.run("skill", "uninstall");
  assert.equal(code, 0);
  assert.match(stderr, /was edited\. It is kept as/);
  const left = (await listFiles(home.skills)).map((name) => name.replace(/\d{4}-.*/, "TIME"));
  assert.deepEqual(left, [
    "codex-dispatch/SKILL.md.TIME",
    "codex-dispatch/notes.txt",
    "other/SKILL.md",
  ]);
});

Deno.test("where the skill cannot be written, the folder and the remedy are named", async () => {
  await using home = await makeHome();
  await Deno.mkdir(path.dirname(home.skills), { recursive: true });
  await Deno.writeTextFile(home.skills, "a file in its place");
  const { code, stderr } = await home.run("skill", "install");
  assert.equal(code, 2);
  assert.match(stderr, /cannot be written to "[^"]+\.claude\/skills".*CLAUDE_SKILLS_DIR/);
  await Deno.remove(home.skills);
  await Deno.mkdir(path.join(home.skills, "codex-dispatch", "SKILL.md"), { recursive: true });
  assert.match((await home.run("skill", "install")).stderr, /cannot be written to "[^"]+codex-dispatch"/);
  const homeless = await runProgram(["skill", "install"], { env: { PATH: home.env.PATH }, cwd: home.root });
  assert.deepEqual([homeless.code, homeless.stdout], [1, ""]);
  assert.match(homeless.stderr, /neither CLAUDE_SKILLS_DIR nor HOME is set/);
});

Deno.test("every command line in the skill and in the plugin's commands is one that the program has, with its flags", async () => {
  const plugin = ["dispatch", "pipeline"].map((name) =>
    new URL(`../../commands/${name}.md`, import.meta.url)
  );
  const texts = [SKILL_TEXT, ...await Promise.all(plugin.map((file) => Deno.readTextFile(file)))];
  const lines = texts.flatMap((
    text,
  ) => [...text.replaceAll(/\s*\n\s+/g, " ").matchAll(/codex-dispatch [^`\n]+/g)]);
  const commands = new Map<string, Set<string>>();
  for (const [line] of lines) {
    const path = /^codex-dispatch((?: [a-z]+){0,2})(?= |$)/.exec(line)?.[1]?.trim() ?? "";
    const flags = commands.get(path) ?? new Set();
    for (const [flag] of line.matchAll(/--[a-z-]+/g)) flags.add(flag);
    commands.set(path, flags);
  }
  assert.ok(commands.size > 8, [...commands.keys()].join(", "));
  for (const [path, flags] of commands) {
    const args = path.split(" ").filter((word) => word !== "");
    const { code, stdout } = await runProgram([...args, "--help"], { env: { HOME: "/" }, cwd: "/" });
    assert.equal(code, 0, path);
    assert.ok(stdout.startsWith(`Usage: ${["codex-dispatch", ...args].join(" ")} `), `${path}: ${stdout}`);
    for (const flag of flags) assert.ok(stdout.includes(flag), `${path} ${flag}`);
  }
});
