const TICK_MS = 10

/** Watches how late this process comes to its own timers: the longest delay so far, in milliseconds. */
export function watchLag(): { readMaxMs(): number; reset(): void } {
  let maxMs = 0
  let due = performance.now() + TICK_MS
  setInterval(() => {
    const now = performance.now()
    maxMs = Math.max(maxMs, now - due)
    due = now + TICK_MS
  }, TICK_MS).unref()
  return {
    readMaxMs: () => Math.max(maxMs, performance.now() - due),
    reset: () => {
      maxMs = 0
    },
  }
}
