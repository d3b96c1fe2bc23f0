import assert from "node:assert/strict";
import { escapingLink } from "../../../lib/evidence/escaping_link.ts";
import { compileScope } from "../../../lib/evidence/scope.ts";
import { scopeOf } from "./observing.ts";

const OUTSIDE = "outside of the repository";
const OUT_OF_SCOPE = "outside of WRITE SCOPE";
const BACK = 'by way of ".." behind another link';

interface Case {
  readonly link: string;
  readonly target: string;
  readonly is: string | undefined;
  readonly scope?: readonly string[];
  readonly links?: readonly string[];
}

const CASES: readonly Case[] = [
  { link: "src/a", target: "b", is: undefined },
  { link: "src/a", target: "./b/", is: undefined },
  { link: "src/a", target: "../src/b", is: undefined },
  { link: "src/deep/a", target: "..", is: undefined },
  { link: "src/a", target: "/repo/src/b", is: undefined },
  { link: "src/a", target: "/repo/./src//b", is: undefined },
  { link: "src/a", target: "b/../c", is: undefined },
  { link: "src/a", target: "../README.md", is: OUT_OF_SCOPE },
  { link: "src/a", target: "/repo/README.md", is: OUT_OF_SCOPE },
  { link: "src/a", target: "../srcx", is: OUT_OF_SCOPE },
  { link: "src/a", target: "..", is: OUTSIDE },
  { link: "src/a", target: "/repo", is: OUTSIDE },
  { link: "src/a", target: "../..", is: OUTSIDE },
  { link: "src/a", target: "../../repo2/src", is: OUTSIDE },
  { link: "src/a", target: "/repository/src", is: OUTSIDE },
  { link: "src/a", target: "/etc/passwd", is: OUTSIDE },
  { link: "src/a", target: "/repo/src/../../etc", is: OUTSIDE },
  { link: "a", target: "..x", is: undefined, scope: ["."] },
  { link: "a", target: "b", is: undefined, scope: ["."] },
  { link: "a", target: ".", is: OUTSIDE, scope: ["."] },
  { link: "src/a", target: "b/c", is: undefined, links: ["src/b"] },
  { link: "src/a", target: "b/../c", is: BACK, links: ["src/b"] },
  { link: "src/a", target: "b/c/../../d", is: BACK, links: ["src/b"] },
  { link: "src/a", target: "/repo/src/b/../c", is: BACK, links: ["src/b"] },
  { link: "src/a", target: "b/../c", is: undefined, links: ["src/c", "b", "src/a"] },
  { link: "src/a", target: "../src/b", is: undefined, links: ["src/b"] },
];

for (const { link, target, is, scope = ["src/"], links = [] } of CASES) {
  const beside = links.length > 0 ? `, ${links.join(" and ")} being links,` : "";
  Deno.test(`from "${link}" to "${target}" in the scope ${scope.join(" ")}${beside} leads ${is ?? "nowhere else"}`, () => {
    const options = {
      root: "/repo",
      inScope: compileScope(scopeOf(scope)),
      isLink: (path: string) => links.includes(path),
    };
    assert.equal(escapingLink(link, target, options), is);
  });
}
