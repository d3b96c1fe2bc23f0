import type { ListTemplate, PacketFile, Template } from "../pipeline.ts";
import type { Scope } from "./read_expression.ts";
import { templateOf } from "./read_template.ts";
import { Report } from "./report.ts";
import { checkWorkdir } from "./stage_values.ts";
import { checkWriteScope } from "../../packet/check_packet.ts";
import { type FieldName, FIELDS, type Mode } from "../../packet/fields.ts";
import type { Item, PacketDraft } from "../../packet/packet_fields.ts";
import { readPacket } from "../../packet/read_packet.ts";
import type { Problem } from "../../base/errors.ts";
import { SourceText, type Span } from "../../base/source_text.ts";

/** What whoever reads files found at the path that a stage names. */
export type PacketFileText =
  | { readonly file: string; readonly text: string }
  /** The sentence that says why it cannot be read. */
  | { readonly refused: string };

/** A packet with `${{ }}` in it, read as far as that can be done before its values are known. */
export interface PacketTemplate {
  readonly mode: Mode | undefined;
  readonly read: (scope: Scope) => { packet: PacketFile; workdir: Template } | undefined;
}

/** Reads a packet's text. What is wrong with it is reported with the places of its own file. */
export function readPacketFile(
  { file, text }: { readonly file: string; readonly text: string },
  into: Report,
): PacketTemplate {
  const source = new SourceText(file, text.replace(/^\uFEFF/, ""));
  const report = new Report(source, into);
  const { draft, lines, problems, warnings } = readPacket(source.text);
  const placed = (problem: Problem): Problem => placeLine(problem, source);
  report.add([...problems, ...(draft ? checkWriteScope(draft) : [])].map(wordTemplatedMode).map(placed));
  report.addWarnings(warnings.map(placed));
  return {
    mode: draft?.mode,
    read: (scope) => {
      if (!draft) return undefined;
      const span = { start: 0, end: source.text.length };
      const template = templateOf({ name: "packet", text: source.text, span }, { ...scope, report });
      if (!template) return undefined;
      // Field by field there is more to tell only where an expression reaches beyond the one that it begins in.
      const own = new Report(source);
      const fields = fieldsOf(draft, lines, { ...scope, report: own });
      if (fields) checkWorkdir(fields.workdir, lineSpan(source, draft.workdirLine), own);
      report.add(own.problems);
      return fields &&
        { packet: { kind: "file", file, template, ...fields.packet }, workdir: fields.workdir };
    },
  };
}

function fieldsOf(
  draft: PacketDraft,
  lines: ReadonlyMap<FieldName, number>,
  scope: Scope,
): { packet: Omit<PacketFile, "kind" | "file" | "template">; workdir: Template } | undefined {
  const { source } = scope.report;
  const at = (name: string, value: string, line = 1): Template | undefined =>
    templateOf({ name, text: value, span: source.lineAt(line) }, scope);
  const text = (name: FieldName, value: string): Template | undefined => at(name, value, lines.get(name));
  const list = (name: FieldName, items: readonly Item[]): ListTemplate | undefined => {
    const isPath = FIELDS[name].kind === "paths";
    const templates = items.flatMap((item) =>
      at(name, isPath ? literally(item) : item.text, item.line) ?? []
    );
    return items.length === 0 ? undefined : { kind: "items", items: templates };
  };
  const workdir = draft.workdir === undefined ? undefined : at("WORKDIR", draft.workdir, draft.workdirLine);
  const objective = text("OBJECTIVE", draft.objective);
  if (!workdir || !objective) return undefined;
  const packet = {
    objective,
    writeScope: draft.mode === "worker" ? list("WRITE SCOPE", draft.writeScope) : undefined,
    nonGoals: list("NON-GOALS", draft.nonGoals),
    verification: list("VERIFICATION", draft.verification),
    deliverable: list("DELIVERABLE", draft.deliverable),
    context: draft.context === "" ? undefined : text("CONTEXT", draft.context),
    inputs: list("INPUTS", draft.inputs),
    allowDirtyOverlap: draft.allowDirtyOverlap,
    allowCommits: draft.allowCommits,
    ignoredWrites: list("IGNORED WRITES", draft.ignoredWrites),
    waive: list("WAIVE", draft.waive),
    others: draft.others.flatMap(({ name, text: value }) => {
      const template = at(name, value);
      return template ? [{ name, text: template }] : [];
    }),
  };
  return { packet, workdir };
}

/** A path in a fence is taken as it is: backticks say the same. */
function literally({ text, literal }: Item): string {
  return literal && !text.includes("`") && !text.includes("${{") ? `\`${text}\`` : text;
}

/** The mode settles the gate and the checkout, before any value is known. */
function wordTemplatedMode(problem: Problem): Problem {
  if (problem.code !== "packet-mode" || !problem.message.includes("${{")) return problem;
  return { ...problem, message: "MODE of a packet in a pipeline is written out, without ${{ }}." };
}

function placeLine(problem: Problem, source: SourceText): Problem {
  if (problem.line === undefined) return { ...problem, file: source.file, line: 1, column: 1 };
  const { start, end } = lineSpan(source, problem.line);
  return source.problem(problem.code, problem.message, { start, end });
}

/** A line without the white space around it. */
function lineSpan(source: SourceText, line: number): Span {
  const whole = source.lineAt(line);
  const text = source.text.slice(whole.start, whole.end);
  return {
    start: whole.start + text.length - text.trimStart().length,
    end: whole.start + text.trimEnd().length,
  };
}
