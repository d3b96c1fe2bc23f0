import type { Answer } from "./answer.ts";
import { ANSWER_JSON_SCHEMA } from "./answer_schema.ts";
import { fitsSchema } from "./fits_schema.ts";

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

/** Parses a final message and holds it against the schema. What does not fit is rare, and zod says why: only then is it loaded. */
export async function parseAnswer(bytes: Uint8Array): Promise<AnswerReading> {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const why = error instanceof TypeError ? "not valid UTF-8" : "no JSON document";
    return { kind: "invalid", detail: `Codex's answer is ${why}.` };
  }
  if (fitsSchema(document, ANSWER_JSON_SCHEMA)) return { kind: "valid", answer: document as Answer };
  const { answerFaults } = await import("./answer_faults.ts");
  const faults = answerFaults(document);
  return { kind: "invalid", detail: `Codex's answer does not fit the schema: ${faults.join("; ")}.` };
}
