import { AsyncLocalStorage } from 'node:async_hooks'

/** The timers of one simulated process. They fire when the model says so, never by themselves. */
export type Timers = { waiting: Map<number, Timer>; nowMs: () => number }

type Timer = { atMs: number; run: () => void }
type Handle = { id: number; timers: Timers; ref(): Handle; unref(): Handle; hasRef(): boolean }

const owner = new AsyncLocalStorage<Timers | null>()
let lastId = 0

export function openTimers(nowMs: () => number): Timers {
  return { waiting: new Map(), nowMs }
}

/** Runs something as part of a simulated process: timers that it sets, now or after any await, are the process's. */
export function within<T>(timers: Timers, run: () => T): T {
  return owner.run(timers, run)
}

/** Runs something that has the machine's own timers: sessions with PostgreSQL, files. */
export function outside<T>(run: () => T): T {
  return owner.run(null, run)
}

/** When the next timer is due; null when there is none. */
export function nextDueMs({ waiting }: Timers): number | null {
  const dues = [...waiting.values()].map(({ atMs }) => atMs)
  return dues.length > 0 ? Math.min(...dues) : null
}

/** Fires the timer that has been due for longest, if one is due by now. Answers whether there was one. */
export function fireDue(timers: Timers): boolean {
  const due = [...timers.waiting].filter(([, { atMs }]) => atMs <= timers.nowMs()).sort(([, a], [, b]) => a.atMs - b.atMs)[0]
  if (!due) return false
  timers.waiting.delete(due[0])
  within(timers, due[1].run)
  return true
}

/** From here on `setTimeout` knows simulated processes; answers what undoes that. */
export function installTimers(): () => void {
  const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout }
  const set = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
    const timers = owner.getStore()
    return timers ? addTimer(timers, ms, () => run(...args)) : real.setTimeout(run, ms, ...args)
  }
  const clear = (handle: Handle | NodeJS.Timeout | undefined) => {
    if (handle && 'timers' in handle) handle.timers.waiting.delete(handle.id)
    else real.clearTimeout(handle)
  }
  globalThis.setTimeout = set as unknown as typeof setTimeout
  globalThis.clearTimeout = clear as typeof clearTimeout
  return () => Object.assign(globalThis, real)
}

function addTimer(timers: Timers, ms: number, run: () => void): Handle {
  const id = ++lastId
  timers.waiting.set(id, { atMs: timers.nowMs() + ms, run })
  const handle: Handle = { id, timers, ref: () => handle, unref: () => handle, hasRef: () => false }
  return handle
}
