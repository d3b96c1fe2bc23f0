/**
 * What a piece of work comes to; undefined as soon as the signal is aborted, and then without beginning it if it was before. Work
 * that is left goes on to its end by itself, and how that looks is nobody's concern.
 */
export async function unlessAborted<T>(
  begin: () => Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  const aborted = Promise.withResolvers<undefined>();
  const onAbort = (): void => aborted.resolve(undefined);
  signal.addEventListener("abort", onAbort, { once: true });
  const work = begin().catch((error: unknown) => {
    // What failed for the very reason that it is left, failed rightly.
    if (signal.aborted) return undefined;
    throw error;
  });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
