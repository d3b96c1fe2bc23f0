import type { Commands, ListTemplate, Template, TemplatePlace } from "./pipeline.ts";
import { DispatchError, messageOf } from "../base/errors.ts";
import { EXIT } from "../base/exit_codes.ts";
import { evaluate, type Expression } from "../base/expressions.ts";
import { oneLine } from "../base/text.ts";

/** What expressions read: `inputs`, `env` and `stages`, as far as they are known by now. */
export type Values = Readonly<Record<string, unknown>>;

/**
 * The text with the values of its expressions. A list gives an item a line, each behind what stands before the expression
 * on its line if that is a list mark, else behind a dash; amid other text its items are joined by commas. A record is
 * written as JSON. Null is an error: a text with a hole in it says something else.
 *
 * @throws DispatchError (exit 4, with the template's place) if a value does not exist or is null
 */
export function renderTemplate(template: Template, values: Values): string {
  let text = "";
  for (const [at, part] of template.parts.entries()) {
    if (typeof part === "string") {
      text += part;
      continue;
    }
    const value = valueOf(part, values, template.place);
    const rest = template.parts[at + 1];
    const endsLine = rest === undefined || (typeof rest === "string" && /^[ \t]*(\r?\n|$)/.test(rest));
    text += Array.isArray(value)
      ? renderItems(value, {
        before: text.slice(text.lastIndexOf("\n") + 1),
        endsLine,
        part,
        place: template.place,
      })
      : textOf(value, part, template.place);
  }
  return text;
}

/**
 * The items with the values of their expressions. One that is a whole expression gives as many as its list has; blank
 * ones are left out.
 *
 * @throws DispatchError as {@link renderTemplate}
 */
export function renderList(list: ListTemplate, values: Values): string[] {
  const items = list.kind === "expression"
    ? itemsOf(list.expression, values, list.place)
    : list.items.flatMap((item) => {
      const whole = onlyExpression(item);
      return whole ? itemsOf(whole, values, item.place) : [renderTemplate(item, values)];
    });
  return withoutBlank(items);
}

/**
 * The commands, each by itself.
 *
 * @throws DispatchError as {@link renderTemplate}
 */
export function renderCommands(commands: Commands, values: Values): string[] {
  if (commands.kind === "written") return [...commands.commands];
  return withoutBlank(itemsOf(commands.expression, values, commands.place));
}

/**
 * A value for a variable of the environment: as {@link renderTemplate}, but a list gives its bare items, one a line.
 *
 * @throws DispatchError as {@link renderTemplate}
 */
export function renderVariable(template: Template, values: Values): string {
  const whole = onlyExpression(template);
  const text = whole ? itemsOf(whole, values, template.place).join("\n") : renderTemplate(template, values);
  if (!text.includes("\0")) return text;
  throw fault("it holds a NUL byte, which no variable can", whole?.text ?? template.text, template.place);
}

/** The expression that a template is, white space around it aside. */
function onlyExpression({ parts }: Template): Expression | undefined {
  const [only, ...others] = parts.filter((part) => typeof part !== "string" || part.trim() !== "");
  return typeof only === "object" && others.length === 0 ? only : undefined;
}

function withoutBlank(items: readonly string[]): string[] {
  return items.filter((item) => item.trim() !== "");
}

function itemsOf(expression: Expression, values: Values, place: TemplatePlace): string[] {
  const value = valueOf(expression, values, place);
  return (Array.isArray(value) ? value : [value]).map((item) => textOf(item, expression, place));
}

function renderItems(
  items: readonly unknown[],
  { before, endsLine, part, place }: {
    before: string;
    endsLine: boolean;
    part: Expression;
    place: TemplatePlace;
  },
): string {
  const texts = items.map((item) => textOf(item, part, place));
  const [, indent, mark] = /^(\s*)((?:[-*+]|\d+[.)])\s+)?$/.exec(before) ?? [];
  if (indent === undefined || !endsLine) return texts.join(", ");
  return mark === undefined
    ? texts.map((text) => `- ${text}`).join(`\n${indent}`)
    : texts.join(`\n${indent}${mark}`);
}

function valueOf(expression: Expression, values: Values, place: TemplatePlace): unknown {
  try {
    return evaluate(expression, values);
  } catch (error) {
    throw fault(messageOf(error), expression.text, place, error);
  }
}

function textOf(value: unknown, expression: Expression, place: TemplatePlace): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (value === null || value === undefined) throw fault("its value is null", expression.text, place);
  return JSON.stringify(value);
}

function fault(
  why: string,
  expression: string,
  { file, line, column, name }: TemplatePlace,
  cause?: unknown,
): DispatchError {
  const message = `The value of "${oneLine(expression, 120)}" in "${name}" cannot be told: ${why}.`;
  return new DispatchError(EXIT.gate, [{ code: "template", message, file, line, column }], { cause });
}
