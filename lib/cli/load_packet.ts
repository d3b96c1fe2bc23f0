import type { CliContext } from "./context.ts";
import { resolvePath } from "./dispatch_options.ts";
import { packetWorld } from "../dispatch/packet_world.ts";
import { checkPacket, type PacketCheck } from "../packet/check_packet.ts";
import { badInput, messageOf, type Problem } from "../base/errors.ts";

export interface LoadedPacket extends PacketCheck {
  /** As the caller named it; `-` is standard input. */
  readonly file: string;
}

/**
 * Reads and checks the packet in a file, or on standard input.
 *
 * @throws DispatchError (exit 1) if the file cannot be read; what is wrong within it is in `problems`
 */
export async function loadPacket(
  file: string,
  context: CliContext,
  options: { readonly waive: readonly string[]; readonly onSoundText?: () => void } = { waive: [] },
): Promise<LoadedPacket> {
  const bytes = await readBytes(file, context);
  let text: string;
  try {
    // The mark at the beginning stays: task.md is the packet byte for byte.
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const line = firstBadLine(bytes);
    const message = `The packet is not valid UTF-8 at line ${line}. Save it as UTF-8.`;
    return {
      file,
      packet: undefined,
      problems: [{ code: "packet-encoding", message, file, line }],
      warnings: [],
    };
  }
  const world = { ...packetWorld(context.environment), onSoundText: options.onSoundText };
  const check = await checkPacket(text, world, options);
  const inFile = (problem: Problem): Problem => ({ file, ...problem });
  return {
    file,
    packet: check.packet,
    problems: check.problems.map(inFile),
    warnings: check.warnings.map(inFile),
  };
}

async function readBytes(file: string, context: CliContext): Promise<Uint8Array> {
  if (file === "-") return await context.readStdin();
  try {
    return Deno.readFileSync(resolvePath(file, context));
  } catch (error) {
    throw badInput("packet-unreadable", `The packet "${file}" cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function firstBadLine(bytes: Uint8Array): number {
  const text = new TextDecoder().decode(bytes);
  return text.slice(0, text.indexOf("\uFFFD")).split("\n").length;
}
