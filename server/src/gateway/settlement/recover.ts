import { abandonEpochs, closeEpoch, forgetJournal, readJournalPosition } from '../../features/quotas/epochs.ts'
import type { EventSink } from '../../features/usage/events.drain.ts'
import type { JournaledEvent } from '../../features/usage/events.lines.ts'
import { decodeSettled, unresolvedEvent } from '../../features/usage/events.record.ts'
import type { Db } from '../../platform/db.ts'
import { recoverJournals, type RecoveredEpoch } from '../../platform/journal/recover.ts'
import type { Log } from '../../platform/log/log.ts'

const batchSize = 500

/**
 * Brings what dead processes left in their journals into the database: settled calls that are not there yet, and calls without a
 * settlement as unresolved events at their reservation; then ends their epochs, and removes the journals. Those of living processes are
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
    const events = position === null ? 0 : await bookAll(sink, found, position)
    if (found.damage.length + found.orphaned.length === 0) await endWhole(db, found)
    else await endDamaged(db, found, log)
    if (events > 0) log.info({ epoch, events }, 'recovered a journal')
    total += events
  }
  return total
}

async function endWhole(db: Db, { epoch, remove }: RecoveredEpoch): Promise<void> {
  await closeEpoch(db, epoch)
  await remove()
  await forgetJournal(db, epoch)
}

/** What its process had of limits and the rest of the journal does not prove stays charged. A better copy is read from its beginning. */
async function endDamaged(db: Db, { epoch, remove }: RecoveredEpoch, log: Log): Promise<void> {
  const [abandoned] = await abandonEpochs(db, [epoch], null)
  if (abandoned) log.error({ epoch, sums: abandoned.sums }, 'what the lost calls may have cost stays charged')
  await forgetJournal(db, epoch)
  await remove()
}

function tellLosses({ epoch, damage, orphaned }: RecoveredEpoch, log: Log): void {
  if (damage.length > 0) log.error({ epoch, damage }, 'a journal is damaged: calls in the damaged stretches are lost')
  for (const { id } of orphaned) log.error({ epoch, id: id.toString('hex') }, 'a settlement has lost its hold and cannot be booked')
}

async function bookAll(sink: EventSink, found: RecoveredEpoch, after: number): Promise<number> {
  let count = 0
  for (const batch of batchesOf(eventsOf(found, after))) {
    await sink.drain(found.epoch, batch)
    count += batch.length
  }
  return count
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
