import { sql } from 'kysely'
import type { Tx } from '../../platform/db.ts'

/** The most that a bigint column holds; sums stop there. */
export const bigintMax = 9_223_372_036_854_775_807n

/** A counter's identity: nothing is ever reset, a new window is another counter. Times in ISO-8601 UTC. */
export type CounterKey = { tenant_id: string; limit_id: string; window_start: string }

/** What one event adds to one counter, in the unit of the limit. */
export type LedgerEntry = CounterKey & { admitted_at: string; event_id: string; kind: 'settle' | 'correction'; amount: string }

/**
 * Locks counters in key order, the order of every transaction that touches them, and makes those that are not there yet.
 * The counter of a limit that no longer exists is left out.
 */
export async function lockCounters(tx: Tx, keys: CounterKey[]): Promise<void> {
  const wanted = distinct(keys)
  if (wanted.length === 0) return
  if ((await lockExisting(tx, wanted)) === wanted.length) return
  await sql`insert into limit_counters (tenant_id, limit_id, window_start, posted)
    select w.tenant_id, w.limit_id, w.window_start, 0 from ${rowsOf(wanted)} join limits l on l.tenant_id = w.tenant_id and l.id = w.limit_id
    order by 1, 2, 3 on conflict do nothing`.execute(tx)
  await lockExisting(tx, wanted)
}

/** Writes entries and adds them to their counters, which the caller has locked. An entry that is already there adds nothing. */
export async function postEntries(tx: Tx, entries: LedgerEntry[]): Promise<void> {
  const real = entries.filter((entry) => entry.amount !== '0')
  if (real.length === 0) return
  await sql`with entered as (
      insert into ledger_entries (tenant_id, admitted_at, event_id, limit_id, window_start, kind, amount)
      select * from json_to_recordset(${JSON.stringify(real)}::json)
        as e (tenant_id uuid, admitted_at timestamptz, event_id uuid, limit_id uuid, window_start timestamptz, kind text, amount bigint)
      on conflict do nothing returning tenant_id, limit_id, window_start, amount
    ), added as (
      select tenant_id, limit_id, window_start, least(sum(amount), ${bigintMax}::numeric)::bigint as amount from entered group by 1, 2, 3
    )
    update limit_counters c set posted = least(c.posted::numeric + a.amount, ${bigintMax}::numeric)::bigint from added a
    where c.tenant_id = a.tenant_id and c.limit_id = a.limit_id and c.window_start = a.window_start`.execute(tx)
}

async function lockExisting(tx: Tx, keys: CounterKey[]): Promise<number> {
  const { rows } = await sql`select 1 from limit_counters c join ${rowsOf(keys)}
    on c.tenant_id = w.tenant_id and c.limit_id = w.limit_id and c.window_start = w.window_start
    order by c.tenant_id, c.limit_id, c.window_start for update of c`.execute(tx)
  return rows.length
}

function rowsOf(keys: CounterKey[]) {
  return sql`json_to_recordset(${JSON.stringify(keys)}::json) as w (tenant_id uuid, limit_id uuid, window_start timestamptz)`
}

function distinct(keys: CounterKey[]): CounterKey[] {
  const byKey = new Map<string, CounterKey>()
  for (const { tenant_id, limit_id, window_start } of keys)
    byKey.set(`${tenant_id} ${limit_id} ${window_start}`, { tenant_id, limit_id, window_start })
  return [...byKey.values()]
}
