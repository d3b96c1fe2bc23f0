import type { DocumentStore } from "../../../../lib/pipeline/tree/kept_documents.ts";

/** Documents in memory, kept by a process that is killed where it is told to. */
export function memoryStore(): DocumentStore & { fails: boolean } {
  const documents = new Map<string, string>();
  const store = {
    fails: false,
    keep: (name: string, text: string): Promise<void> => {
      if (store.fails) return Promise.reject(new Error("killed"));
      documents.set(name, text);
      return Promise.resolve();
    },
    readKept: (name: string): Promise<string | undefined> => Promise.resolve(documents.get(name)),
  };
  return store;
}
