import * as z from "zod/mini";
import english from "zod/locales/en";

export const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;

export const FindingSchema = z.strictObject({
  severity: z.enum(SEVERITIES),
  title: z.string(),
  body: z.string(),
  file: z.nullable(z.string()),
  line: z.nullable(z.number()),
  recommendation: z.string(),
});

/** Codex's final message. Every object is closed and every key required: the server takes no other schema. */
export const AnswerSchema = z.strictObject({
  result: z.enum(["done", "blocked", "partial", "findings-only"]),
  verdict: z.enum(["pass", "fail", "inconclusive", "none"]),
  summary: z.string(),
  changed_files: z.array(z.string()),
  verification_run: z.array(
    z.strictObject({ command: z.string(), exit_code: z.nullable(z.number()), outcome: z.string() }),
  ),
  evidence: z.array(z.string()),
  findings: z.array(FindingSchema),
  risks: z.array(z.string()),
  next: z.string(),
});

export type Answer = z.infer<typeof AnswerSchema>;

export type AnswerReading =
  | { readonly kind: "valid"; readonly answer: Answer }
  | { readonly kind: "missing" | "invalid"; readonly detail: string };

/** The largest answer that is read. Bytes; a real one has a few thousand. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Reads the file that Codex was told to write. Whatever stands there (nothing, a pipe, a link, noise), it answers. */
export async function readAnswer(path: string): Promise<AnswerReading> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.lstat(path);
  } catch {
    return { kind: "missing", detail: "Codex left no answer." };
  }
  if (!info.isFile) return { kind: "invalid", detail: "Where the answer should be stands no regular file." };
  if (info.size === 0) return { kind: "missing", detail: "Codex ended without a final message." };
  if (info.size > MOST_BYTES) return { kind: "invalid", detail: `The answer has ${info.size} bytes.` };
  return parseAnswer(await Deno.readFile(path));
}

/** Parses a final message and holds it against the schema. Pure. */
export function parseAnswer(bytes: Uint8Array): AnswerReading {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const why = error instanceof TypeError ? "not valid UTF-8" : "no JSON document";
    return { kind: "invalid", detail: `Codex's answer is ${why}.` };
  }
  const parsed = AnswerSchema.safeParse(document, { error: english().localeError });
  if (parsed.success) return { kind: "valid", answer: parsed.data };
  const faults = parsed.error.issues.slice(0, 5).map((issue) =>
    `${issue.path.join(".") || "document"}: ${issue.message}`
  );
  return { kind: "invalid", detail: `Codex's answer does not fit the schema: ${faults.join("; ")}.` };
}
