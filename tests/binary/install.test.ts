import assert from "node:assert/strict";
import * as path from "node:path";
import { releaseName } from "../../scripts/compile_targets.ts";
import { SKILL_TEXT } from "../../lib/cli/skill_text.ts";
import { VERSION } from "../../lib/cli/version.ts";
import { listFiles, PREDECESSOR_FILES, writeFiles } from "../helpers/home_folder.ts";
import {
  DOWNLOADERS,
  fakeProgram,
  INSTALLER_TEXT,
  type InstallWorld,
  makeInstallWorld,
  SHELLS,
} from "../helpers/installing.ts";
import { programCommand } from "../helpers/program.ts";
import { releaseFile } from "../helpers/release_server.ts";
import { findPython, findTool } from "../helpers/tool_folder.ts";

const DRIVEN = [...SHELLS.keys()];
console.error(
  `install.sh is driven in ${DRIVEN.join(", ")}; with ${DOWNLOADERS.join(", ") || "a stand-in for curl"}`,
);

Deno.test("install.sh is driven in the shells that every machine has, at least", () => {
  assert.ok(DRIVEN.includes("sh") && DRIVEN.includes("bash"), DRIVEN.join(", "));
});

/** A test in each of the shells. */
function inEachShell(name: string, test: (world: InstallWorld, shell: string) => Promise<void>): void {
  for (const shell of DRIVEN) {
    Deno.test(`${shell}: ${name}`, async () => {
      await using world = await makeInstallWorld();
      await test(world, shell);
    });
  }
}

inEachShell(
  "a fresh install from a pipe brings the latest version and its skill, and says what is missing",
  async (world, shell) => {
    world.releases.publish("1.2.3", fakeProgram("1.2.3"));
    const { code, stdout, stderr } = await world.install(shell);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(
      stdout,
      /^Downloading .*\ncodex-dispatch 1\.2\.3 is installed: .*\/the home\/\.local\/bin\/codex-dispatch$/m,
    );
    assert.match(stdout, /^The skill for Claude Code is installed: .*SKILL\.md$/m);
    assert.match(stdout, /^Missing: the Codex CLI\. Install it: npm install -g @openai\/codex$/m);
    assert.match(stdout, /^Missing on PATH: .*\/the home\/\.local\/bin\. Add it: export PATH=/m);
    assert.doesNotMatch(stdout, /Missing: git/);
    assert.deepEqual(world.releases.requests, [
      "/latest/download/checksums.txt",
      `/latest/download/${releaseFile()}`,
    ]);
    await assertInstalled(world, "1.2.3");
    assert.deepEqual(await world.calls(), ["--version", "skill install"]);
  },
);

inEachShell(
  "an upgrade replaces the program, the same version is not downloaded again",
  async (world, shell) => {
    world.releases.publish("1.0.0", fakeProgram("1.0.0"));
    assert.equal((await world.install(shell, [], { asFile: true })).code, 0);
    world.releases.publish("2.0.0", fakeProgram("2.0.0"));
    assert.match(
      (await world.install(shell, [], { asFile: true })).stdout,
      /codex-dispatch 2\.0\.0 is installed:/,
    );
    await assertInstalled(world, "2.0.0");
    const before = world.releases.requests.length;
    const again = await world.install(shell, [], { asFile: true });
    assert.equal(again.code, 0);
    assert.match(again.stdout, /^codex-dispatch is installed already, and is the one of this release: /);
    assert.deepEqual(world.releases.requests.slice(before), ["/latest/download/checksums.txt"]);
    assert.equal((await world.calls()).filter((call) => call === "skill install").length, 3);
  },
);

inEachShell("--version takes that version, up or down, with or without a v", async (world, shell) => {
  world.releases.publish("1.0.0", fakeProgram("1.0.0"), { latest: false });
  world.releases.publish("2.0.0", fakeProgram("2.0.0"));
  for (const args of [["--version", "1.0.0"], ["--version=v1.0.0"]]) {
    assert.equal((await world.install(shell, [])).code, 0);
    await assertInstalled(world, "2.0.0");
    assert.equal((await world.install(shell, args)).code, 0);
    await assertInstalled(world, "1.0.0");
  }
});

