import { sql } from 'kysely'
import type { Reader } from '../../platform/db.ts'
import type { CounterKey } from './ledger.ts'

/** Limits that changed after a version, as the gateway keeps them. Only those over the whole life of their subject can be set so far. */
export async function limitsChangedSince(db: Reader, version: bigint) {
  return await db
    .selectFrom('limits')
    .select(['tenant_id', 'id', 'subject_type', 'subject_id', 'metric', 'window', 'amount', 'version'])
    .where('version', '>', version)
    .where('window', '=', 'total')
    .execute()
}

export type ChangedLimit = Awaited<ReturnType<typeof limitsChangedSince>>[number]

/** What the database has for each of these counters, by limit and start of window; one that nobody used yet is not there. */
export async function listPosted(db: Reader, counters: readonly CounterKey[]): Promise<(limitId: string, windowStart: string) => bigint> {
  const { rows } = await sql<{ limit_id: string; window_start: Date; posted: bigint }>`select c.limit_id, c.window_start, c.posted
    from json_to_recordset(${JSON.stringify(counters)}::json) as w (tenant_id uuid, limit_id uuid, window_start timestamptz)
    join limit_counters c on c.tenant_id = w.tenant_id and c.limit_id = w.limit_id and c.window_start = w.window_start`.execute(db)
  const posted = new Map(rows.map((row) => [`${row.limit_id} ${row.window_start.toISOString()}`, row.posted]))
  return (limitId, windowStart) => posted.get(`${limitId} ${windowStart}`) ?? 0n
}
