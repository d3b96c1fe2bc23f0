/** A template's text cut where expressions stand in it. */
export type TemplatePiece =
  | { readonly kind: "text"; readonly text: string }
  | {
    readonly kind: "expression";
    /** What stands between the braces. */
    readonly inner: string;
    /** Where `${{` stands in the text. */
    readonly start: number;
    /** Behind `}}`. */
    readonly end: number;
  }
  | { readonly kind: "open"; readonly start: number };

/** Cuts a text at each `${{ … }}`. Braces in a quoted string of an expression close nothing. */
export function cutTemplate(text: string): TemplatePiece[] {
  const pieces: TemplatePiece[] = [];
  let from = 0;
  for (let start = text.indexOf("${{"); start >= 0; start = text.indexOf("${{", from)) {
    if (start > from) pieces.push({ kind: "text", text: text.slice(from, start) });
    const close = closing(text, start + 3);
    if (close === undefined) return [...pieces, { kind: "open", start }];
    pieces.push({ kind: "expression", inner: text.slice(start + 3, close), start, end: close + 2 });
    from = close + 2;
  }
  if (from < text.length || pieces.length === 0) pieces.push({ kind: "text", text: text.slice(from) });
  return pieces;
}

/** The one expression that the text is, white space around it aside. */
export function wholeExpression(
  pieces: readonly TemplatePiece[],
): Extract<TemplatePiece, { kind: "expression" }> | undefined {
  const [only, ...others] = pieces.filter((piece) => piece.kind !== "text" || piece.text.trim() !== "");
  return only?.kind === "expression" && others.length === 0 ? only : undefined;
}

function closing(text: string, from: number): number | undefined {
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "'") quoted = !quoted;
    else if (!quoted && text.startsWith("}}", at)) return at;
  }
  return undefined;
}
