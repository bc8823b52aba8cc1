import type { Bus } from './bus.ts'

const beatMs = 200
/** A process that was not running for so long may be asked things before it has heard what changed meanwhile. */
const stallMs = 500
/** Less than whoever changed something waits to hear that it is in force here. */
const slowMs = 800
/** With a database that does not answer one goes on with what one knows. */
const patienceMs = 2_000

/** Whether what this process remembers may be relied on. */
export type Freshness = {
  /** Acts at once when it may; else once it may, or when the database did not answer in time. */
  act(action: () => void): void
  /** Catches up because something is known to have changed; while that takes long nothing is relied on. */
  catchUp(): Promise<void>
  close(): void
}

/**
 * Watches for times in which this process could not run (stopped, swapped out, busy with one thing): what was revoked meanwhile has been
 * acknowledged without it, so that it catches up before it acts on anything that it remembers.
 */
export function watchFreshness(bus: Pick<Bus, 'caughtUp'>): Freshness {
  let beatAtMs = performance.now()
  let behind: Promise<void> | null = null

  function fallBehind(until: Promise<void>): void {
    const wait = within(patienceMs, until).finally(() => {
      if (behind === wait) behind = null
    })
    behind = wait
  }

  function look(): void {
    const nowMs = performance.now()
    if (nowMs - beatAtMs > stallMs) fallBehind(bus.caughtUp())
    beatAtMs = nowMs
  }

  const beat = setInterval(look, beatMs).unref()
  return {
    act(action) {
      // The beat may be what waits for its turn behind this very action.
      look()
      if (behind) void behind.then(action)
      else action()
    },
    async catchUp() {
      const caughtUp = bus.caughtUp()
      const slow = setTimeout(() => fallBehind(caughtUp), slowMs)
      caughtUp.catch(() => fallBehind(bus.caughtUp()))
      await caughtUp.finally(() => clearTimeout(slow))
    },
    close: () => clearInterval(beat),
  }
}

/** Resolves when the promise is settled, either way, or the time is over. */
async function within(ms: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([promise.catch(() => {}), late])
  clearTimeout(timer)
}
