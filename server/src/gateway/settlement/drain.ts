import type { EventSink } from '../../features/usage/events.drain.ts'
import type { JournaledEvent, Usage } from '../../features/usage/events.lines.ts'
import { decodeSettled, type SettledEvent } from '../../features/usage/events.record.ts'
import { findAccount } from '../../features/quotas/leases/book.ts'
import type { Leases } from '../../features/quotas/leases/leases.ts'
import type { SettledRecord } from '../../platform/journal/backlog.ts'
import type { Journal } from '../../platform/journal/journal.ts'
import type { Log } from '../../platform/log/log.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/**
 * Settlements gather before they are brought to the database together: at first for a moment, under load for some times as long as the
 * last batch took, so that the database is left in peace most of the time.
 */
const gatherMsMin = 100
const gatherMsMax = 500
const restFactor = 4
const retryMs = 1_000
/** A batch that fails may be more than the database can do in time: the next is half as large, until some succeed. */
const batchMax = 2_000
const batchMin = 50

export type Drain = {
  /** To be called after every settlement. */
  wake(): void
  waitingEvents(): number
  /** Age of the oldest settlement that is not in the database. */
  lagMs(nowMs: number): number
  /** Brings everything that is settled to the database, within a time; what is left stays in the journal for the next start. */
  close(withinMs: number): Promise<void>
}

export type DrainOptions = {
  sink: EventSink
  log: Log
  journal: Journal
  epoch: string
  snapshot: Snapshot
  leases: Leases
  now: () => number
}

/** Brings settlements from the journal to the database, in batches, in the background; nothing runs while nothing is settled. */
export function startDrain(options: DrainOptions): Drain {
  const { sink, log, journal, epoch, snapshot, leases, now } = options
  let timer: NodeJS.Timeout | null = null
  /** One batch at a time. */
  let working: Promise<unknown> = Promise.resolve()
  /** Everything that waits was settled after this. */
  let waitingSinceMs: number | null = null
  let isClosed = false
  let gatherMs = gatherMsMin
  let batchSize = batchMax

  function wake(): void {
    waitingSinceMs ??= now()
    if (!isClosed) timer ??= setTimeout(run, gatherMs)
  }

  function run(): void {
    inTurn(drainBacklog).then(
      () => {
        timer = null
        if (journal.stats().undrained > 0) wake()
        else gatherMs = gatherMsMin
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

  /** Batch after batch, as long as they are full: what is less than that gathers again. */
  async function drainBacklog(): Promise<void> {
    do await drainBatch()
    while (journal.stats().undrained >= batchSize)
  }

  async function drainAll(): Promise<void> {
    while (journal.stats().undrained > 0) await drainBatch()
  }

  async function drainBatch(): Promise<void> {
    const records = journal.take(batchSize)
    if (records.length === 0) return
    const startedMs = performance.now()
    const events = eventsOf(records)
    const { counters, words } = await sink.drain(epoch, events).catch((error: unknown) => {
      batchSize = Math.max(batchMin, Math.floor(batchSize / 2))
      throw error
    })
    markPosted(snapshot, counters)
    leases.heard(words)
    await journal.drained(records.at(-1)!.position)
    waitingSinceMs = journal.stats().undrained > 0 ? settledAtMs(events.last!) : null
    gatherMs = Math.min(gatherMsMax, Math.max(gatherMsMin, (performance.now() - startedMs) * restFactor))
    batchSize = Math.min(batchMax, batchSize * 2)
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

/** The events of records, made anew each time they are gone through; `last` is the one that was made last. */
function eventsOf(records: readonly SettledRecord[]): Iterable<JournaledEvent> & { last: SettledEvent | null } {
  return {
    last: null,
    *[Symbol.iterator]() {
      for (const { id, hold, settle, position } of records) {
        this.last = decodeSettled(id, hold, settle)
        yield { event: this.last, position }
      }
    },
  }
}

/** What was on its way has arrived; also where an earlier attempt had brought it there already. */
function markPosted(snapshot: Snapshot, counters: readonly Usage[]): void {
  for (const { limit_id, window_start, amount } of counters) {
    const account = findAccount(snapshot.limits, limit_id, window_start)
    if (account) account.undrained -= amount
  }
}

function settledAtMs(event: SettledEvent): number {
  return Date.parse(event.admitted_at) + event.duration_ms
}
