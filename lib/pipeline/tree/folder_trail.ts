import { O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW } from "../../evidence/libc.ts";
import { AT_FDCWD, EEXIST, errnoOf, failure, type Library, named } from "./copy_calls.ts";

/** An open folder of a path, on one side. */
interface OpenFolder {
  readonly prefix: string;
  readonly fd: number;
}

/** How a folder is opened, through no link. */
export const FOLDER = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/** The folders that are open on the way to the one that is worked in: the next is mostly near. */
export class FolderTrail {
  readonly root: string;
  readonly #libc: Library;
  readonly #make: boolean;
  readonly #open: OpenFolder[] = [];

  constructor(libc: Library, root: string, { make }: { readonly make: boolean }) {
    this.#libc = libc;
    this.root = root;
    this.#make = make;
  }

  /** The descriptor of a folder, whose path ends in `/`. It is good until the next call. */
  open(prefix: string): number {
    const fd = this.find(prefix);
    if (fd === undefined) throw failure(errnoOf(this.#libc), this.#make ? "write" : "read", prefix);
    return fd;
  }

  /** The same; undefined if there is none. */
  find(prefix: string): number | undefined {
    let top = this.#open.at(-1);
    while (top && !prefix.startsWith(top.prefix)) {
      this.#libc.close(top.fd);
      this.#open.pop();
      top = this.#open.at(-1);
    }
    if (!top) {
      const fd = this.#libc.openat(AT_FDCWD, named(this.root), FOLDER, 0);
      if (fd < 0) return undefined;
      top = { prefix: "", fd };
      this.#open.push(top);
    }
    while (top.prefix !== prefix) {
      const end: number = prefix.indexOf("/", top.prefix.length) + 1;
      const name = named(prefix.slice(top.prefix.length, end - 1));
      if (this.#make && this.#libc.mkdirat(top.fd, name, 0o700) !== 0 && errnoOf(this.#libc) !== EEXIST) {
        return undefined;
      }
      const fd: number = this.#libc.openat(top.fd, name, FOLDER, 0);
      if (fd < 0) return undefined;
      top = { prefix: prefix.slice(0, end), fd };
      this.#open.push(top);
    }
    return top.fd;
  }

  close(): void {
    for (const { fd } of this.#open.splice(0)) this.#libc.close(fd);
  }
}