/** What goes wrong with a download, and what is said of it. */
const DAMAGED: readonly {
  readonly what: string;
  readonly damage: (world: InstallWorld, at: string) => void;
  readonly says: RegExp;
}[] = [
  {
    what: "a wrong checksum",
    damage: ({ releases }, at) => releases.answers.set(`${at}/${releaseFile()}`, fakeProgram("6.6.6")),
    says: /The SHA-256 of ".*" is [0-9a-f]{64}, and checksums\.txt says [0-9a-f]{64}.*Nothing was installed/,
  },
  {
    what: "a file that is cut short",
    damage: ({ releases }, at) =>
      releases.answers.set(`${at}/${releaseFile()}`, fakeProgram("2.0.0").slice(0, -40)),
    says: /The SHA-256 of .*Nothing was installed/,
  },
  {
    what: "a connection that breaks off",
    damage: ({ releases }, at) =>
      releases.answers.set(`${at}/${releaseFile()}`, { brokenAfter: fakeProgram("2.0.0").slice(0, 20) }),
    says: /The program cannot be downloaded from "http.*Nothing was installed/,
  },
  {
    what: "a program that is not there",
    damage: ({ releases }, at) => releases.answers.delete(`${at}/${releaseFile()}`),
    says: /The program cannot be downloaded from "http.*Nothing was installed/,
  },
  {
    what: "a release that is not there",
    damage: ({ releases }) => releases.answers.clear(),
    says: /The checksums cannot be downloaded from "http.*Is there a release of that version/,
  },
  {
    what: "a server that fails",
    damage: ({ releases }, at) => releases.answers.set(`${at}/checksums.txt`, { status: 500 }),
    says: /The checksums cannot be downloaded/,
  },
  {
    what: "checksums that do not name the program",
    damage: ({ releases }, at) => releases.answers.set(`${at}/checksums.txt`, `${"0".repeat(64)}  another\n`),
    says: /The release has no program for [a-z0-9_-]+: /,
  },
  {
    what: "checksums that are a web page",
    damage: ({ releases }, at) => releases.answers.set(`${at}/checksums.txt`, `<html> ${releaseFile()}\n`),
    says: /has no SHA-256 for ".*" but "<html>"/,
  },
  {
    what: "a program that does not start",
    damage: ({ releases }) => releases.publish("2.0.0", "#!/bin/sh\nexit 1\n"),
    says: /The program for [a-z0-9_-]+ does not start on this machine\. Nothing was installed/,
  },
];

for (const { what, damage, says } of DAMAGED) {
  inEachShell(`${what} leaves the old program as it was, and nothing of the new`, async (world, shell) => {
    world.releases.publish("1.0.0", fakeProgram("1.0.0"));
    assert.equal((await world.install(shell)).code, 0);
    const [files, calls] = [await listFiles(world.home), await world.calls()];
    world.releases.publish("2.0.0", fakeProgram("2.0.0"));
    damage(world, "/latest/download");
    const { code, stderr } = await world.install(shell);
    assert.equal(code, 1);
    assert.match(stderr, says);
    await assertInstalled(world, "1.0.0");
    assert.deepEqual(await listFiles(world.home), files);
    assert.deepEqual(await world.calls(), calls, "what was not verified is not started");
  });
}

inEachShell("a script that is cut short runs nothing, wherever it is cut", async (world, shell) => {
  world.releases.publish("1.0.0", fakeProgram("1.0.0"));
  const whole = INSTALLER_TEXT.trimEnd();
  const last = whole.lastIndexOf("\n") + 1;
  const cuts = new Set<number>();
  for (let at = last - 20; at < whole.length; at++) cuts.add(at);
  for (let at = 1; at < whole.length; at += 97) cuts.add(at);
  // Where a function, a condition or a case ends, a shell could take the part for the whole.
  for (const { index } of whole.matchAll(/\n(?=\n|\}| {2}(?:fi|esac|done)\n)/g)) cuts.add(index + 1);
  for (const at of cuts) await world.install(shell, [], { script: whole.slice(0, at) });
  assert.ok(cuts.size > 150, String(cuts.size));
  assert.deepEqual([world.releases.requests, await listFiles(world.home)], [[], []]);
  assert.equal((await world.install(shell, [], { script: whole })).code, 0, "not cut, it installs");
});

