import { sql } from 'kysely'
import { drainEvents } from '../../features/usage/events.drain.ts'
import { decodeSettled, unresolvedEvent, type SettledEvent } from '../../features/usage/events.record.ts'
import { unattended, type Db } from '../../platform/db.ts'
import { recoverJournals, type RecoveredEpoch } from '../../platform/journal/recover.ts'
import type { Log } from '../../platform/log/log.ts'

const batchSize = 500

/**
 * Brings what earlier lives of this process left in their journals into the database: settled calls that are not there yet, and calls
 * without a settlement as unresolved events at their reservation. To be run before anything is admitted, by whoever holds the
 * leadership, since the journals of other living processes would be read half-way. Answers how many events there were.
 */
export async function recoverEpochs(db: Db, journalDir: string, ownEpoch: string, log: Log): Promise<number> {
  let total = 0
  for await (const found of recoverJournals(journalDir, ownEpoch)) {
    const events = await eventsOf(db, found, log)
    for (let from = 0; from < events.length; from += batchSize) {
      const batch = events.slice(from, from + batchSize)
      await drainEvents(
        db,
        { epoch: found.epoch, position: batch.at(-1)!.position },
        batch.map(({ event }) => event),
      )
    }
    await found.remove()
    await unattended(db, (tx) => sql`delete from journal_positions where epoch = ${found.epoch}`.execute(tx))
    if (events.length > 0)
      log.info({ epoch: found.epoch, settled: found.settled.length, unresolved: found.unresolved.length }, 'recovered a journal')
    total += events.length
  }
  return total
}

/** Settled ones first: their positions go up, and those of the unresolved, which are never skipped, are not compared with any. */
async function eventsOf(db: Db, found: RecoveredEpoch, log: Log): Promise<{ event: SettledEvent; position: number }[]> {
  const { rows } = await sql<{ position: bigint }>`select position from journal_positions where epoch = ${found.epoch}`.execute(db)
  const drainedTo = Number(rows[0]?.position ?? 0)
  if (found.damage.length > 0)
    log.error({ epoch: found.epoch, damage: found.damage }, 'a journal is damaged: calls in the damaged stretches are lost')
  for (const { id } of found.orphaned)
    log.error({ epoch: found.epoch, id: id.toString('hex') }, 'a settlement has lost its hold and cannot be booked')
  const settled = found.settled
    .filter((record) => record.position > drainedTo)
    .map((record) => ({ event: decodeSettled(record.id, record.hold, record.settle), position: record.position }))
  const lastPosition = Math.max(drainedTo, settled.at(-1)?.position ?? 0)
  const unresolved = found.unresolved.map(({ id, hold }) => ({ event: unresolvedEvent(id, hold), position: lastPosition }))
  return [...settled, ...unresolved]
}
