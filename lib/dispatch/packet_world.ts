import type { PacketWorld } from "../packet/check_packet.ts";
import { isThere } from "../base/is_there.ts";

/** The machine as packets speak of it. */
export function packetWorld(environment: Readonly<Record<string, string>>): PacketWorld {
  return {
    home: environment["HOME"] ?? environment["USERPROFILE"],
    locate: async (absolute) => {
      const { locateWorkTree } = await import("../evidence/locate_work_tree.ts");
      return await locateWorkTree(absolute, environment);
    },
    exists: isThere,
  };
}
