import assert from "node:assert/strict";
import type { Recording } from "../../../scripts/record_terminal.ts";
import { renderRecording, textOfPicture } from "../../../scripts/render_recording.ts";

const line = (...versions: readonly (readonly [number, string])[]): Recording["lines"][number] => ({
  versions: versions.map(([from, text]) => ({ from, text })),
});

const RECORDING: Recording = {
  columns: 20,
  rows: 3,
  duration: 1000,
  lines: [
    line([0, "begins"]),
    line([100, "⠋ works"], [500, "✓ done"]),
    line([100, ""]),
    line([600, `<a> & "b"`]),
    line([700, "soon"], [800, ""]),
  ],
};

Deno.test("the picture has what was typed and what stands there in the end, whatever is in it", () => {
  const svg = renderRecording(RECORDING, "run");
  assert.deepEqual(textOfPicture(svg), ["$ run", "begins", "✓ done", `<a> & "b"`]);
  assert.ok(svg.includes("&lt;a&gt; &amp; &quot;b&quot;"));
});

Deno.test("what was replaced is hidden but for its time, and what comes later is hidden until then", () => {
  const svg = renderRecording(RECORDING, "run");
  assert.match(svg, /<text class="gone v100-500"[^>]*>⠋ works</);
  assert.match(
    svg,
    /@keyframes kv100-500 \{ 0% \{ visibility: hidden \} 2% \{ visibility: visible \} 10% \{ visibility: hidden \} \}/,
  );
  assert.match(svg, /<text class="s600"/);
  assert.match(svg, /@keyframes ks600 \{ 0% \{ visibility: hidden \} 12% \{ visibility: visible \} \}/);
  assert.match(svg, /<text class="stays"[^>]*>begins</);
});

Deno.test("the window scrolls as lines come, and stands at the end where nothing moves", () => {
  const svg = renderRecording(RECORDING, "run");
  const [, steps = ""] = /@keyframes kscrolls \{ (.*) \}\n/.exec(svg) ?? [];
  assert.deepEqual(
    [...steps.matchAll(/([\d.]+)% \{ transform: translateY\(-(\d+)px\) \}/g)].map(([, at, by]) => [at, by]),
    [
      ["0", "0"],
      ["2", "19"],
      ["12", "38"],
      ["14", "57"],
    ],
  );
  assert.match(svg, /<g class="scrolls"[^>]* transform="translate\(0 -57\)">/);
});
