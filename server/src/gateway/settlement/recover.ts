import { sql } from 'kysely'
import { drainEvents } from '../../features/usage/events.drain.ts'
import { decodeSettled, unresolvedEvent, type SettledEvent } from '../../features/usage/events.record.ts'
import { unattended, type Db } from '../../platform/db.ts'
import { recoverJournals, type RecoveredEpoch } from '../../platform/journal/recover.ts'
import type { Log } from '../../platform/log/log.ts'

const batchSize = 500

/**
 * Brings what dead processes left in their journals into the database: settled calls that are not there yet, and calls without a
 * settlement as unresolved events at their reservation. Journals of living processes are passed over, those of another installation than
 * `database` are left alone and told of. Begun again after a death half-way, each call is still booked once. Answers how many events
 * there were.
 */
export async function recoverEpochs(db: Db, journalDir: string, database: string, log: Log): Promise<number> {
  let total = 0
  const onForeign = (folder: string, itsDatabase: string) =>
    log.error({ folder, database, itsDatabase }, 'a journal belongs to another database: start with that one to book the calls in it')
  for await (const found of recoverJournals(journalDir, { database, onForeign })) {
    tellLosses(found, log)
    const { epoch } = found
    let events = 0
    for (const { batch, position } of batchesOf(found, await drainedTo(db, epoch))) {
      await drainEvents(db, { epoch, position }, batch)
      events += batch.length
    }
    await found.remove()
    await unattended(db, (tx) => sql`delete from journal_positions where epoch = ${epoch}`.execute(tx))
    if (events > 0) log.info({ epoch, events }, 'recovered a journal')
    total += events
  }
  return total
}

async function drainedTo(db: Db, epoch: string): Promise<number> {
  const { rows } = await sql<{ position: bigint }>`select position from journal_positions where epoch = ${epoch}`.execute(db)
  return Number(rows[0]?.position ?? 0)
}

function tellLosses({ epoch, damage, orphaned }: RecoveredEpoch, log: Log): void {
  if (damage.length > 0) log.error({ epoch, damage }, 'a journal is damaged: calls in the damaged stretches are lost')
  for (const { id } of orphaned) log.error({ epoch, id: id.toString('hex') }, 'a settlement has lost its hold and cannot be booked')
}

type Batch = { batch: SettledEvent[]; position: number }

/** Settled ones first: their positions go up, and those of the unresolved, which are never skipped, are not compared with any. */
function* batchesOf(found: RecoveredEpoch, after: number): Generator<Batch> {
  let position = after
  let batch: SettledEvent[] = []
  for (const record of found.settled(after)) {
    batch.push(decodeSettled(record.id, record.hold, record.settle))
    position = record.position
    if (batch.length < batchSize) continue
    yield { batch, position }
    batch = []
  }
  for (const { id, hold } of found.unresolved()) {
    batch.push(unresolvedEvent(id, hold))
    if (batch.length < batchSize) continue
    yield { batch, position }
    batch = []
  }
  if (batch.length > 0) yield { batch, position }
}
