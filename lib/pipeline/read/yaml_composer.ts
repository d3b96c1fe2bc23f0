import * as yaml from "js-yaml";
import type { Problem } from "../../base/errors.ts";
import type { SourceText, Span } from "../../base/source_text.ts";
import { showCount } from "../../base/text.ts";
import type { YamlEntry, YamlNode, YamlScalar } from "./yaml_node.ts";

const MOST_ALIASES = 100;
/** With all aliases written out: a hundred of them could stand for 10^20. */
const MOST_NODES = 100_000;

/** Puts the events of a parser together to nodes with places. */
export class YamlComposer {
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
    throw new YamlStop(this.#source.problem(code, message, span));
  }
}

/** What ends the reading at once. */
export class YamlStop extends Error {
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

/** The core schema of YAML 1.2: `yes`, `on` and `off` are text. */
function plainValue(text: string): YamlScalar["value"] {
  for (const tag of [yaml.nullCoreTag, yaml.boolCoreTag, yaml.intCoreTag, yaml.floatCoreTag]) {
    const value = tag.resolve(text, false, tag.tagName);
    if (value !== yaml.NOT_RESOLVED) return value;
  }
  return text;
}
