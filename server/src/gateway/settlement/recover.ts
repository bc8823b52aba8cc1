import { closeEpoch, forgetJournal, readJournalPosition } from '../../features/quotas/epochs.ts'
import type { EventSink } from '../../features/usage/events.drain.ts'
import type { JournaledEvent, Usage } from '../../features/usage/events.lines.ts'
import { decodeSettled, unresolvedEvent } from '../../features/usage/events.record.ts'
import type { Db } from '../../platform/db.ts'
import { recoverJournals, type RecoveredEpoch } from '../../platform/journal/recover.ts'
import type { Log } from '../../platform/log/log.ts'

const batchSize = 500

/**
 * Brings what dead processes left in their journals into the database: settled calls that are not there yet, and calls without a
 * settlement as unresolved events at their reservation; then closes their epochs, and removes the journals. Those of living processes are
 * passed over, those of another installation than `database` are left alone and told of. Begun again after a death between any two steps,
 * each call is still booked once. Answers how many events there were.
 */
export async function recoverEpochs(db: Db, sink: EventSink, journalDir: string, database: string, log: Log): Promise<number> {
  let total = 0
  const onForeign = (folder: string, itsDatabase: string) =>
    log.error({ folder, database, itsDatabase }, 'a journal belongs to another database: start with that one to book the calls in it')
  for await (const found of recoverJournals(journalDir, { database, onForeign })) {
    tellLosses(found, log)
    const { epoch } = found
    const position = await readJournalPosition(db, epoch)
    const isWhole = found.damage.length + found.orphaned.length === 0
    // What a damaged journal proves has to be known in full, what an earlier recovery has booked of it too.
    const { events, booked } = position === null ? { events: 0, booked: [] } : await bookAll(sink, found, isWhole ? position : 0)
    if (position !== null) await closeEpoch(db, epoch, isWhole ? null : booked)
    await found.remove()
    await forgetJournal(db, epoch)
    if (events > 0) log.info({ epoch, events }, 'recovered a journal')
    total += events
  }
  return total
}

function tellLosses({ epoch, damage, orphaned }: RecoveredEpoch, log: Log): void {
  if (damage.length > 0) log.error({ epoch, damage }, 'a journal is damaged: calls in the damaged stretches are lost')
  for (const { id } of orphaned) log.error({ epoch, id: id.toString('hex') }, 'a settlement has lost its hold and cannot be booked')
}

/** Answers how many events there were, and what they have used of each counter. */
async function bookAll(sink: EventSink, found: RecoveredEpoch, after: number): Promise<{ events: number; booked: Usage[] }> {
  const booked = new Map<string, Usage>()
  let events = 0
  for (const batch of batchesOf(eventsOf(found, after))) {
    const { counters } = await sink.drain(found.epoch, batch)
    events += batch.length
    for (const usage of counters) {
      const name = `${usage.limit_id} ${usage.window_start}`
      booked.set(name, { ...usage, amount: usage.amount + (booked.get(name)?.amount ?? 0n) })
    }
  }
  return { events, booked: [...booked.values()] }
}

/** Settled ones first, in the order of their positions; the unresolved have none, and are known by their keys alone. */
function* eventsOf(found: RecoveredEpoch, after: number): Generator<JournaledEvent> {
  for (const { id, hold, settle, position } of found.settled(after)) yield { event: decodeSettled(id, hold, settle), position }
  for (const { id, hold } of found.unresolved()) yield { event: unresolvedEvent(id, hold), position: null }
}

function* batchesOf<T>(all: Iterable<T>): Generator<T[]> {
  let batch: T[] = []
  for (const one of all) {
    batch.push(one)
    if (batch.length < batchSize) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
