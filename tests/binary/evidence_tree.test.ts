import { testEvidence } from "../helpers/evidence_case.ts";
import type { PacketFields } from "../helpers/repository.ts";

const COMMITS: PacketFields = { more: "ALLOW COMMITS: true" };

testEvidence("the tree", [
  {
    what: "same size and times, restored",
    action: `cp -p README.md "$HOME/r"; sed -i s/A/B/ README.md; touch -r "$HOME/r" README.md`,
    found: ["out-of-scope README.md"],
  },
  {
    what: "the same with core.trustctime=false and checkStat=minimal of before",
    setup: "git config core.trustctime false; git config core.checkStat minimal; git status >/dev/null",
    action: `cp -p README.md "$HOME/r"; sed -i s/A/B/ README.md; touch -r "$HOME/r" README.md`,
    found: ["out-of-scope README.md"],
  },
  {
    what: "line ends alone, with text=auto and with autocrlf",
    setup: `echo '*.md text=auto' >.gitattributes; git add -A; git commit -qm a
      git config core.autocrlf true; rm docs/guide.md; git checkout -q docs/guide.md`,
    action: "sed -i 's/$/\\r/' README.md; sed -i 's/\\r$//' docs/guide.md",
    found: ["out-of-scope README.md", "out-of-scope docs/guide.md"],
  },
  {
    what: "a filter of before hides the edit from git",
    setup: `git config filter.same.clean 'git show HEAD:docs/guide.md'; git config filter.same.required true
      echo 'docs/* filter=same' >.git/info/attributes; git status >/dev/null`,
    action: "sed -i s/g/G/ docs/guide.md",
    found: ["out-of-scope docs/guide.md"],
  },
  {
    what: "modes, also those that git does not know, of files and folders",
    setup: "git config core.fileMode false",
    action: "chmod +x README.md; chmod 600 .gitignore; chmod 700 docs; chmod 700 src",
    found: ["out-of-scope .gitignore", "out-of-scope README.md", "out-of-scope docs/"],
  },
  {
    what: "an empty folder, a pipe, a socket, a link, and a pipe in a file's place",
    action: `mkdir -p docs/empty/deep; mkfifo docs/pipe; ln -s guide.md docs/link
      python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('docs/socket')" || mkfifo docs/socket
      rm README.md; mkfifo README.md`,
    found: [
      "out-of-scope README.md",
      "out-of-scope docs/empty/deep/",
      "out-of-scope docs/link",
      "out-of-scope docs/pipe",
      "out-of-scope docs/socket",
    ],
  },
  {
    what: "an empty folder goes",
    setup: "mkdir -p docs/empty",
    action: "rmdir docs/empty",
    found: ["out-of-scope docs/empty/"],
  },
  {
    what: "renames in and out",
    action: "git mv src/one.txt docs/one.txt; mv README.md src/README.md; mv docs/guide.md src/deep",
    found: [
      "out-of-scope README.md",
      "out-of-scope docs/guide.md",
      "out-of-scope docs/one.txt",
      "git-state docs/one.txt",
    ],
  },
  {
    what: "a hard link into the scope, written to",
    setup: "echo KEY=1 >.env",
    action: "ln docs/guide.md src/a; ln .env src/b; echo x >>src/a; echo x >>src/b",
    found: ["out-of-scope .env", "out-of-scope docs/guide.md"],
  },
  {
    what: "ignored files out of scope, new, changed and deleted",
    setup: "echo KEY=1 >.env; mkdir -p node_modules/six; echo 6 >node_modules/six/index.js",
    action: "echo x >note.log; echo x >.env; rm -rf node_modules; mkdir src/build; echo x >src/build/a.log",
    found: ["out-of-scope .env", "out-of-scope node_modules/six/index.js", "out-of-scope note.log"],
  },
  {
    what: "a folder of many is told as one",
    action: "mkdir -p docs/many; for i in $(seq 30); do echo $i >docs/many/$i; done",
    found: ["out-of-scope docs/many/"],
  },
  {
    what: "touched, copied over itself, undone, moved there and back",
    packet: { mode: "verifier" },
    action:
      `touch README.md docs docs/guide.md; cp -p README.md "$HOME/r"; echo x >>README.md; cat "$HOME/r" >README.md
      rm docs/guide.md; git checkout -q docs/guide.md; mv src s; mv s src; cp -a docs d; rm -rf docs; mv d docs`,
  },
  {
    what: "sparse checkout takes the rest away",
    action: "git sparse-checkout set src",
    found: [
      "out-of-scope docs/guide.md",
      "git-state .git/config",
      "git-state .git/config.worktree",
      "git-state .git/info/sparse-checkout",
      "git-state docs/guide.md",
    ],
  },
  {
    what: "a path that sparse checkout leaves out is written",
    setup: "git sparse-checkout set src",
    action: "mkdir -p docs; echo x >docs/guide.md",
    found: ["out-of-scope docs/guide.md"],
  },
  {
    what: "files that differ from their blobs by a filter or line ends are only touched",
    setup: `printf '*.rot filter=rot\\n*.big filter=lfs\\n*.md text\\n' >.gitattributes
      git config filter.rot.clean 'tr a-z n-za-m'; git config filter.rot.smudge 'tr a-z n-za-m'; echo hello >x.rot
      echo big >x.big; git config core.eol crlf; git add -A; git commit -qm a; rm README.md; git checkout -q README.md
      git config filter.lfs.clean no-such-program; git config filter.lfs.required true`,
    action: "touch x.rot x.big README.md; cp x.rot y; mv y x.rot; echo x >>src/one.txt",
  },
  {
    what: "a file behind a filter is changed, to the same size",
    setup: `echo '*.rot filter=rot' >.gitattributes; git config filter.rot.clean 'tr a-z n-za-m'
      git config filter.rot.smudge 'tr a-z n-za-m'; echo hello >x.rot; git add -A; git commit -qm a`,
    action: "echo jello >x.rot",
    found: ["out-of-scope x.rot"],
  },
]);

