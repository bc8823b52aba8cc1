/** Seconds since a moment of Date.now(), with one decimal. */
export function secondsSince(startedAtMs: number): string {
  return ((Date.now() - startedAtMs) / 1000).toFixed(1)
}
