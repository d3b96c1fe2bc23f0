import assert from "node:assert/strict";
import { type Finding, isSameFinding } from "../../../lib/pipeline/finding.ts";

const found = (title: string, body = "", file: string | null = "src/a.ts", line = 1): Finding => ({
  severity: "high",
  title,
  body,
  file,
  line,
  recommendation: "",
});

/** Two findings, and whether they are about the same defect. */
const PAIRS: readonly [string, Finding, Finding, boolean][] = [
  ["the same words", found("Handle leaks on error"), found("Handle leaks on error"), true],
  [
    "another line",
    found("Handle leaks on error", "", "src/a.ts", 1),
    found("Handle leaks on error", "", "src/a.ts", 90),
    true,
  ],
  ["other order and endings", found("Handles leak on errors"), found("On error the handle leaks"), true],
  [
    "an absolute path of the same file",
    found("Handle leaks", "", "/r/src/a.ts"),
    found("Handle leaks"),
    true,
  ],
  ["no file on one side", found("Handle leaks on error", "", null), found("Handle leaks on error"), true],
  ["another file", found("Handle leaks on error", "", "src/b.ts"), found("Handle leaks on error"), false],
  [
    "another defect in the same file",
    found("Handle leaks on error"),
    found("Length is never checked"),
    false,
  ],
  [
    "one common word of many",
    found("The cache is never emptied"),
    found("The cache key ignores the locale"),
    false,
  ],
  [
    "fillers alone in common",
    found("It is not for the caller"),
    found("This may be of the same kind"),
    false,
  ],
  [
    "the same in Chinese, reworded",
    found("解析失敗時檔案控制代碼洩漏"),
    found("檔案控制代碼在解析失敗時洩漏"),
    true,
  ],
  ["another defect in Chinese", found("解析失敗時檔案控制代碼洩漏"), found("緩衝區長度沒有檢查"), false],
  ["titles without words", found("?!"), found("!!"), false],
];

for (const [name, one, other, same] of PAIRS) {
  Deno.test(`${name}: ${same ? "the same finding" : "another finding"}`, () => {
    assert.equal(isSameFinding(one, other), same);
    assert.equal(isSameFinding(other, one), same);
  });
}