testEvidence("names", [
  {
    what: "of all kinds, out of scope",
    action: `printf x >"$(printf 'docs/\\377')"; printf x >"$(printf 'docs/a\\nb')"; printf x >'docs/ lead'
      printf x >'docs/x -> y'; printf x >"$(printf 'docs/a\\tb')"; printf x >docs/é; printf x >'docs/"q"'
      printf x >'docs/b\\s'; printf x >'docs/:(top)'; printf x >docs/-n; printf x >'docs/\\377'`,
    found: [
      "out-of-scope docs/ lead",
      'out-of-scope docs/"q"',
      "out-of-scope docs/-n",
      "out-of-scope docs/:(top)",
      "out-of-scope docs/\\377",
      "out-of-scope docs/a\tb",
      "out-of-scope docs/a\nb",
      "out-of-scope docs/b\\s",
      "out-of-scope docs/x -> y",
      "out-of-scope docs/é",
      'out-of-scope "docs/\\377"',
    ],
  },
  {
    what: "of all kinds, in scope, in folders of such names, staged and committed",
    packet: COMMITS,
    action: `d="$(printf 'src/d\\377\\n\\t"')"; mkdir "$d"; printf x >"$d/-f"; printf x >'src/x -> y'
      git add -A; git commit -qm x`,
  },
  {
    what: "another normal form of a letter is another name",
    setup: "git config core.precomposeUnicode false",
    packet: { scope: ["src/\u00e9.txt"] },
    action: "printf x >src/\u00e9.txt; printf x >src/e\u0301.txt",
    found: ["out-of-scope src/e\u0301.txt"],
  },
  {
    what: "names that only begin alike",
    packet: { scope: ["src", "doc/", "READ"] },
    action: "mkdir src2; echo x >src2/a; echo x >>docs/guide.md; echo x >>README.md; echo x >src/a",
    found: ["out-of-scope README.md", "out-of-scope docs/guide.md", "out-of-scope src2/a"],
  },
  {
    what: "a folder deeper than a path may be long",
    action: `cd src; for i in $(seq 60); do mkdir ${"d".repeat(90)}; cd ${"d".repeat(90)}; done; echo x >file
      cd "$OLDPWD"; mkdir x`,
  },
  {
    what: "globs, exceptions, and entries that stand there and look like globs",
    setup: `mkdir 'app' 'app/[id]'; echo x >'app/[id]/page'; echo x >app/i; git add -A; git commit -qm app`,
    packet: { scope: ["app/[id]/", "docs/*.md", "src/**", "!src/deep/"] },
    action:
      "echo y >'app/[id]/page'; echo y >app/i; echo x >docs/a.md; echo x >docs/a.txt; echo x >src/deep/two.txt",
    found: ["out-of-scope app/i", "out-of-scope docs/a.txt", "out-of-scope src/deep/two.txt"],
  },
  {
    what: "WORKDIR below the root: entries are relative to it, `:/` is the root",
    setup: "mkdir -p pkg/src; echo p >pkg/src/p; git add -A; git commit -qm pkg",
    packet: { scope: ["src/", ":/docs/"], workdir: "@ROOT@/pkg" },
    action: "echo x >>src/p; echo x >>../docs/guide.md; echo x >>../src/one.txt",
    found: ["out-of-scope src/one.txt"],
  },
]);

