import type { CliContext } from "./context.ts";
import { resolvePath } from "./dispatch_options.ts";
import { collectUpTo } from "../base/bytes.ts";
import { badInput, messageOf } from "../base/errors.ts";

/**
 * The bytes of a packet: of a file, of standard input (`-`), or of a descriptor that the caller opened (`/dev/fd/63` is what a
 * shell makes of `<(…)`). Of what is larger than `most`, a little more than that.
 *
 * @throws DispatchError (exit 1) if it cannot be read
 */
export async function readPacketBytes(file: string, context: CliContext, most: number): Promise<Uint8Array> {
  const descriptor = DESCRIPTOR.exec(file);
  // A process without a caller is handed on standard input what its caller read.
  if (file === "-" || (descriptor && (context.detached || isStandardInput(descriptor)))) {
    return await context.readStdin(most);
  }
  try {
    if (!descriptor) return readUpTo(resolvePath(file, context), most);
    const { readDescriptor } = await import("./read_descriptor.ts");
    return readDescriptor(file, most);
  } catch (error) {
    throw badInput("packet-unreadable", `The packet "${file}" cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Whether a packet can be read by this process alone: another one has to be handed its bytes. */
export function isCallersOwn(file: string): boolean {
  return file === "-" || DESCRIPTOR.test(file);
}

const DESCRIPTOR = /^\/(?:dev\/(?:stdin|fd\/(\d+))|proc\/self\/fd\/(\d+))$/;

function isStandardInput([, device, process]: RegExpExecArray): boolean {
  return Number(device ?? process ?? 0) === 0;
}

/** A device may have no end. */
function readUpTo(file: string, most: number): Uint8Array {
  using opened = Deno.openSync(file, { read: true });
  return collectUpTo(most, (piece) => opened.readSync(piece));
}
