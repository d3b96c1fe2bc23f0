import { wellKnownFunctions } from "@actions/expressions";
import {
  type Binary,
  type ContextAccess,
  type Expr,
  type ExprVisitor,
  type FunctionCall,
  type Grouping,
  type IndexAccess,
  Literal,
  type Logical,
  Star,
  type Unary,
} from "@actions/expressions/ast";
import {
  ANY,
  BOOLEAN,
  choice,
  mayBe,
  member,
  namesOf,
  onlyWords,
  type Shape,
  showShape,
  star,
  TEXT,
  words,
} from "./shapes.ts";
import { nearest } from "../../base/text.ts";

export interface ExpressionCheck {
  /** What its value can be. */
  readonly shape: Shape;
  readonly faults: readonly Fault[];
  /** It reads no name: its value is always the same. */
  readonly constant: boolean;
  /** The names that it begins paths with, in lower case. */
  readonly roots: ReadonlySet<string>;
  /** Those with the name behind them, such as `inputs.scope`; `inputs.*` where that cannot be told. In lower case. */
  readonly reads: ReadonlySet<string>;
}

export interface Fault {
  readonly code: "expression-name" | "expression-never";
  readonly message: string;
  /** The word of the expression that is meant. */
  readonly token: Token;
}

type Token = ContextAccess["name"];

/** Looks for names that do not exist and comparisons that never hold. `names` are those a path can begin with. */
export function checkExpression(parsed: Expr, names: Readonly<Record<string, Shape>>): ExpressionCheck {
  const checker = new Checker(names);
  const shape = parsed.accept(checker);
  const { faults, roots, reads } = checker;
  return { shape, faults, constant: roots.size === 0, roots, reads };
}

class Checker implements ExprVisitor<Shape> {
  readonly faults: Fault[] = [];
  readonly roots = new Set<string>();
  readonly reads = new Set<string>();
  readonly #names: Readonly<Record<string, Shape>>;

  constructor(names: Readonly<Record<string, Shape>>) {
    this.#names = names;
  }

  visitLiteral({ literal }: Literal): Shape {
    const { value } = literal as { value?: unknown };
    if (typeof value === "string") return words([value]);
    if (typeof value === "number") return { kind: "value", types: ["number"] };
    return typeof value === "boolean" ? BOOLEAN : { kind: "value", types: ["null"] };
  }

  visitUnary({ expr }: Unary): Shape {
    expr.accept(this);
    return BOOLEAN;
  }

  visitLogical({ args }: Logical): Shape {
    return choice(args.map((arg) => arg.accept(this)));
  }

  visitGrouping({ group }: Grouping): Shape {
    return group.accept(this);
  }

  visitBinary({ left, operator, right }: Binary): Shape {
    const [one, other] = [left.accept(this), right.accept(this)];
    if (operator.lexeme === "==" || operator.lexeme === "!=") {
      if (!(bare(left) instanceof Literal)) this.#compare(one, right, operator);
      if (!(bare(right) instanceof Literal)) this.#compare(other, left, operator);
    }
    return BOOLEAN;
  }