testEvidence("links", [
  {
    what: "made in the scope, within it",
    action:
      "ln -s one.txt src/a; ln -s . src/b; ln -s ../src/deep src/c; ln -s not-there-yet src/d; ln -s ..x src/e",
  },
  {
    what: "made in the scope, out of it",
    action: `ln -s ../README.md src/a; ln -s /etc/passwd src/b; ln -s .. src/c; ln -s ../.git/config src/d
      ln -s deep/../../docs src/e; ln -s "$PWD/docs" src/f; ln -s one.txt src/g; ln -s ../srcx src/h`,
    found: ["a", "b", "c", "d", "e", "f", "h"].map((name) => `symlink-escape src/${name}`),
  },
  {
    what: "turned out of the scope",
    setup: "ln -s one.txt src/link; git add -A; git commit -qm link",
    action: "ln -sfn ../docs src/link",
    found: ["symlink-escape src/link"],
  },
  {
    what: "the scope itself becomes one",
    action: "rm -rf src; ln -s docs src",
    found: ["symlink-escape src"],
  },
  {
    what: "made where git ignores it: a virtual environment",
    action: "mkdir -p src/build; ln -s /usr/bin/python3 src/build/python",
  },
  {
    what: "written through, to elsewhere in the tree",
    setup: "ln -s ../docs src/link; git add -A; git commit -qm link",
    action: "echo x >>src/link/guide.md",
    found: ["out-of-scope docs/guide.md"],
  },
  {
    what: "written through, out of the repository: a file, a new file, over two hops",
    setup: `mkdir "$HOME/far"; echo a >"$HOME/far/f"; echo b >"$HOME/file"; ln -s "$HOME/far" "$HOME/hop"
      ln -s "$HOME/file" src/file; ln -s "$HOME/hop" src/hop; ln -s "$HOME/far" docs/far; ln -s ../docs/far src/in
      ln -s "$HOME/far/f" src/quiet; git add -A; git commit -qm links`,
    action: `echo x >>src/file; echo x >src/hop/new`,
    found: ["docs/far", "src/file", "src/hop", "src/in"].map((link) => `symlink-escape ${link}`),
  },
  {
    what: "written through, to a file that was not there",
    setup: `ln -s "$HOME/later" src/link; git add -A; git commit -qm link`,
    action: "echo x >src/link",
    found: ["symlink-escape src/link"],
  },
  {
    what: "an ignored link that leads out, written through",
    setup: `mkdir "$HOME/far"; ln -s "$HOME/far" note.log`,
    action: "echo x >note.log/f",
  },
]);
