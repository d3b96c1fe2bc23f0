import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import { type ContextAccess, type Expr, type IndexAccess, Star } from "@actions/expressions/ast";
import { badInput, messageOf } from "./errors.ts";

/** An expression whose syntax and names were checked. */
export interface Expression {
  readonly text: string;
  readonly parsed: Expr;
}

/**
 * Parses an expression of the language of GitHub Actions, given bare or as `${{ … }}`. `names` are those that it may
 * begin a path with; another name is an error here, before anything is started.
 *
 * @throws DispatchError (exit 1)
 */
export function parseExpression(text: string, names: readonly string[]): Expression {
  const bare = /^\s*\$\{\{(.*)\}\}\s*$/s.exec(text)?.[1] ?? text;
  try {
    if (bare.trim() === "") throw new Error("it is empty");
    return { text: bare.trim(), parsed: new Parser(new Lexer(bare).lex().tokens, [...names], []).parse() };
  } catch (error) {
    const message = `The expression "${text}" cannot be read: ${messageOf(error)}. Names: ${
      names.join(", ")
    }.`;
    throw badInput("expression", message, { cause: error });
  }
}

/**
 * The value of an expression over data. Reading what does not exist is an error, and not null as elsewhere: a condition
 * on a misspelt name must not hold.
 *
 * @throws Error if it reads what does not exist
 */
export function evaluate(expression: Expression, context: Readonly<Record<string, unknown>>): unknown {
  return fromData(new StrictEvaluator(expression.parsed, toDictionary(context)).evaluate());
}

class StrictEvaluator extends Evaluator {
  override visitContextAccess(access: ContextAccess): data.ExpressionData {
    const name = access.name.lexeme;
    // The library declares this as never undefined; for a name without a value it is.
    const value: data.ExpressionData | undefined = super.visitContextAccess(access);
    if (value === undefined) throw new Error(`"${name}" has no value`);
    return value;
  }

  override visitIndexAccess(access: IndexAccess): data.ExpressionData {
    const target = this.eval(access.expr);
    if (access.index instanceof Star) return membersOf(target);
    const index = this.eval(access.index);
    const found = target instanceof StarList ? readEach(target, index) : read(target, index);
    if (found === undefined) throw new Error(`"${index.coerceString()}" does not exist there`);
    return found;
  }
}

/** What a star gives: a key read of it is read of each member. */
class StarList extends data.Array {}

/** Of what another star gave, the members of each member. */
function membersOf(target: data.ExpressionData): StarList {
  const lists = target instanceof StarList ? target.values() : [target];
  const members = new StarList();
  for (const list of lists) {
    if (list instanceof data.Array || list instanceof data.Dictionary) {
      for (const member of list.values()) members.add(member);
    } else if (list === target) throw new Error("* is read of what is no list");
  }
  return members;
}

/** A key that some members lack only makes the list shorter; one that all of them lack does not exist. */
function readEach(target: StarList, index: data.ExpressionData): StarList | undefined {
  const found = new StarList();
  for (const member of target.values()) {
    const value = read(member, index);
    if (value !== undefined) found.add(value);
  }
  return found.values().length === 0 && target.values().length > 0 ? undefined : found;
}

function read(target: data.ExpressionData, index: data.ExpressionData): data.ExpressionData | undefined {
  if (target instanceof data.Dictionary) return target.get(index.coerceString());
  return target instanceof data.Array ? target.values()[index.number()] : undefined;
}

function toDictionary(record: Readonly<Record<string, unknown>>): data.Dictionary {
  const dictionary = new data.Dictionary();
  for (const [key, value] of Object.entries(record)) dictionary.add(key, toData(value));
  return dictionary;
}

function toData(value: unknown): data.ExpressionData {
  if (typeof value === "string") return new data.StringData(value);
  if (typeof value === "number") return new data.NumberData(value);
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (Array.isArray(value)) {
    const array = new data.Array();
    for (const member of value) array.add(toData(member));
    return array;
  }
  if (typeof value === "object" && value !== null) return toDictionary({ ...value });
  return new data.Null();
}

function fromData(value: data.ExpressionData): unknown {
  if (value instanceof data.Array) return value.values().map(fromData);
  if (value instanceof data.Dictionary) {
    return Object.fromEntries(value.pairs().map(({ key, value }) => [key, fromData(value)]));
  }
  if (
    value instanceof data.StringData || value instanceof data.NumberData || value instanceof data.BooleanData
  ) return value.value;
  return null;
}
