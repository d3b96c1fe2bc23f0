import { EXIT, type ExitCode } from "./exit_codes.ts";

/** A signal by which somebody ends what runs. */
export type StopSignal = "SIGINT" | "SIGTERM";

/** The signal that aborted: its name is the reason. Whatever else aborts ends a run as SIGTERM does. */
export function stopSignalOf({ reason }: AbortSignal): StopSignal {
  return reason === "SIGINT" ? "SIGINT" : "SIGTERM";
}

export function exitOfSignal(signal: StopSignal): ExitCode {
  return signal === "SIGINT" ? EXIT.sigint : EXIT.sigterm;
}