  /** A value that can never be there, compared with a literal. */
  #compare(shape: Shape, with_: Expr, operator: Token): void {
    const literal = bare(with_);
    if (!(literal instanceof Literal)) return;
    const { value } = literal.literal as { value?: unknown };
    const why = whyNeverEqual(shape, value);
    if (why === undefined) return;
    const outcome = operator.lexeme === "==" ? "never holds" : "always holds";
    const message = `The comparison with ${literal.token.lexeme} ${outcome}: ${why}`;
    this.faults.push({ code: "expression-never", message, token: literal.token });
  }

  visitContextAccess({ name }: ContextAccess): Shape {
    const root = name.lexeme.toLowerCase();
    this.roots.add(root);
    this.reads.add(`${root}.*`);
    return this.#names[root] ?? ANY;
  }

  visitIndexAccess({ expr, index }: IndexAccess): Shape {
    const target = this.#targetOf(expr, index);
    const token = tokenOf(index) ?? tokenOf(expr);
    if (index instanceof Star) {
      const found = star(target);
      if (!found && token) {
        this.#missing(`* is read of ${showPath(expr)}, which is ${showShape(target)}.`, token);
      }
      return found ?? ANY;
    }
    const literal = bare(index);
    if (!(literal instanceof Literal)) {
      index.accept(this);
      return ANY;
    }
    const { value } = literal.literal as { value?: unknown };
    if (typeof value !== "string" && typeof value !== "number") return ANY;
    const found = member(target, value);
    if (!found && token) this.#missing(missingMember(expr, target, value), token);
    return found ?? ANY;
  }

  /** What is read from; where that is a name itself, it is known what is read of it. */
  #targetOf(expr: Expr, index: Expr): Shape {
    const { name } = bare(expr) as Partial<ContextAccess>;
    const { literal } = bare(index) as Partial<Literal>;
    if (!name || !literal) return expr.accept(this);
    const root = name.lexeme.toLowerCase();
    this.roots.add(root);
    this.reads.add(`${root}.${literal.coerceString().toLowerCase()}`);
    return this.#names[root] ?? ANY;
  }

  visitFunctionCall({ functionName, args }: FunctionCall): Shape {
    const shapes = args.map((arg) => arg.accept(this));
    const name = functionName.lexeme.toLowerCase();
    // The library looks the name up in a plain object, and finds "constructor" there.
    if (!Object.hasOwn(wellKnownFunctions, name)) {
      this.#missing(`There is no function "${functionName.lexeme}".`, functionName);
      return ANY;
    }
    if (name === "case") return choice(shapes.filter((_, at) => at % 2 === 1 || at === shapes.length - 1));
    if (name === "contains" || name === "startswith" || name === "endswith") return BOOLEAN;
    return name === "fromjson" ? ANY : TEXT;
  }

  #missing(message: string, token: Token): void {
    this.faults.push({ code: "expression-name", message, token });
  }
}

/** As GitHub compares: text in any case, and numbers where the types differ, of which most texts are none. */
function whyNeverEqual(shape: Shape, literal: unknown): string | undefined {
  if (!mayBe(shape, ["string", "number", "boolean", "null"])) {
    return `${showShape(shape)} equals no single value.`;
  }
  if (typeof literal !== "string") return undefined;
  const possible = onlyWords(shape);
  if (possible !== undefined) {
    if (possible.some((one) => one.toLowerCase() === literal.toLowerCase())) return undefined;
    const meant = nearest(literal.toLowerCase(), possible);
    return `there is only ${possible.join(", ")}.${meant === undefined ? "" : ` Did you mean '${meant}'?`}`;
  }
  if (mayBe(shape, ["string", "list", "record"]) || !Number.isNaN(Number(literal))) return undefined;
  const remedy = mayBe(shape, ["boolean"])
    ? "true and false stand without quotes."
    : "A number is compared with a number.";
  return `it is ${showShape(shape)}, and this is text. ${remedy}`;
}

function missingMember(expr: Expr, target: Shape, key: string | number): string {
  const own = target.kind === "record" ? target.missing?.(String(key)) : undefined;
  if (own !== undefined) return own;
  const path = showPath(expr);
  const names = [...new Set(namesOf(target))];
  if (names.length === 0) return `"${key}" cannot be read of ${path}, which is ${showShape(target)}.`;
  const meant = nearest(String(key).toLowerCase(), names);
  return `"${key}" does not exist in ${path}. ` +
    (meant === undefined ? `There is ${names.join(", ")}.` : `Did you mean "${meant}"?`);
}

function bare(expr: Expr): Expr {
  return "group" in expr ? bare((expr as Grouping).group) : expr;
}

function tokenOf(expr: Expr): Token | undefined {
  const node = bare(expr) as Partial<Literal & ContextAccess & FunctionCall & IndexAccess>;
  return node.token ?? node.name ?? node.functionName ?? (node.index && tokenOf(node.index)) ??
    (node.expr && tokenOf(node.expr));
}

function showPath(expr: Expr): string {
  const node = bare(expr) as Partial<ContextAccess & IndexAccess & FunctionCall>;
  if (node.name) return node.name.lexeme;
  if (node.functionName) return `${node.functionName.lexeme}(…)`;
  if (!node.expr || !node.index) return "this";
  const { index } = node;
  if (index instanceof Star) return `${showPath(node.expr)}.*`;
  const { value } = (index instanceof Literal ? index.literal : {}) as { value?: unknown };
  return typeof value === "string"
    ? `${showPath(node.expr)}.${value}`
    : `${showPath(node.expr)}[${value ?? "…"}]`;
}
