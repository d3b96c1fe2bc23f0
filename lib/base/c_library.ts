/** Where the C library lies, on the systems on which it is called. */
const FILES: Readonly<Record<string, string>> = {
  linux: "libc.so.6",
  darwin: "/usr/lib/libSystem.B.dylib",
};

/**
 * What opens the C library with these of its functions, once: undefined on other systems than those named, and where it may not
 * be called. It stays open.
 */
export function cLibrary<Symbols extends Deno.ForeignLibraryInterface>(
  symbols: Symbols,
  systems: readonly (typeof Deno.build.os)[] = ["linux"],
): () => Deno.DynamicLibrary<Symbols>["symbols"] | undefined {
  let opened: { readonly symbols: Deno.DynamicLibrary<Symbols>["symbols"] | undefined } | undefined;
  return () => {
    opened ??= { symbols: systems.includes(Deno.build.os) ? tryOpen(symbols) : undefined };
    return opened.symbols;
  };
}

function tryOpen<Symbols extends Deno.ForeignLibraryInterface>(
  symbols: Symbols,
): Deno.DynamicLibrary<Symbols>["symbols"] | undefined {
  const file = FILES[Deno.build.os];
  try {
    return file === undefined ? undefined : Deno.dlopen(file, symbols).symbols;
  } catch {
    return undefined;
  }
}
