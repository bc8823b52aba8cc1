import { amountsOf, drainEvents } from '../../features/usage/events.drain.ts'
import { decodeSettled, type SettledEvent } from '../../features/usage/events.record.ts'
import { findAccount } from '../../features/quotas/leases/book.ts'
import type { Leases } from '../../features/quotas/leases/leases.ts'
import type { Db } from '../../platform/db.ts'
import type { Journal } from '../../platform/journal/journal.ts'
import type { Log } from '../../platform/log/log.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** How long settlements gather before they are brought to the database together. */
const gatherMs = 100
const retryMs = 1_000
const batchSize = 1_000

export type Drain = {
  /** To be called after every settlement. */
  wake(): void
  waitingEvents(): number
  /** Age of the oldest settlement that is not in the database. */
  lagMs(nowMs: number): number
  /** Brings everything that is settled to the database, within a time; what is left stays in the journal for the next start. */
  close(withinMs: number): Promise<void>
}

export type DrainOptions = { db: Db; log: Log; journal: Journal; epoch: string; snapshot: Snapshot; leases: Leases; now: () => number }

/** Brings settlements from the journal to the database, in batches, in the background; nothing runs while nothing is settled. */
export function startDrain(options: DrainOptions): Drain {
  const { db, log, journal, epoch, snapshot, leases, now } = options
  let timer: NodeJS.Timeout | null = null
  /** One batch at a time. */
  let working: Promise<unknown> = Promise.resolve()
  /** Everything that waits was settled after this. */
  let waitingSinceMs: number | null = null
  let isClosed = false

  function wake(): void {
    waitingSinceMs ??= now()
    if (!isClosed) timer ??= setTimeout(run, gatherMs)
  }

  function run(): void {
    inTurn(drainAll).then(
      () => {
        timer = null
        if (journal.stats().undrained > 0) wake()
      },
      (err: unknown) => {
        log.warn({ err, waiting: journal.stats().undrained }, 'usage waits in the journal: it could not be brought to the database')
        timer = isClosed ? null : setTimeout(run, retryMs)
      },
    )
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = working.then(work)
    working = result.catch(() => {})
    return result
  }

  async function drainAll(): Promise<void> {
    for (let records = journal.take(batchSize); records.length > 0; records = journal.take(batchSize)) {
      const { position } = records.at(-1)!
      const events = records.map((record) => decodeSettled(record.id, record.hold, record.settle))
      const words = await drainEvents(db, { epoch, position }, events)
      markPosted(snapshot, events)
      leases.heard(words)
      await journal.drained(position)
      waitingSinceMs = journal.stats().undrained > 0 ? settledAtMs(events.at(-1)!) : null
    }
  }

  return {
    wake,
    waitingEvents: () => journal.stats().undrained,
    lagMs: (nowMs) => (waitingSinceMs === null ? 0 : Math.max(0, nowMs - waitingSinceMs)),
    async close(withinMs) {
      isClosed = true
      if (timer) clearTimeout(timer)
      const late = new Promise<void>((resolve) => setTimeout(resolve, withinMs).unref())
      await Promise.race([
        inTurn(drainAll).catch((err: unknown) => log.warn({ err }, 'usage stays in the journal until the next start')),
        late,
      ])
    },
  }
}

/** What was on its way has arrived; also where an earlier attempt had brought it there already. */
function markPosted(snapshot: Snapshot, events: readonly SettledEvent[]): void {
  for (const event of events) {
    if (event.limits.length === 0) continue
    const used = amountsOf(event)
    for (const { limit_id, window_start, metric } of event.limits) {
      const account = findAccount(snapshot.limits, limit_id, window_start)
      if (account) account.undrained -= used[metric]
    }
  }
}

function settledAtMs(event: SettledEvent): number {
  return Date.parse(event.admitted_at) + event.duration_ms
}
