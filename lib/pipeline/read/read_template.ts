import { cutTemplate, wholeExpression } from "./cut_template.ts";
import type { Commands, ListTemplate, Template, TemplatePlace } from "../pipeline.ts";
import { type Found, type Place, readExpression, type Scope, spanWithin } from "./read_expression.ts";
import { showNode } from "./read_fields.ts";
import type { Report } from "./report.ts";
import { mayBe, showShape } from "./shapes.ts";
import type { YamlNode } from "./yaml_node.ts";
import { evaluate, type Expression } from "../../base/expressions.ts";
import { messageOf } from "../../base/errors.ts";
import { oneLine } from "../../base/text.ts";

/** A condition, bare or as `${{ … }}`: undefined, and reported, if it cannot be read or can never be true. */
export function readCondition(node: YamlNode, name: string, scope: Scope): Expression | undefined {
  const place = placeOf(node, name, scope.report);
  if (!place) return undefined;
  const pieces = cutTemplate(place.text);
  const whole = wholeExpression(pieces);
  if (!whole && pieces.some(({ kind }) => kind !== "text")) {
    scope.report.error(
      "expression",
      `"${name}" takes one expression, bare or as \${{ … }} with nothing around it.`,
      place.span,
    );
    return undefined;
  }
  const found = readExpression(
    whole ?? { inner: place.text, start: -1, end: place.text.length },
    place,
    scope,
  );
  if (!found) return undefined;
  const never = whyNeverTrue(found);
  if (never !== undefined) {
    const message = `The condition "${oneLine(found.expression.text, 80)}" can never be true: ${never}`;
    scope.report.error("expression-never", message, found.span());
  }
  return found.expression;
}

function whyNeverTrue({ expression, shape, constant }: Found): string | undefined {
  if (constant) {
    try {
      const value = evaluate(expression, {});
      return value === true ? undefined : `it reads nothing, and is always ${JSON.stringify(value)}.`;
    } catch (error) {
      return `${messageOf(error)}.`;
    }
  }
  if (mayBe(shape, ["boolean"])) return undefined;
  return `it is ${showShape(shape)}, and only boolean true is true. Compare it with something.`;
}

/** A text with `${{ … }}` in it. */
export function readTemplate(node: YamlNode, name: string, scope: Scope): Template | undefined {
  const place = placeOf(node, name, scope.report);
  return place && templateOf(place, scope);
}

/** A list of templates, or one expression that gives a list. */
export function readList(node: YamlNode, name: string, scope: Scope): ListTemplate | undefined {
  if (node.kind === "list") {
    const items = node.items.map((item, at) => {
      const place = placeOf(item, `${name}[${at}]`, scope.report);
      return place && templateOf(place, scope);
    });
    return items.every((item) => item !== undefined) ? { kind: "items", items } : undefined;
  }
  const place = placeOf(node, name, scope.report);
  if (!place) return undefined;
  const whole = wholeExpression(cutTemplate(place.text));
  if (!whole) {
    const read = templateOf(place, scope);
    if (!read) return undefined;
    if (!place.text.trim().includes("\n")) return { kind: "items", items: [read] };
    const message = `"${name}" is ${showNode(node)}, several lines. Write a list, each item behind a dash.`;
    scope.report.error("pipeline-value", message, node.span);
    return undefined;
  }
  const found = readExpression(whole, place, scope);
  if (!found) return undefined;
  if (!mayBe(found.shape, ["list", "string"])) {
    const message = `"${name}" takes a list, and "${oneLine(found.expression.text, 80)}" is ${
      showShape(found.shape)
    }.`;
    scope.report.error("pipeline-value", message, found.span());
    return undefined;
  }
  return { kind: "expression", expression: found.expression, place: templatePlace(place, scope) };
}

/** Commands as written, or one expression over inputs alone: no value is put into shell text. */
export function readCommands(node: YamlNode, name: string, scope: Scope): Commands | undefined {
  const { report } = scope;
  const nodes = node.kind === "list" ? node.items : [node];
  const places = nodes.flatMap((item) => placeOf(item, name, report) ?? []);
  const complete = places.length === nodes.length;
  const [only] = places;
  const whole = only && node.kind === "scalar" ? wholeExpression(cutTemplate(only.text)) : undefined;
  if (!only || !whole) {
    const mixed = places.filter(({ text }) => text.includes("${{"));
    for (const place of mixed) {
      const at = place.text.indexOf("${{");
      report.error("pipeline-shell-text", INTERPOLATED, spanWithin(place, report, { at, length: 3 }));
    }
    if (!complete || mixed.length > 0) return undefined;
    return { kind: "written", commands: places.map(({ text }) => text) };
  }
  const found = readExpression(whole, only, scope);
  if (!found) return undefined;
  const { expression, roots } = found;
  if (!roots.has("inputs") || roots.size > 1) {
    report.error("pipeline-shell-text", INTERPOLATED, found.span());
    return undefined;
  }
  if (!mayBe(found.shape, ["list", "string"])) {
    const message = `"${name}" takes commands, and "${oneLine(expression.text, 80)}" is ${
      showShape(found.shape)
    }.`;
    report.error("pipeline-value", message, found.span());
    return undefined;
  }
  return { kind: "inputs", expression, place: templatePlace(only, scope) };
}

const INTERPOLATED =
  "Commands are written out, or one whole expression over inputs alone; values are not put into shell text. " +
  'Hand the value over as a variable: env: { NAME: "${{ … }}" }, and write "$NAME" in the command.';

/** A text of which the place is known. */
export function templateOf(place: Place, scope: Scope): Template | undefined {
  const { name, text } = place;
  const parts = cutTemplate(text).map((piece) => {
    if (piece.kind === "text") return piece.text;
    if (piece.kind === "open") {
      const span = spanWithin(place, scope.report, { at: piece.start, length: 3 });
      scope.report.error(
        "expression",
        `In "${name}" an expression begins with \${{ and no }} closes it.`,
        span,
      );
      return undefined;
    }
    return readExpression(piece, place, scope)?.expression;
  });
  if (!parts.every((part) => part !== undefined)) return undefined;
  return { text, parts, place: templatePlace(place, scope) };
}

function templatePlace({ name, span }: Place, { report: { source } }: Scope): TemplatePlace {
  return { file: source.file, ...source.placeOf(span.start), name };
}

function placeOf(node: YamlNode, name: string, report: Report): Place | undefined {
  const value = node.kind === "scalar" ? node.value : undefined;
  if (typeof value === "string" && value.trim() !== "") return { name, text: value, span: node.span };
  const found = typeof value === "string" ? "blank" : showNode(node);
  const hint = typeof value === "number" || typeof value === "boolean"
    ? " If text is meant, put it in quotes."
    : "";
  report.error("pipeline-value", `"${name}" is ${found}. It takes text.${hint}`, node.span);
  return undefined;
}
