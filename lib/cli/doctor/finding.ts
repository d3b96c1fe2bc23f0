import { messageOf } from "../../base/errors.ts";
import { showDuration } from "../../base/durations.ts";

/** ok; warn: a dispatch works, with less than it could have; fail: a dispatch does not work. */
export type FindingStatus = "ok" | "warn" | "fail";

/** What one check of the machine found. */
export interface Finding {
  readonly name: string;
  readonly status: FindingStatus;
  readonly found: string;
  /** What to do; null where nothing is to be done. */
  readonly remedy: string | null;
}

export interface Check {
  readonly name: string;
  readonly run: () => Promise<Omit<Finding, "name">>;
}

/** Whatever a check asks is known by then, or it is not to be known. Milliseconds. */
const DEADLINE = 20_000;

/** Runs checks side by side. One that throws, or that does not come back, is a failure with its reason. */
export async function findAll(checks: readonly Check[], deadline = DEADLINE): Promise<Finding[]> {
  return await Promise.all(checks.map(async ({ name, run }) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<Omit<Finding, "name">>((resolve) => {
      const found = `no answer within ${showDuration(deadline)}`;
      timer = setTimeout(
        () => resolve(fail(found, "Something on this machine hangs: try it by hand.")),
        deadline,
      );
    });
    const finding = await Promise.race([run().catch((error) => fail(messageOf(error), null)), late]);
    clearTimeout(timer);
    return { name, ...finding };
  }));
}

export function ok(found: string): Omit<Finding, "name"> {
  return { status: "ok", found, remedy: null };
}

export function warn(found: string, remedy: string): Omit<Finding, "name"> {
  return { status: "warn", found, remedy };
}

export function fail(found: string, remedy: string | null): Omit<Finding, "name"> {
  return { status: "fail", found, remedy };
}
