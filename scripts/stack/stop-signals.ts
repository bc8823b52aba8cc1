/** One press of Ctrl-C arrives several times: from the terminal, and handed on by npm. */
const SAME_PRESS_MS = 700

/** What the signals asked for so far. */
export type StopSignals = {
  /** aborted once everything is to stop */
  stop: AbortSignal
  /** aborted once that is to go fast */
  hurry: AbortSignal
  /** the stop comes from us, not from a signal: from now on the first signal means hurry */
  beginStop: () => void
  /** gives the signals back */
  end: () => void
}

/** Listens to SIGINT, SIGTERM and SIGHUP: the first stops everything cleanly, a later one hurries. */
export function watchStopSignals(say: (line: string) => void): StopSignals {
  const stop = new AbortController()
  const hurry = new AbortController()
  let firstAt: number | null = null
  const hear = (): void => {
    if (firstAt === null) {
      firstAt = Date.now()
      say('stopping (once more to hurry)')
      stop.abort()
    } else if (Date.now() - firstAt > SAME_PRESS_MS && !hurry.signal.aborted) {
      say('stopping at once')
      hurry.abort()
    }
  }
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of names) process.on(name, hear)
  return {
    stop: stop.signal,
    hurry: hurry.signal,
    beginStop: () => {
      firstAt ??= Date.now()
      stop.abort()
    },
    end: () => names.forEach((name) => process.off(name, hear)),
  }
}
