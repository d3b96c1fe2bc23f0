import assert from "node:assert/strict";
import fc from "fast-check";
import picomatch from "picomatch";
import { compileScope } from "../../../lib/evidence/scope.ts";
import { foldersAbove } from "../../../lib/base/tree_path.ts";

/**
 * Where the two agree on what a glob means, the scope decides as picomatch does: plain letters, dots, stars, question marks,
 * classes and braces without a slash. (They differ by intent on parentheses, quotes, ranges in braces and backslashes, which
 * mean themselves in a scope, and `src/**` is not `src` there.)
 */
const part = fc.oneof(
  fc.constantFrom("**", "*", "a", "b", ".a", "ab", "a.b"),
  fc.array(fc.constantFrom("a", "b", ".", "*", "?", "[ab]", "[^a]", "{a,b}"), { minLength: 1, maxLength: 4 })
    .map((marks) => marks.join("").replace(/\*{2,}/g, "*")),
).filter((text) => !/^\.{1,2}$/.test(text) && !text.includes("]{") && !/\*[?[{*]|[?\]}]\*/.test(text));
const glob = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) =>
  parts.filter((each, index) => !(each === "**" && parts[index - 1] === "**")).join("/")
);
const name = fc.array(fc.constantFrom("a", "b", ".", "c"), { minLength: 1, maxLength: 4 })
  .map((letters) => letters.join("")).filter((text) => !/^\.{1,2}$/.test(text));
const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join("/"));

Deno.test("on globs that mean the same to both, the scope decides as picomatch does", () => {
  fc.assert(
    fc.property(glob, path, (pattern, candidate) => {
      const scope = compileScope([{
        text: pattern,
        negated: false,
        kind: "glob",
        base: "",
        glob: pattern,
        folder: false,
      }]);
      const below = pattern.endsWith("/**") ? `${pattern}/*` : pattern;
      const matches = picomatch(below, { dot: true, noextglob: true, nonegate: true, strictSlashes: true });
      const reachesBelow = !/(^|\/)[*?]+$/.test(pattern);
      const expected = matches(candidate) ||
        (reachesBelow && [...foldersAbove(candidate)].some((folder) => matches(folder)));
      assert.equal(scope(candidate), expected, `${pattern} on ${candidate}`);
    }),
    { numRuns: 20_000, seed: 7 },
  );
});
