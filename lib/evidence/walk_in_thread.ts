import { openLibrary } from "./libc.ts";
import { Manifest } from "./manifest.ts";
import { type SharedWalk, walkShare } from "./shared_walk.ts";
import type { ShareMessage } from "./walk_thread.ts";

/** The other side of a WalkThread: takes its share of each walk that it is told of. */
export function serveWalks(): void {
  const thread = self as unknown as Thread;
  const libc = openLibrary();
  if (!libc) throw new Error("The C library cannot be called in this thread");
  thread.onmessage = ({ data }) => {
    const manifest = new Manifest();
    const share = walkShare(libc, manifest, data);
    const part = manifest.part();
    thread.postMessage({ ...share, part }, [part.rows.buffer]);
  };
  thread.postMessage("ready", []);
}

/** The global scope of a thread, which the types of the main one do not know. */
interface Thread {
  onmessage: (event: MessageEvent<SharedWalk>) => void;
  readonly postMessage: (message: ShareMessage | "ready", transfer: Transferable[]) => void;
}
