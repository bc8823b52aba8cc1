import type { EventSink } from '../../features/usage/events.drain.ts'
import { batchOf, type Batch, type JournaledEvent, type Usage } from '../../features/usage/events.lines.ts'
import { decodeSettled, type SettledEvent } from '../../features/usage/events.record.ts'
import { findAccount } from '../../features/quotas/leases/book.ts'
import type { Leases } from '../../features/quotas/leases/leases.ts'
import type { SettledRecord } from '../../platform/journal/backlog.ts'
import type { Journal } from '../../platform/journal/journal.ts'
import type { Log } from '../../platform/log/log.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/**
 * Settlements gather before they are brought to the database together: at first for a moment, under load for twice as long as the last
 * batch took, so that the database has time for others.
 */
const gatherMsMin = 100
const gatherMsMax = 300
const restFactor = 2
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
  const { log, journal, now } = options
  const batches = openBatches(options)
  let timer: NodeJS.Timeout | null = null
  /** One batch at a time. */
  let working: Promise<unknown> = Promise.resolve()
  /** Everything that waits was settled after this. */
  let waitingSinceMs: number | null = null
  let isClosed = false

  const waiting = () => journal.stats().undrained

  function wake(): void {
    waitingSinceMs ??= now()
    if (!isClosed) timer ??= setTimeout(run, batches.gatherMs())
  }

  function run(): void {
    // What is less than a batch gathers again.
    inTurn(() => drainDownTo(batches.size())).then(
      () => {
        timer = null
        if (waiting() > 0) wake()
      },
      (err: unknown) => {
        log.warn({ err, waiting: waiting() }, 'usage waits in the journal: it could not be brought to the database')
        timer = isClosed ? null : setTimeout(run, retryMs)
      },
    )
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = working.then(work)
    working = result.catch(() => {})
    return result
  }

  async function drainDownTo(few: number): Promise<void> {
    do {
      const settledToMs = await batches.drainOne()
      waitingSinceMs = waiting() > 0 ? settledToMs : null
    } while (waiting() >= few)
  }

  return {
    wake,
    waitingEvents: waiting,
    lagMs: (nowMs) => (waitingSinceMs === null ? 0 : Math.max(0, nowMs - waitingSinceMs)),
    async close(withinMs) {
      isClosed = true
      if (timer) clearTimeout(timer)
      const late = new Promise<void>((resolve) => setTimeout(resolve, withinMs).unref())
      const all = inTurn(() => drainDownTo(1))
      await Promise.race([all.catch((err: unknown) => log.warn({ err }, 'usage stays in the journal until the next start')), late])
    },
  }
}

type Batches = {
  /** Brings the oldest settlements to the database; answers when the last of them was settled, null when there are none. */
  drainOne(): Promise<number | null>
  /** How many settlements the next batch has at most. */
  size(): number
  /** How long the next batch should gather. */
  gatherMs(): number
}

type Ready = { records: readonly SettledRecord[]; batch: Promise<Batch> }

function openBatches({ sink, journal, epoch, snapshot, leases }: DrainOptions): Batches {
  let size = batchMax
  let gatherMs = gatherMsMin
  /** A full batch that was made while the database had another. */
  let ahead: Ready | null = null

  async function bring({ records, batch }: Ready): Promise<void> {
    const draining = sink.drain(epoch, await batch)
    ahead = after(records.length)
    const { counters, words } = await draining
    markPosted(snapshot, counters)
    leases.heard(words)
    await journal.drained(records.at(-1)!.position)
  }

  function after(count: number): Ready | null {
    try {
      const records = journal.take(count + size).slice(count)
      return records.length === size ? ready(records) : null
    } catch {
      // Whoever takes them next is told.
      return null
    }
  }

  return {
    size: () => size,
    // One that comes after a rest need not make up for the load before it.
    gatherMs: () => (journal.stats().undrained > 1 ? gatherMs : gatherMsMin),
    async drainOne() {
      const next = ahead ?? ready(journal.take(size))
      ahead = null
      const last = next.records.at(-1)
      if (!last) return null
      const startedMs = performance.now()
      try {
        await bring(next)
      } catch (error) {
        ahead = null
        size = Math.max(batchMin, Math.floor(size / 2))
        throw error
      }
      gatherMs = Math.min(gatherMsMax, Math.max(gatherMsMin, (performance.now() - startedMs) * restFactor))
      size = Math.min(batchMax, size * 2)
      return settledAtMs(decodeSettled(last.id, last.hold, last.settle))
    },
  }
}

function ready(records: readonly SettledRecord[]): Ready {
  const batch = batchOf(eventsOf(records))
  // Whoever brings it hears of its failure.
  batch.catch(() => {})
  return { records, batch }
}

/** The events of records, made anew each time they are gone through. */
function eventsOf(records: readonly SettledRecord[]): Iterable<JournaledEvent> {
  return {
    *[Symbol.iterator]() {
      for (const { id, hold, settle, position } of records) yield { event: decodeSettled(id, hold, settle), position }
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
