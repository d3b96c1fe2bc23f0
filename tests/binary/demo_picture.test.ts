import assert from "node:assert/strict";
import { DEMO_PICTURE, recordDemo } from "../../scripts/record_demo.ts";
import { renderRecording, textOfPicture } from "../../scripts/render_recording.ts";
import { MACHINE_PATH } from "../helpers/lean_path.ts";
import { programCommand, programWords } from "../helpers/program.ts";

/** A terminal of its own is had by way of `script`, whose options are those of Linux. */
const LINUX = Deno.build.os === "linux";

Deno.test({
  name:
    "the picture of the demo shows what the demo prints on a terminal (deno run -A scripts/record_demo.ts)",
  ignore: !LINUX,
  async fn(): Promise<void> {
    const { variables } = await programCommand();
    const env = { PATH: MACHINE_PATH, HOME: "/", LANG: "C.UTF-8", ...variables };
    const now = renderRecording(await recordDemo(await programWords([], env), env), "codex-dispatch demo");
    const then = await Deno.readTextFile(DEMO_PICTURE);
    assert.ok(textOfPicture(then).length > 50);
    assert.equal(wordsOf(then), wordsOf(now));
  },
});

Deno.test("the picture of the demo is well-formed", async () => {
  const { code, stderr } = await new Deno.Command("python3", {
    args: ["-c", "import sys, xml.dom.minidom as x; x.parse(sys.argv[1])", DEMO_PICTURE],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  assert.doesNotMatch(await Deno.readTextFile(DEMO_PICTURE), /<script|href|url\(|@import/);
});

/** Without what differs from run to run: names, times, and so where lines are broken and cut. */
function wordsOf(svg: string): string {
  const timeless = textOfPicture(svg).map((line) =>
    line.replace(/.{8}…$/, "…").replaceAll(/(?:\d+ min )?\d+(?:\.\d+)? (?:ms|s)\b/g, "TIME")
  );
  return timeless.join("")
    .replaceAll(/codex-dispatch-demo-[0-9a-f]+/g, "DEMO")
    .replaceAll(/\d{8}-\d{9}-([a-z-]+)-[0-9a-f]{8}/g, "$1")
    .replaceAll(/\s+/g, "");
}
