import { join } from "node:path";
import { shellQuoted } from "../../../lib/base/shell_quoted.ts";
import type { TestRepository } from "../../helpers/repository.ts";

export interface EditOptions {
  readonly random: () => number;
  /** Names that are not UTF-8 too. */
  readonly oddNames: boolean;
  /** Changes of .gitattributes too, by which git converts files. */
  readonly attributes: boolean;
  /** Paths that stand there, a letter for each byte. */
  readonly existing: readonly string[];
}

/** Lines of shell, each of them one edit, in which a letter is one byte. What fails, fails without a word. */
export function randomEdits(count: number, options: EditOptions): string[] {
  const editor = new Editor(options);
  return Array.from({ length: count }, () => editor.edit());
}

/** Runs edits in the root of a repository. */
export async function runEdits(repository: TestRepository, lines: readonly string[]): Promise<void> {
  const script = join(repository.home, "edits.sh");
  const bytes = Uint8Array.from(`${EDIT_FUNCTIONS}\n${lines.join("\n")}\n`, (letter) => letter.charCodeAt(0));
  await Deno.writeFile(script, bytes);
  await new Deno.Command("sh", {
    args: [script],
    cwd: repository.root,
    env: { ...repository.env, GIT_CONFIG_NOSYSTEM: "1" },
    clearEnv: true,
    signal: AbortSignal.timeout(60_000),
  }).output();
}

/** What the edits call. A pipe in a file's place is never opened: it would be waited for without end. */
const EDIT_FUNCTIONS = `
exec 2>/dev/null </dev/null
above() { mkdir -p -- "\${1%/*}"; }
write() { above "$1"; [ -p "$1" ] || printf '%s' "$2" > "$1"; }
shift_letters() { [ -f "$1" ] && tr 'a-y' 'b-z' < "$1" > ../new && cat ../new > "$1"; }
shift_unseen() { [ -f "$1" ] && touch -r "$1" ../time && shift_letters "$1"; touch -c -r ../time "$1"; }
undo() { [ -f "$1" ] && cp "$1" ../old && echo more >> "$1" && cat ../old > "$1"; }
renew() { [ -f "$1" ] && [ ! -h "$1" ] && cp -p "$1" ../old && rm "$1" && cp -p ../old "$1"; }
mode() { if [ -d "$1" ]; then chmod "$3" "$1"; else chmod "$2" "$1"; fi; }
alias_edit() { [ -f "$1" ] && [ ! -h "$1" ] && rm -f ../alias && ln "$1" ../alias && echo alias > ../alias; }
`;

/** Letters of Latin-1, each of them a byte: the last are no UTF-8, nor is a surrogate's code. */
const NAMES = [
  ..."a b c src build ignored node_modules x.log y.txt z.txt".split(" "),
  "two words",
  " blank before",
  "blank behind ",
  'quo"te',
  "apo'strophe",
  "back\\slash",
  "tab\there",
  "new\nline",
  "ends in\n",
  ".hidden",
  "...",
  "-dash",
  "--",
  "*",
  "[ab]",
  "#hash",
  "!bang",
  ":colon",
  "$HOME",
  "a -> b",
  "\xc3\xbc\xc3\xb1\xc3\xae",
  "\xe6\x97\xa5\xe6\x9c\xac",
  "\xef\xbb\xbfmark",
];
const ODD_NAMES = ["\xff", "l\xe9g\xe8re", "\xed\xa0\xb0", "\xc3", "a\xf0\x9f\x98", "\xc3\xbc\xfe"];

const RULES = ["ignored", "*.log\nbuild/", "/a", "node_modules\n!x.log", "*"];
const ATTRIBUTES = ["*.txt ident", "*.log filter=turn", "*.txt filter=turn", "* -text", ""];
const FILE_MODES = ["644", "755", "600", "700", "640", "4755"];
const FOLDER_MODES = ["755", "700", "750", "1777", "2775"];

class Editor {
  readonly #random: () => number;
  readonly #names: readonly string[];
  readonly #existing: readonly string[];
  /** By weight: an edit of weight 3 comes three times as often as one of weight 1. */
  readonly #edits: readonly (() => string)[];

