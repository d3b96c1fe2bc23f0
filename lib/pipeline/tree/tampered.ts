import { DispatchError } from "../../base/errors.ts";
import { EXIT } from "../../base/exit_codes.ts";
import { plural } from "../../base/text.ts";
import { showPath } from "../../base/tree_path.ts";

/** What is thrown where something that a pipeline keeps is not as it was kept: exit 3. */
export function tampered(files: readonly string[]): DispatchError {
  const names = files.slice(0, 5).map((file) => `"${showPath(file)}"`).join(", ");
  const rest = files.length > 5 ? ` and ${plural(files.length - 5, "more file")}` : "";
  const message =
    `What the pipeline keeps was changed by another hand than codex-dispatch: ${names}${rest}. Nothing of it is used, and the ` +
    "tree stays as it is. See to the tree, and start the pipeline anew.";
  return new DispatchError(EXIT.violation, [{ code: "pipeline-tampered", message }]);
}
