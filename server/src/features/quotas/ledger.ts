import { sql } from 'kysely'
import type { Db, Reader, Tx } from '../../platform/db.ts'
import type { LeaseWord } from './leases/accounts.ts'
import { readWord } from './leases/leases.store.ts'

/** The most that a bigint column holds; sums stop there. */
export const bigintMax = 9_223_372_036_854_775_807n

/** A counter's identity: nothing is ever reset, a new window is another counter. Times in ISO-8601 UTC. */
export type CounterKey = { tenant_id: string; limit_id: string; window_start: string }

/** What one event adds to one counter, in the unit of the limit. */
export type LedgerEntry = CounterKey & { admitted_at: string; event_id: string; kind: 'settle' | 'correction'; amount: string }

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

/**
 * Writes entries and adds them to their counters, out of the room of the epoch that has spent it. The caller has locked the counters.
 * An entry that is already there adds nothing.
 */
export async function postEntries(tx: Tx, epoch: string, entries: readonly LedgerEntry[]): Promise<void> {
  if (entries.length > 0) await sql`select post_entries(${epoch}, ${JSON.stringify(entries)})`.execute(tx)
}

/** What the database says of an epoch's leases on these counters. */
export async function readLeases(db: Reader, epoch: string, keys: readonly CounterKey[]): Promise<LeaseWord[]> {
  if (keys.length === 0) return []
  const { rows } = await sql<{
    words: Parameters<typeof readWord>[0][]
  }>`select lease_words(${epoch}, ${JSON.stringify(keys)}) as words`.execute(db)
  return rows[0]!.words.map(readWord)
}

/** Everything of an epoch is in the database: its room is free again, and what was charged for want of proof is taken back. */
export async function closeEpoch(db: Db, epoch: string): Promise<void> {
  await sql`select close_epoch(${epoch})`.execute(db)
}

export function distinctKeys(keys: readonly CounterKey[]): CounterKey[] {
  const byKey = new Map<string, CounterKey>()
  for (const { tenant_id, limit_id, window_start } of keys) byKey.set(`${limit_id} ${window_start}`, { tenant_id, limit_id, window_start })
  return [...byKey.values()]
}
