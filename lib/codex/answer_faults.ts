import english from "zod/locales/en";
import { AnswerSchema } from "./answer.ts";

/** Why a document is no answer: the first reasons, each with its place. */
export function answerFaults(document: unknown): string[] {
  const { error } = AnswerSchema.safeParse(document, { error: english().localeError });
  return (error?.issues ?? []).slice(0, 5).map((issue) =>
    `${issue.path.join(".") || "document"}: ${issue.message}`
  );
}
