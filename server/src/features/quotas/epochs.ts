import { sql } from 'kysely'
import type { Db } from '../../platform/db.ts'

/** A life of a gateway process that ended without a word, or so it seems. */
export type ExpiredEpoch = { id: string; expires_at: Date }

/** An epoch that was taken over: how many leases were charged, and their sums by metric, in the unit of each. */
export type AbandonedEpoch = { epoch: string; charged: bigint; sums: Record<string, string> }

/** Epochs but one's own that nothing was heard of for so long behind their term, and that nobody has taken over yet. */
export async function listExpiredEpochs(db: Db, own: string, graceMs: number): Promise<ExpiredEpoch[]> {
  const { rows } = await sql<ExpiredEpoch>`select id, expires_at from epochs
    where id <> ${own} and blocked_at is null and expires_at + ${graceMs} * interval '1 ms' < clock_timestamp() order by id`.execute(db)
  return rows
}

/**
 * Takes over those of these epochs that are still expired, or without a grace (null) all of them: they get no more room, and what they had
 * is charged, until their journal proves what of it they have used. Of several who try, each epoch is one's; one that was taken over
 * before is nobody's.
 */
export async function abandonEpochs(db: Db, ids: readonly string[], graceMs: number | null): Promise<AbandonedEpoch[]> {
  const { rows } = await sql<AbandonedEpoch>`
    select * from abandon_epochs(${graceMs}::float8 * interval '1 ms', ${ids}::uuid[])`.execute(db)
  return rows
}

/**
 * Everything of an epoch is in the database: its room is free again, and what is still charged for want of proof is taken back. Nothing of
 * its journal is booked after this. To be followed by `forgetJournal` once that is gone. The same again changes nothing.
 */
export async function closeEpoch(db: Db, epoch: string): Promise<void> {
  await sql`select close_epoch(${epoch})`.execute(db)
}

/** There is no position of this epoch's journal any more; should it come back, it is read from its beginning. */
export async function forgetJournal(db: Db, epoch: string): Promise<void> {
  await sql`select forget_journal(${epoch})`.execute(db)
}

/** The position up to which the journal of an epoch was booked; null once the epoch is closed, and everything in it was. */
export async function readJournalPosition(db: Db, epoch: string): Promise<number | null> {
  const { rows } = await sql<{ position: bigint }>`select position from journal_positions where epoch = ${epoch}`.execute(db)
  const position = rows[0]?.position ?? 0n
  return position > Number.MAX_SAFE_INTEGER ? null : Number(position)
}
