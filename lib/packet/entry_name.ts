import { looksLikeField } from "./looks_like_field.ts";

/** `exact`: it stands there, and is no pattern. */
type Named = { name: string; exact: boolean } | { code: string; refused: string };

const ANNOTATION = /(?<!\s)\s*\(\s*(?:NEW|MODIFY|DELETE|MOVED?|RENAMED|OPTIONAL)\b[^)]*\)$/i;

/** The name in an entry's text: without annotation and backticks; anything that may be prose is refused. */
export function nameIn(body: string, exists: (text: string) => boolean): Named {
  const text = body.replace(ANNOTATION, "").trim();
  if (text === "") return { code: "scope-empty", refused: "names nothing." };
  if (exists(text)) return { name: text, exact: true };
  const ticked = /^`([^`]+)`(.*)$/.exec(text);
  if (ticked?.[1] !== undefined) {
    const rest = ticked[2]?.trim() ?? "";
    if (rest !== "") return prose(`\`${ticked[1]}\``, rest);
    return { name: ticked[1], exact: exists(ticked[1]) };
  }
  const misread = misreadBeginning(text) ?? (text.includes("`") ? STRAY_BACKTICK : undefined);
  if (misread) return misread;
  const quoted = /^(["'])(.+)\1$/.exec(text);
  if (quoted) {
    return {
      code: "scope-quoted",
      refused: `is in quotes, which would be part of the name. Write ${quoted[2]} alone.`,
    };
  }
  const tail = /^(.+?)((?<!\s)\s+(?:(?:-{1,2}|[–—]|->|→|#|\/\/)(?:\s.*)?|\([^()]*\))|:(?:\s.*)?)$/s
    .exec(text);
  if (tail?.[1] !== undefined) return prose(tail[1], tail[2]?.trim() ?? "");
  if (outsideBraces(text).includes(",")) {
    return { code: "scope-comma", refused: "holds a comma. Give each path a line of its own." };
  }
  if (text.includes("\\") && Deno.build.os !== "windows") {
    return { code: "scope-backslash", refused: "holds a backslash. Write / between the parts of a path." };
  }
  return { name: Deno.build.os === "windows" ? text.replaceAll("\\", "/") : text, exact: false };
}

const STRAY_BACKTICK: Named = {
  code: "scope-backtick",
  refused: "holds a backtick. Put backticks around the whole path, or none.",
};

/** What people write in front of a path elsewhere. Taken for a part of the name, it would grant, or take away, nothing. */
function misreadBeginning(text: string): Named | undefined {
  const mark = /^(\[[ xX]?\](?=\s)|[*+](?=\s)|\d{1,9}[.)](?=\s)|[-•◦‣▪●○·–—])\s*(\S.*)$/s.exec(text);
  if (mark) {
    return {
      code: "scope-mark",
      refused: `begins with "${mark[1]}". Write ${mark[2]} alone; if that is part of the name, ` +
        "put all of it in backticks.",
    };
  }
  const link = /^\[[^\]]*\]\(([^()]+)\)$/.exec(text);
  if (link) {
    return {
      code: "scope-link",
      refused: `is a link of Markdown. Write ${link[1]} alone; if it is a name, put it in backticks.`,
    };
  }
  if (text.startsWith("<!--")) {
    return {
      code: "scope-comment",
      refused: "is a comment. Put it on a line of its own, without a list mark.",
    };
  }
  const field = looksLikeField(text);
  if (field !== undefined) {
    return {
      code: "scope-field",
      refused: `looks like the field ${field}. Write "${field}:" at the start of a line for that; ` +
        "if it is a name, put it in backticks.",
    };
  }
  const magic = /^:(?:[!^]|\([^)]*\))/.exec(text);
  if (!magic) return undefined;
  return {
    code: "scope-pathspec",
    refused: `begins with "${magic[0]}", as pathspecs of git do. Write !path to take a path away, ` +
      ":/path for one from the repository's root, and globs as they are.",
  };
}

/** Groups lie in groups: `{src,{docs,lib}/api}`. */
function outsideBraces(text: string): string {
  const less = text.replace(/\{[^{}]*\}/g, "");
  return less === text ? text : outsideBraces(less);
}

function prose(name: string, rest: string): Named {
  return {
    code: "scope-prose",
    refused:
      `has text after the path ("${
        rest.slice(0, 60)
      }"). Write ${name} alone; if the text is part of the name, ` +
      "put all of it in backticks.",
  };
}
