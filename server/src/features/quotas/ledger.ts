import { sql } from 'kysely'
import type { Db, Tx } from '../../platform/db.ts'
import type { LeaseWord } from './leases/accounts.ts'
import { readWord } from './leases/leases.store.ts'

/** The most that a bigint column holds; sums stop there. */
export const bigintMax = 9_223_372_036_854_775_807n

/** A counter's identity: nothing is ever reset, a new window is another counter. Times in ISO-8601 UTC. */
export type CounterKey = { tenant_id: string; limit_id: string; window_start: string }

/** Makes the counters that are not there yet; one of a limit that does not exist is left out. In a transaction of its own. */
export async function ensureCounters(db: Db, keys: readonly CounterKey[]): Promise<void> {
  if (keys.length > 0) await sql`select ensure_counters(${JSON.stringify(keys)})`.execute(db)
}

/** Locks counters that are there in key order, the order of every transaction that touches them. Answers how many there were. */
export async function lockCounters(tx: Tx, keys: readonly CounterKey[]): Promise<number> {
  if (keys.length === 0) return 0
  const { rows } = await sql<{ count: bigint }>`select lock_counters(${JSON.stringify(keys)}) as count`.execute(tx)
  return Number(rows[0]!.count)
}

/** A lease as a SQL function answers it in JSON. */
export type LeaseWordRow = Parameters<typeof readWord>[0]

/** What the database says of an epoch's leases in the answer to a drain. */
export function readLeaseWords(rows: readonly LeaseWordRow[]): LeaseWord[] {
  return rows.map(readWord)
}
