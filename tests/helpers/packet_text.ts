const BLOCKS: Readonly<Record<string, string>> = {
  "MODE": "MODE: worker",
  "WORKDIR": "WORKDIR: /repo",
  "OBJECTIVE": "OBJECTIVE: Do it.",
  "WRITE SCOPE": "WRITE SCOPE: src/",
  "NON-GOALS": "NON-GOALS: nothing else",
  "VERIFICATION": "VERIFICATION: true",
  "DELIVERABLE": "DELIVERABLE: a diff",
};

/**
 * A good packet of seven lines, one a field, in the order MODE, WORKDIR, OBJECTIVE, WRITE SCOPE, NON-GOALS, VERIFICATION,
 * DELIVERABLE. A block given here stands in the place of that field's line, "" for none; others come at the end.
 */
export function packetText(blocks: Readonly<Record<string, string>> = {}): string {
  return Object.values({ ...BLOCKS, ...blocks }).filter((block) => block !== "").join("\n") + "\n";
}
