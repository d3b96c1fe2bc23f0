import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import type { ContextAccess, Expr, IndexAccess } from "@actions/expressions/ast";
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
    const isStar = access.index.constructor.name === "Star";
    // What a star gave is a list of its own kind: a key that some members lack only makes it shorter.
    const isList = target instanceof data.Array && target.constructor !== data.Array;
    if (isStar || isList) {
      if (!(target instanceof data.Array || target instanceof data.Dictionary)) {
        throw new Error("* is read of what is no list");
      }
      return super.visitIndexAccess(access);
    }
    const index = this.eval(access.index);
    const found = target instanceof data.Dictionary
      ? target.get(index.coerceString())
      : target instanceof data.Array
      ? target.values()[index.number()]
      : undefined;
    if (found === undefined) throw new Error(`"${index.coerceString()}" does not exist there`);
    return found;
  }
}

function toDictionary(record: Readonly<Record<string, unknown>>): data.Dictionary {
  return new data.Dictionary(
    ...Object.entries(record).map(([key, value]) => ({ key, value: toData(value) })),
  );
}

function toData(value: unknown): data.ExpressionData {
  if (typeof value === "string") return new data.StringData(value);
  if (typeof value === "number") return new data.NumberData(value);
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (Array.isArray(value)) return new data.Array(...value.map(toData));
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
