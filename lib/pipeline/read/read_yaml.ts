import * as yaml from "js-yaml";
import { messageOf, type Problem } from "../../base/errors.ts";
import type { SourceText } from "../../base/source_text.ts";
import { showCount } from "../../base/text.ts";
import { YamlComposer, YamlStop } from "./yaml_composer.ts";
import type { YamlNode } from "./yaml_node.ts";

const MOST_CHARACTERS = 1_000_000;
const MOST_DEPTH = 32;

/**
 * Reads one YAML 1.2 document into nodes with places. Of a file whose syntax is wrong, `root` is undefined and there is
 * one problem; duplicate keys, tags and the like are told all at once. Never throws.
 */
export function readYaml(source: SourceText): { root: YamlNode | undefined; problems: readonly Problem[] } {
  const { text } = source;
  if (text.length > MOST_CHARACTERS) {
    const message = `The file has ${showCount(text.length)} characters; ${
      showCount(MOST_CHARACTERS)
    } are the most.`;
    return { root: undefined, problems: [source.problem("yaml-too-large", message, { start: 0, end: 1 })] };
  }
  try {
    const composer = new YamlComposer(source);
    for (const event of yaml.parseEvents(text, { maxDepth: MOST_DEPTH })) composer.take(event);
    return composer.finish();
  } catch (error) {
    return { root: undefined, problems: [syntaxProblem(error, source)] };
  }
}

function syntaxProblem(error: unknown, source: SourceText): Problem {
  if (error instanceof YamlStop) return error.problem;
  const [reason, at] = error instanceof yaml.YAMLException
    ? [error.reason, error.mark?.position ?? 0]
    : [messageOf(error), 0];
  const start = Math.min(at, Math.max(0, source.text.length - 1));
  const line = source.lineAt(source.placeOf(start).line);
  const shown = source.text.slice(line.start, Math.min(line.end, line.start + 1000));
  const remedy = /[[{,].*\$\{\{/.test(shown)
    ? " Text with ${{ }} in it is put in quotes between [ ] or { }."
    : /^\s*[\]}]/.test(shown)
    ? " The bracket that closes is indented further than the key to which it belongs."
    : "";
  return source.problem("yaml-syntax", `This is no valid YAML: ${reason}.${remedy}`, {
    start,
    end: start + 1,
  });
}
