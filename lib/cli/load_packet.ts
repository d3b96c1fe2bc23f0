import type { CliContext } from "./context.ts";
import { readPacketBytes } from "./packet_bytes.ts";
import { packetWorld } from "../dispatch/packet_world.ts";
import { checkPacket, type PacketCheck } from "../packet/check_packet.ts";
import { MAX_PACKET_CHARACTERS } from "../packet/read_packet.ts";
import type { Problem } from "../base/errors.ts";
import { showCount } from "../base/text.ts";

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
  const bytes = await readPacketBytes(file, context, MOST_PACKET_BYTES);
  const refused = (problem: Problem): LoadedPacket => ({
    file,
    packet: undefined,
    problems: [{ file, ...problem }],
    warnings: [],
  });
  if (bytes.length > MOST_PACKET_BYTES) {
    const [bytes, characters] = [MOST_PACKET_BYTES, MAX_PACKET_CHARACTERS].map(showCount);
    const message =
      `The packet has more than ${bytes} bytes; Codex takes ${characters} characters at most. ` +
      "Put long material into a file and name it in INPUTS.";
    return refused({ code: "packet-too-long", message });
  }
  let text: string;
  try {
    // The mark at the beginning stays: task.md is the packet byte for byte.
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const line = firstBadLine(bytes);
    const message = `The packet is not valid UTF-8 at line ${line}. Save it as UTF-8.`;
    return refused({ code: "packet-encoding", message, line });
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

/** No packet that is taken has more: four bytes a character, and the mark at the beginning. */
export const MOST_PACKET_BYTES = 4 * MAX_PACKET_CHARACTERS + 3;

function firstBadLine(bytes: Uint8Array): number {
  const text = new TextDecoder().decode(bytes);
  return text.slice(0, text.indexOf("\uFFFD")).split("\n").length;
}
