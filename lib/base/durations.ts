/** Milliseconds as people say them: `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 07 min`. */
export function showDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${trimZero(seconds.toFixed(1))} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${pad(Math.floor(seconds % 60))} s`;
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** Seconds without loss, for messages that name a limit: `300 s`, `2.5 s`. */
export function showSeconds(ms: number): string {
  return `${trimZero((ms / 1000).toFixed(3))} s`;
}

/** `90s`, `30m`, `2h` or `1h30m` in milliseconds; undefined for anything else, zero included. */
export function parseDuration(text: string): number | undefined {
  const match = /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?$/.exec(text);
  if (!match) return undefined;
  const [hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  const ms = Math.round(((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000);
  return ms > 0 && Number.isSafeInteger(ms) ? ms : undefined;
}

function trimZero(text: string): string {
  return text.replace(/\.?0+$/, "");
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
