import * as yaml from "js-yaml";
import { messageOf, type Problem } from "../../base/errors.ts";
import type { SourceText, Span } from "../../base/source_text.ts";
import { showCount } from "../../base/text.ts";

/** A value of a YAML file with the place where it stands. Aliases are resolved: one node may stand in several places. */
export type YamlNode = YamlScalar | YamlList | YamlMap;

export interface YamlScalar {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  readonly span: Span;
}

export interface YamlList {
  readonly kind: "list";
  readonly items: readonly YamlNode[];
  readonly span: Span;
}

export interface YamlMap {
  readonly kind: "map";
  /** In the order of the file, each key once. */
  readonly entries: readonly YamlEntry[];
  readonly span: Span;
}

export interface YamlEntry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: YamlNode;
}

const MOST_CHARACTERS = 1_000_000;
const MOST_DEPTH = 32;
const MOST_ALIASES = 100;
/** With all aliases written out: a hundred of them could stand for 10^20. */
const MOST_NODES = 100_000;

/**
 * Reads one YAML 1.2 document into nodes with places. Of a file whose syntax is wrong, `root` is undefined and there is
 * one problem; duplicate keys, tags and the like are told all at once. Never throws.
 */
export function readYaml(source: SourceText): { root: YamlNode | undefined; problems: readonly Problem[] } {
  const { text } = source;
  if (text.length > MOST_CHARACTERS) {
    const message = `The file has ${showCount(text.length)} characters; ${
      showCount(MOST_CHARACTERS)
    } are the most.`;
    return { root: undefined, problems: [source.problem("yaml-too-large", message, { start: 0, end: 1 })] };
  }
  try {
    const composer = new Composer(source);
    for (const event of yaml.parseEvents(text, { maxDepth: MOST_DEPTH })) composer.take(event);
    return composer.finish();
  } catch (error) {
    return { root: undefined, problems: [syntaxProblem(error, source)] };
  }
}

/** The plain value of a node. Keys are own properties, whatever their names. */
export function toData(node: YamlNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(toData);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, toData(value)]));
}