inEachShell("a folder that cannot be written to is named, with the remedy", async (world, shell) => {
  world.releases.publish("1.0.0", fakeProgram("1.0.0"));
  await Deno.writeTextFile(path.join(world.home, "file"), "");
  world.env["CODEX_DISPATCH_INSTALL_DIR"] = path.join(world.home, "file", "bin");
  const inFile = await world.install(shell);
  assert.equal(inFile.code, 1);
  assert.match(inFile.stderr, /The folder ".*\/file\/bin" cannot be made\. Set CODEX_DISPATCH_INSTALL_DIR/);

  const shut = path.join(world.home, "shut");
  await Deno.mkdir(shut, { mode: 0o555 });
  world.env["CODEX_DISPATCH_INSTALL_DIR"] = shut;
  // Nothing is shut to root: somebody else has to try.
  const before = Deno.uid() === 0
    ? [findTool("setpriv") ?? "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    : [];
  await Deno.chmod(path.dirname(world.home), 0o755);
  const { code, stderr } = await world.install(shell, [], { before });
  assert.equal(code, 1);
  assert.match(stderr, /The folder ".*\/shut" cannot be written to\. Set CODEX_DISPATCH_INSTALL_DIR/);
  assert.deepEqual([world.releases.requests, await listFiles(world.home)], [[], ["file"]]);
});

inEachShell(
  "CODEX_DISPATCH_INSTALL_DIR moves the program; a relative one counts from the current folder",
  async (world, shell) => {
    world.releases.publish("1.0.0", fakeProgram("1.0.0"));
    world.env["CODEX_DISPATCH_INSTALL_DIR"] = "own bin/";
    world.env["PATH"] = `${world.tools}:${world.home}/own bin`;
    const { code, stdout } = await world.install(shell, ["--no-skill"]);
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /Missing on PATH|skill/);
    assert.deepEqual(await world.calls(), ["--version"]);
    assert.deepEqual(await listFiles(world.home), ["calls", "own bin/codex-dispatch"]);
  },
);

inEachShell("another codex-dispatch that stands before it on PATH is told", async (world, shell) => {
  world.releases.publish("1.0.0", fakeProgram("1.0.0"));
  await Deno.writeTextFile(path.join(world.tools, "codex-dispatch"), "#!/bin/sh\n", { mode: 0o755 });
  world.env["PATH"] = `${world.tools}:${path.dirname(world.program)}`;
  const { stdout } = await world.install(shell);
  assert.match(stdout, /Before it on PATH stands ".*\/tools\/codex-dispatch"/);
});

inEachShell(
  "uninstall takes away the program and has it take away its skill, and nothing else",
  async (world, shell) => {
    assert.match((await world.install(shell, ["--uninstall"])).stdout, /codex-dispatch is not installed in /);
    world.releases.publish("1.0.0", fakeProgram("1.0.0"));
    await world.install(shell, ["--no-skill"]);
    await Deno.writeTextFile(path.join(path.dirname(world.program), "other"), "");
    const { code, stdout } = await world.install(shell, ["--uninstall"]);
    assert.equal(code, 0);
    assert.match(stdout, /codex-dispatch is removed from/);
    assert.deepEqual(await listFiles(world.home), [".local/bin/other", "calls"]);
    assert.deepEqual(await world.calls(), ["--version", "skill uninstall"]);
  },
);

/** | arguments | what is said of them | */
const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [["--verison", "1.0.0"], /"--verison" is no option of install\.sh/],
  [["--version"], /--version needs a version/],
  [["--version", "../../x"], /--version is "\.\.\/\.\.\/x"/],
  [["--version="], /--version is ""/],
];

inEachShell(
  "wrong arguments are refused before anything is asked for; --help says what there is",
  async (world, shell) => {
    for (const [args, says] of WRONG) {
      const { code, stderr } = await world.install(shell, args);
      assert.equal(code, 1);
      assert.match(stderr, says);
    }
    const { code, stdout } = await world.install(shell, ["--help"]);
    assert.equal(code, 0);
    for (const option of ["--version", "--no-skill", "--uninstall", "CODEX_DISPATCH_RELEASES"]) {
      assert.ok(stdout.includes(option));
    }
    assert.deepEqual(world.releases.requests, []);
  },
);

inEachShell(
  "a link in the program's place is replaced and not followed; a folder in its place is told",
  async (world, shell) => {
    world.releases.publish("1.0.0", fakeProgram("1.0.0"));
    const elsewhere = path.join(world.home, "elsewhere");
    await Deno.writeTextFile(elsewhere, "mine");
    await Deno.mkdir(path.dirname(world.program), { recursive: true });
    await Deno.symlink(elsewhere, world.program);
    assert.equal((await world.install(shell)).code, 0);
    assert.equal(await Deno.readTextFile(elsewhere), "mine");
    await assertInstalled(world, "1.0.0");
    await Deno.remove(world.program);
    await Deno.mkdir(world.program);
    const { code, stderr } = await world.install(shell);
    assert.equal(code, 1);
    assert.match(stderr, /codex-dispatch" is a folder\. Remove it/);
  },
);

inEachShell(
  "a skill that cannot be written leaves the program installed, and the exit status tells",
  async (world, shell) => {
    const program = fakeProgram("1.0.0").replace("skill) ", "skill) echo no room >&2; exit 2; ");
    world.releases.publish("1.0.0", program);
    const { code, stderr } = await world.install(shell);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^no room\n.*is installed, its skill for Claude Code is not.*codex-dispatch skill install/,
    );
    await assertInstalled(world, "1.0.0", program);
  },
);

