import type { Finding } from "./finding.ts";

/** Whether a dispatch would work here. Pure. */
export function isFit(findings: readonly Finding[]): boolean {
  return findings.every(({ status }) => status !== "fail");
}

/** The findings for a person: a line each, and the remedy below it. Pure. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap(({ name, status, found, remedy }) => [
    `${status.padEnd(4)}  ${name.padEnd(width)}  ${found}`,
    ...remedy === null ? [] : [`${"".padEnd(width + 8)}${remedy}`],
  ]);
  const [failed, warned] = (["fail", "warn"] as const).map((status) =>
    findings.filter((finding) => finding.status === status).length
  ) as [number, number];
  const sum = failed > 0
    ? `A dispatch does not work here: ${failed} failed.`
    : warned > 0
    ? `A dispatch works here, with ${warned === 1 ? "one thing" : `${warned} things`} to know.`
    : "A dispatch works here.";
  return `${lines.join("\n")}\n\n${sum}\n`;
}

/** The findings for a program. Pure. */
export function findingsDocument(findings: readonly Finding[]): unknown {
  return { ok: isFit(findings), checks: findings };
}
