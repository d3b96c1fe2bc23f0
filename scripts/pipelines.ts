/** Writes lib/pipeline/built_in_pipelines.ts and pipelines/pipeline.schema.json anew, from pipelines/ and the code. */
import * as path from "node:path";
import { pipelineJsonSchema } from "../lib/pipeline/read/pipeline_json_schema.ts";
import { ROOT, runDeno } from "./run_deno.ts";
import { renderJson } from "../lib/base/render_json.ts";

if (import.meta.main) {
  const folder = path.join(ROOT, "pipelines");
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    name.endsWith(".yaml")
  );
  const entries = names.toSorted().map((name) => {
    const text = Deno.readTextFileSync(path.join(folder, name)).replace(/[\\`$]/g, "\\$&");
    return `["${name.replace(".yaml", "")}", \`${text}\`],\n`;
  });
  const head =
    "/** pipelines/*.yaml by name, so that the program holds them. Made by scripts/pipelines.ts; a test holds both together. */\n";
  const map = `export const BUILT_IN_PIPELINES: ReadonlyMap<string, string> = new Map([\n${
    entries.join("")
  }]);\n`;
  const file = path.join(ROOT, "lib", "pipeline", "built_in_pipelines.ts");
  await Deno.writeTextFile(file, head + map);
  const schema = path.join(folder, "pipeline.schema.json");
  await Deno.writeTextFile(schema, renderJson(pipelineJsonSchema()));
  await runDeno(["fmt", "--quiet", file, schema]);
}
