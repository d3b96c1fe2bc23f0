/** Holds a work tree until it is killed, with a child beside it: prints the child's id once it has the lock. */
import { lockWorkTree } from "../../../lib/process/work_tree_lock.ts";

if (import.meta.main) {
  const [folder = "", root = ""] = Deno.args;
  await lockWorkTree(root, {
    folder,
    shared: false,
    holder: { what: "worker run", id: "killed" },
    noWait: true,
    within: [],
    now: () => new Date(),
    interrupt: new AbortController().signal,
    report: () => {},
  });
  const child = new Deno.Command("sleep", { args: ["600"], stdin: "null", stdout: "null", stderr: "null" })
    .spawn();
  console.log(child.pid);
  await new Promise(() => setInterval(() => {}, 60_000));
}