  constructor({ random, oddNames, attributes, existing }: EditOptions) {
    this.#random = random;
    this.#names = oddNames ? [...NAMES, ...ODD_NAMES] : NAMES;
    // A pipe called .gitignore would make git itself wait: such names have edits of their own.
    this.#existing = existing.filter((path) => !/(^|\/)\.git/.test(path));
    const [old, any, fresh] = [() => this.#old(), () => this.#any(), () => this.#fresh()];
    const edits: [weight: number, edit: () => string][] = [
      [8, () => `write ${any()} ${shellQuoted(this.#text())}`],
      [6, () => `shift_letters ${old()}`],
      [6, () => `shift_unseen ${old()}`],
      [4, () => `touch -c ${old()}`],
      [2, () => `touch -c -t 202001020304 ${old()}`],
      [5, () => `mode ${old()} ${this.#of(FILE_MODES)} ${this.#of(FOLDER_MODES)}`],
      [2, () => `p=${old()}; chmod o+w "$p"; chmod o-w "$p"`],
      [5, () => `p=${any()}; above "$p"; mv -f ${old()} "$p"`],
      [3, () => `rm -f ${old()}`],
      [1, () => `rm -rf ${old()}`],
      [3, () => `mkdir -p ${any()}`],
      [2, () => `rmdir ${old()}`],
      [5, () => `p=${any()}; above "$p"; rm -f "$p"; ln -s ${shellQuoted(this.#target())} "$p"`],
      [3, () => `p=${any()}; above "$p"; rm -rf "$p"; ${this.#make()}`],
      [2, () => `p=${fresh()}; above "$p"; mkfifo "$p"`],
      [4, () => `renew ${old()}`],
      [4, () => `undo ${old()}`],
      [2, () => `p=${fresh()}; above "$p"; ln ${old()} "$p"`],
      [2, () => `alias_edit ${old()}`],
      [1, () => `chown -h 1:2 ${old()}`],
      [1, () => `write ./.gitignore ${shellQuoted(this.#of(RULES))}`],
      [attributes ? 2 : 0, () => `write ./.gitattributes ${shellQuoted(this.#of(ATTRIBUTES))}`],
      [1, () => `p=${any()}; [ -d "$p" ] && git init -q "$p"`],
      [1, () => `p=${old()}; [ -e "$p/.git" ] && git -C "$p" add -A && git -C "$p" commit -q -m inner`],
      [1, () => `p=${old()}; [ ! "$p/.git" -ef .git ] && rm -rf "$p/.git"`],
      [4, () => "git add -A"],
      [3, () => `git add -f -- ${old()}`],
      [3, () => "git commit -q -m random"],
      [2, () => `git commit -q -m random -- ${old()}`],
      [2, () => "git stash push -q && git stash pop -q"],
      [1, () => "git stash push -q -u && git stash pop -q"],
      [1, () => "git stash push -q"],
      [3, () => `git checkout -q -- ${old()}`],
      [1, () => "git reset -q --hard"],
      [2, () => `git rm -q -r --cached -- ${old()}`],
      [2, () => `git mv -f -- ${old()} ${fresh()}`],
      [1, () => `git update-index --assume-unchanged -- ${old()}`],
      [1, () => `git update-index --skip-worktree -- ${old()}`],
      [1, () => `git add -N -- ${old()}`],
      [1, () => "git status -s > ../status"],
    ];
    this.#edits = edits.flatMap(([weight, edit]) => Array<() => string>(weight).fill(edit));
  }

  edit(): string {
    return this.#of(this.#edits)();
  }

  #of<T>(list: readonly T[]): T {
    const chosen = list[Math.floor(this.#random() * list.length)];
    if (chosen === undefined) throw new Error("nothing to choose from");
    return chosen;
  }

  #old(): string {
    return this.#existing.length === 0 ? this.#fresh() : shellQuoted(`./${this.#of(this.#existing)}`);
  }

  #fresh(): string {
    const depth = 1 + Math.floor(this.#random() * 3);
    return shellQuoted(`./${Array.from({ length: depth }, () => this.#of(this.#names)).join("/")}`);
  }

  #any(): string {
    return this.#random() < 0.5 ? this.#old() : this.#fresh();
  }

  #text(): string {
    const letters = Array.from({ length: Math.floor(this.#random() * 12) }, () => this.#of([..."abcxyz\n"]));
    return this.#random() < 0.1 ? `$Id$ ${letters.join("")}` : letters.join("");
  }

  #target(): string {
    return this.#of([
      this.#of(this.#names),
      `../${this.#of(this.#names)}`,
      "../nowhere",
      "/nowhere/at/all",
      ".",
    ]);
  }

  #make(): string {
    return this.#of(['mkdir "$p"; echo in > "$p/in"', 'mkfifo "$p"', 'ln -s a "$p"', 'echo new > "$p"']);
  }
}