for (const downloader of DOWNLOADERS) {
  for (const shell of DRIVEN) {
    Deno.test(`${shell}: ${downloader} alone is enough`, async () => {
      await using world = await makeInstallWorld(downloader);
      world.releases.publish("1.0.0", fakeProgram("1.0.0"));
      const { code, stderr } = await world.install(shell);
      assert.deepEqual([code, stderr], [0, ""]);
      await assertInstalled(world, "1.0.0");
    });
  }
}

/** The machines: what uname says of them, and the program that they get, or why there is none. */
const MACHINES: readonly {
  readonly system: string;
  readonly machine: string;
  readonly more?: Readonly<Record<string, string>>;
  readonly file?: string;
  readonly says?: RegExp;
}[] = [
  { system: "Linux", machine: "x86_64", file: "codex-dispatch-x86_64-unknown-linux-gnu" },
  { system: "Linux", machine: "aarch64", file: "codex-dispatch-aarch64-unknown-linux-gnu" },
  { system: "Darwin", machine: "arm64", file: "codex-dispatch-aarch64-apple-darwin" },
  {
    system: "Darwin",
    machine: "x86_64",
    more: { sysctl: "echo 0" },
    file: "codex-dispatch-x86_64-apple-darwin",
  },
  {
    system: "Darwin",
    machine: "x86_64",
    more: { sysctl: "echo 1" },
    file: "codex-dispatch-aarch64-apple-darwin",
  },
  { system: "MINGW64_NT-10.0-22631", machine: "x86_64", file: "codex-dispatch-x86_64-pc-windows-msvc.exe" },
  { system: "MSYS_NT-10.0", machine: "aarch64", file: "codex-dispatch-x86_64-pc-windows-msvc.exe" },
  {
    system: "Linux",
    machine: "x86_64",
    more: { ldd: "echo 'musl libc (x86_64)' >&2; exit 1" },
    says: /This system uses musl .*Deno, which has no target for musl/,
  },
  { system: "Linux", machine: "riscv64", says: /a machine of the kind "riscv64"/ },
  { system: "FreeBSD", machine: "amd64", says: /There is no codex-dispatch for "FreeBSD"/ },
];