function syntaxProblem(error: unknown, source: SourceText): Problem {
  if (error instanceof Stop) return error.problem;
  const [reason, at] = error instanceof yaml.YAMLException
    ? [error.reason, error.mark?.position ?? 0]
    : [messageOf(error), 0];
  const start = Math.min(at, Math.max(0, source.text.length - 1));
  const line = source.lineAt(source.placeOf(start).line);
  const shown = source.text.slice(line.start, Math.min(line.end, line.start + 1000));
  const remedy = /[[{,].*\$\{\{/.test(shown)
    ? " Text with ${{ }} in it is put in quotes between [ ] or { }."
    : /^\s*[\]}]/.test(shown)
    ? " The bracket that closes is indented further than the key to which it belongs."
    : "";
  return source.problem("yaml-syntax", `This is no valid YAML: ${reason}.${remedy}`, {
    start,
    end: start + 1,
  });
}

/** What ends the reading at once. */
class Stop extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** A list or map that is not closed yet. */
interface Open {
  readonly kind: "list" | "map";
  readonly anchor: string | undefined;
  readonly span: Span;
  readonly items: YamlNode[];
  readonly entries: Map<string, YamlEntry>;
  /** The key that waits for its value; what stands behind one that was refused is dropped. */
  key: { text: string; span: Span; refused: boolean } | undefined;
  weight: number;
}

class Composer {
  readonly #source: SourceText;
  readonly #problems: Problem[] = [];
  readonly #open: Open[] = [];
  readonly #anchors = new Map<string, { node: YamlNode; weight: number }>();
  #root: YamlNode | undefined;
  #documents = 0;
  #aliases = 0;
  #weight = 0;

  constructor(source: SourceText) {
    this.#source = source;
  }

  take(event: yaml.Event): void {
    const { EVENT_ID } = yaml;
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        if (++this.#documents > 1) this.#refuseDocument();
        return;
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING: {
        this.#refuseTag(event);
        this.#open.push({
          kind: event.type === EVENT_ID.MAPPING ? "map" : "list",
          anchor: this.#anchorOf(event),
          span: { start: event.start, end: event.start + 1 },
          items: [],
          entries: new Map(),
          key: undefined,
          weight: 1,
        });
        return;
      }
      case EVENT_ID.SCALAR:
        return this.#takeScalar(event);
      case EVENT_ID.ALIAS:
        return this.#takeAlias(event);
      case EVENT_ID.POP:
        return this.#close();
    }
  }

  finish(): { root: YamlNode | undefined; problems: readonly Problem[] } {
    if (this.#root === undefined && this.#problems.length === 0) {
      this.#stop("yaml-empty", "The file is empty.");
    }
    return { root: this.#root, problems: this.#problems };
  }

  #refuseDocument(): never {
    const mark = this.#source.text.slice(this.#last).search(/^---/m);
    const start = this.#last + Math.max(0, mark);
    this.#stop("yaml-documents", "The file holds a second document. Keep one.", { start, end: start + 3 });
  }

  #takeScalar(event: yaml.ScalarEvent): void {
    this.#refuseTag(event);
    const text = yaml.getScalarValue(this.#source.text, event);
    const span = event.valueStart >= 0
      ? this.#withoutIndent(event)
      : { start: this.#last, end: this.#last + 1 };
    const plain = event.style === yaml.SCALAR_STYLE.PLAIN;
    const node: YamlScalar = { kind: "scalar", value: plain ? plainValue(text) : text, span };
    this.#add(node, { weight: 1, keyText: text, anchor: this.#anchorOf(event) });
  }

  /** A block of text begins with the indentation of its first line, and ends with line breaks. */
  #withoutIndent({ style, valueStart, valueEnd }: yaml.ScalarEvent): Span {
    const { LITERAL_BLOCK, FOLDED_BLOCK } = yaml.SCALAR_STYLE;
    if (style !== LITERAL_BLOCK && style !== FOLDED_BLOCK) return { start: valueStart, end: valueEnd };
    const raw = this.#source.text.slice(valueStart, valueEnd);
    return { start: valueStart + raw.search(/\S|$/), end: valueStart + raw.trimEnd().length };
  }

  #takeAlias(event: yaml.AliasEvent): void {
    const name = this.#source.text.slice(event.anchorStart, event.anchorEnd);
    const span = { start: event.anchorStart, end: event.anchorEnd };
    if (++this.#aliases > MOST_ALIASES) {
      this.#stop(
        "yaml-alias",
        `The file holds more than ${MOST_ALIASES} aliases. Write the values out.`,
        span,
      );
    }
    const target = this.#anchors.get(name);
    if (!target) {
      return this.#stop(
        "yaml-alias",
        `The alias "*${name}" names no value that stands, complete, before it.`,
        span,
      );
    }
    this.#add(target.node, { weight: target.weight, keyText: undefined, anchor: undefined, alias: span });
  }

  #close(): void {
    const done = this.#open.pop();
    if (!done) return;
    const { kind, span, weight, anchor } = done;
    const node: YamlNode = kind === "list"
      ? { kind, items: done.items, span }
      : { kind, entries: [...done.entries.values()], span };
    this.#add(node, { weight, keyText: undefined, anchor });
  }

  /** Puts a complete node where it belongs: a key or a value of the open map, an item of the open list, the root. */
  #add(
    node: YamlNode,
    how: { weight: number; keyText: string | undefined; anchor: string | undefined; alias?: Span },
  ): void {
    if (how.anchor !== undefined) this.#anchors.set(how.anchor, { node, weight: how.weight });
    const span = how.alias ?? node.span;
    this.#weight += how.alias ? how.weight : 1;
    if (this.#weight > MOST_NODES) {
      const most = showCount(MOST_NODES);
      this.#stop(
        "yaml-too-large",
        `With its aliases written out the file holds more than ${most} values.`,
        span,
      );
    }
    this.#last = span.end;
    const parent = this.#open.at(-1);
    if (!parent) {
      this.#root ??= node;
      return;
    }
    parent.weight += how.weight;
    if (parent.kind === "list") parent.items.push(node);
    else if (!parent.key) parent.key = this.#keyOf(parent, how.keyText, span);
    else {
      const { text, span: keySpan, refused } = parent.key;
      if (!refused) parent.entries.set(text, { key: text, keySpan, value: node });
      parent.key = undefined;
    }
  }

  #keyOf(parent: Open, text: string | undefined, span: Span): NonNullable<Open["key"]> {
    if (text === undefined) {
      this.#problems.push(
        this.#source.problem("yaml-key", "A key must be a word, not a list, map or alias.", span),
      );
      return { text: "", span, refused: true };
    }
    const first = parent.entries.get(text);
    if (first) {
      const { line } = this.#source.placeOf(first.keySpan.start);
      const message = `Key "${text}" stands at line ${line} already. Keep one of the two.`;
      this.#problems.push(this.#source.problem("yaml-key-twice", message, span));
    }
    return { text, span, refused: first !== undefined };
  }

  /** Where the last node ended: the place of a value that is not there. */
  #last = 0;

  #anchorOf(event: { anchorStart: number; anchorEnd: number }): string | undefined {
    return event.anchorStart < 0 ? undefined : this.#source.text.slice(event.anchorStart, event.anchorEnd);
  }

  #refuseTag({ tagStart, tagEnd }: { tagStart: number; tagEnd: number }): void {
    if (tagStart < 0) return;
    const tag = this.#source.text.slice(tagStart, tagEnd);
    const message = `The tag "${tag}" is not taken. Write the value alone, in quotes if it is text.`;
    this.#problems.push(this.#source.problem("yaml-tag", message, { start: tagStart, end: tagEnd }));
  }

  #stop(code: string, message: string, span: Span = { start: this.#last, end: this.#last + 1 }): never {
    throw new Stop(this.#source.problem(code, message, span));
  }
}

/** The core schema of YAML 1.2: `yes`, `on` and `off` are text. */
function plainValue(text: string): YamlScalar["value"] {
  for (const tag of [yaml.nullCoreTag, yaml.boolCoreTag, yaml.intCoreTag, yaml.floatCoreTag]) {
    const value = tag.resolve(text, false, tag.tagName);
    if (value !== yaml.NOT_RESOLVED) return value;
  }
  return text;
}
