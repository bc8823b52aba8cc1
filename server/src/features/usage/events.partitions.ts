import { sql } from 'kysely'
import { unattended, type Db, type Tx } from '../../platform/db.ts'

const monthsAhead = 2

/**
 * Sees to the monthly partitions of `usage_events` from the month of `now` to two months later. To be called at start and every
 * hour, away from the drain: making one locks the table for a moment. What came in before its partition was there lies in the
 * default partition and is moved.
 */
export async function ensurePartitions(db: Db, now: Date): Promise<void> {
  for (let ahead = 0; ahead <= monthsAhead; ahead++) {
    const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1))
    const to = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead + 1, 1))
    const name = partitionName(from)
    const { rows } = await sql<{ there: boolean }>`select to_regclass(${name}) is not null as there`.execute(db)
    if (!rows[0]?.there) await unattended(db, (tx) => createPartition(tx, name, from, to))
  }
}

/** `usage_events_2026_11` for any instant of November 2026. */
export function partitionName(month: Date): string {
  return `usage_events_${month.getUTCFullYear()}_${String(month.getUTCMonth() + 1).padStart(2, '0')}`
}

async function createPartition(tx: Tx, name: string, from: Date, to: Date): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(tx)
  await sql`lock table usage_events in access exclusive mode`.execute(tx)
  const { rows } = await sql<{ there: boolean }>`select to_regclass(${name}) is not null as there`.execute(tx)
  if (rows[0]?.there) return
  await sql`create table ${sql.table(name)} (like usage_events including defaults including constraints)`.execute(tx)
  await sql`with moved as (delete from usage_events_rest where admitted_at >= ${from} and admitted_at < ${to} returning *)
    insert into ${sql.table(name)} select * from moved`.execute(tx)
  await sql`alter table usage_events attach partition ${sql.table(name)} for values from (${sql.lit(from.toISOString())}) to (${sql.lit(to.toISOString())})`.execute(
    tx,
  )
}