for (const shell of DRIVEN.filter((name) => name !== "busybox sh")) {
  for (const { system, machine, more = {}, file, says } of MACHINES) {
    Deno.test(`${shell}: ${system} on ${machine} ${Object.keys(more).join()} gets ${file ?? "a word why not"}`, async () => {
      await using world = await makeInstallWorld();
      for (
        const [name, text] of Object.entries({
          uname: `[ "$1" = -s ] && echo ${system} || echo ${machine}`,
          ldd: "echo glibc",
          ...more,
        })
      ) {
        await Deno.remove(path.join(world.tools, name)).catch(() => {});
        await Deno.writeTextFile(path.join(world.tools, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      }
      if (file !== undefined) world.releases.publish("1.0.0", fakeProgram("1.0.0"), { file });
      const { code, stderr } = await world.install(shell);
      assert.equal(code, file === undefined ? 1 : 0, stderr);
      if (says) assert.match(stderr, says);
      const program = `.local/bin/codex-dispatch${file?.endsWith(".exe") ? ".exe" : ""}`;
      assert.deepEqual(await listFiles(world.home), file === undefined ? [] : [program, "calls"]);
    });
  }
}

/** | tools that are there | how it goes | */
const VERIFIERS: readonly (readonly [readonly string[], number])[] = [
  [["sha256sum"], 0],
  [["shasum"], 0],
  [["openssl"], 0],
  [[], 1],
];

for (const shell of DRIVEN.filter((name) => name !== "busybox sh")) {
  Deno.test(`${shell}: any of sha256sum, shasum and openssl verifies; without them nothing is installed`, async () => {
    for (const [tools, expected] of VERIFIERS) {
      await using world = await makeInstallWorld();
      for (const name of ["sha256sum", "shasum", "openssl"]) {
        await Deno.remove(path.join(world.tools, name)).catch(() => {});
      }
      for (const name of tools) {
        // The form of what each prints is tested here; the machine's own tools are used everywhere else.
        await writeDigestTool(world.tools, name);
      }
      world.releases.publish("1.0.0", fakeProgram("1.0.0"));
      const { code, stderr } = await world.install(shell);
      assert.equal(code, expected, stderr);
      if (expected === 1) assert.match(stderr, /no sha256sum, shasum or openssl/);
    }
  });
}

Deno.test("the program itself is installed over claude-codex-dispatch, whose path goes on working, and is taken away", async () => {
  for (const shell of DRIVEN) {
    await using world = await makeInstallWorld();
    const { command, variables } = await programCommand();
    const binary = Deno.env.get("CODEX_DISPATCH_BINARY");
    Object.assign(world.env, variables);
    const script = `#!/bin/sh\nexec ${command.map((part) => `'${part}'`).join(" ")} "$@"\n`;
    world.releases.publish(VERSION, binary ? await Deno.readFile(binary) : script);
    const skills = path.join(world.home, ".claude", "skills");
    await writeFiles(path.join(skills, "claude-codex-dispatch"), PREDECESSOR_FILES);

    const installed = await world.install(shell);
    assert.equal(installed.code, 0, installed.stderr);
    assert.match(installed.stdout, new RegExp(`codex-dispatch ${VERSION} is installed`));
    assert.match(installed.stderr, /claude-codex-dispatch at ".*" was moved to ".*backup-/);
    assert.equal(await Deno.readTextFile(path.join(skills, "codex-dispatch", "SKILL.md")), SKILL_TEXT);
    assert.equal((await listFiles(skills)).filter((file) => file.endsWith("SKILL.md")).length, 1);
    const old = path.join(skills, "claude-codex-dispatch", "bin", "codex-dispatch");
    const { stdout } = await new Deno.Command(old, { args: ["--version"], env: world.env, clearEnv: true })
      .output();
    assert.equal(new TextDecoder().decode(stdout), `${VERSION}\n`);

    assert.equal((await world.install(shell)).stderr, "", "the second time nothing is moved");
    const removed = await world.install(shell, ["--uninstall"]);
    assert.equal(removed.code, 0, removed.stderr);
    assert.deepEqual([await listFiles(skills), await listFiles(path.dirname(world.program))], [[], []]);
  }
});

Deno.test("install.ps1 knows the same release, the same variables and the same folder, and calls itself on its last line alone", async () => {
  const text = await Deno.readTextFile(new URL("../../install.ps1", import.meta.url));
  for (
    const shared of [
      releaseName("x86_64-pc-windows-msvc"),
      "https://github.com/fredchu/claude-codex-dispatch/releases",
      "CODEX_DISPATCH_INSTALL_DIR",
      "CODEX_DISPATCH_RELEASES",
      "skill install",
      "skill uninstall",
      "npm install -g @openai/codex",
    ]
  ) {
    assert.ok(text.includes(shared), shared);
    assert.ok(INSTALLER_TEXT.includes(shared) || shared.endsWith(".exe"), shared);
  }
  const lines = text.trimEnd().split("\n");
  // The braces make a line that was cut short no line at all.
  assert.match(lines.pop() ?? "", /^if \(\$true\) \{ Install-CodexDispatch .+ \}$/);
  // Outside of the functions there is nothing else.
  const outside = lines.filter((line) => !/^( |#|$|param\(.+\)$|function [A-Za-z-]+ \{$|\}$)/.test(line));
  assert.deepEqual(outside, []);
});

/** Each prints the digest of its standard input in its own form. */
const DIGESTS: Readonly<Record<string, string>> = {
  sha256sum: 'print(digest + "  -")',
  shasum: 'assert sys.argv[1:] == ["-a", "256"]; print(digest + "  -")',
  openssl: 'assert sys.argv[1:] == ["dgst", "-sha256", "-r"]; print(digest + " *stdin")',
};

async function writeDigestTool(folder: string, name: string): Promise<void> {
  const text = `#!${await findPython()}
import hashlib, sys
digest = hashlib.sha256(sys.stdin.buffer.read()).hexdigest()
${DIGESTS[name]}
`;
  await Deno.writeTextFile(path.join(folder, name), text, { mode: 0o755 });
}

async function assertInstalled(
  world: InstallWorld,
  version: string,
  text = fakeProgram(version),
): Promise<void> {
  assert.equal(await Deno.readTextFile(world.program), text);
  assert.equal((Deno.lstatSync(world.program).mode ?? 0) & 0o777, 0o755);
  const beside = await listFiles(path.dirname(world.program));
  assert.deepEqual(beside, ["codex-dispatch"]);
}
