import type { Scheduler } from 'fast-check'
import { outside } from './timers.ts'

/** Who passes a gate. A paused process waits behind it, for a dead one it does not open. */
export type Passenger = { isPaused: boolean; isDead: boolean; parked: (() => void)[] }

/** A process that died does nothing more: whatever it still waits for ends with this. */
export class ProcessDied extends Error {
  override readonly name = 'ProcessDied'
}

/**
 * Every message between processes and PostgreSQL passes a gate on its way; which gate opens next is what fast-check chooses. Nothing else
 * waits: between two choices all that can happen without one has happened, so that a sequence and its choices are the whole story.
 * Without a scheduler every gate is open, and everything happens as fast and as much at once as it can.
 */
export type Gates = {
  /** `inJob`: from inside of work that `io` counts. */
  pass(passenger: Passenger, label: string, inJob?: boolean): Promise<void>
  /** Work on the machine itself (SQL, files) that is to end before the next choice. */
  io<T>(work: () => Promise<T>): Promise<T>
  /** Opens one gate and waits until nothing happens any more; false when none is closed. */
  step(): Promise<boolean>
  idle(): Promise<void>
  choices: number
}

export function openGates(scheduler: Scheduler | null): Gates {
  let busy = 0
  let quiet: PromiseWithResolvers<void> | null = null

  function end(): void {
    if (--busy > 0) return
    quiet?.resolve()
    quiet = null
  }

  async function opened(passenger: Passenger, label: string): Promise<void> {
    for (;;) {
      await scheduler?.schedule(Promise.resolve(), label)
      if (passenger.isDead) throw new ProcessDied()
      if (!passenger.isPaused) return
      await new Promise<void>((resolve) => passenger.parked.push(resolve))
    }
  }

  async function idle(): Promise<void> {
    if (busy > 0) await (quiet ??= Promise.withResolvers()).promise
    await new Promise((resolve) => setImmediate(resolve))
    if (busy > 0) await idle()
  }

  const gates: Gates = {
    choices: 0,
    async pass(passenger, label, inJob = false) {
      if (inJob) end()
      try {
        await opened(passenger, label)
      } finally {
        if (inJob) busy++
      }
    },
    async io(work) {
      busy++
      try {
        return await outside(work)
      } finally {
        end()
      }
    },
    async step() {
      await idle()
      const count = scheduler?.count() ?? 0
      if (count === 0) return false
      if (count > 1) gates.choices++
      await scheduler!.waitOne()
      await idle()
      return true
    },
    idle,
  }
  return gates
}
