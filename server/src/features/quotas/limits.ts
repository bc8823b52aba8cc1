import type { Reader, Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { insertLimit, listStandings, updateLimitAmount, type Subject } from './limits.store.ts'
import type { LimitsTable } from './limits.table.ts'
import { totalWindowStart } from './windows.ts'

/** How far a limit has been used. Nano-dollars for cost; `amount` null means that it only counts. */
export type Standing = { amount: bigint | null; posted: bigint }

/** A limit on cost (nano-dollars) over the whole life of its subject; an `amount` of null only counts. */
export type CostLimit = Subject & { metric: 'cost'; window: 'total'; amount: bigint | null }

/** Sets a limit, or changes its amount when it is there; what has been posted stays. */
export async function putLimit(tx: Tx, limit: CostLimit, now: Date): Promise<void> {
  const changed = await updateLimitAmount(tx, limit.tenantId, limit, limit.amount, now)
  if (!changed) await insertLimit(tx, limit.tenantId, newId(), limit, limit.amount, now)
}

/** The cost of each subject over its whole life, by subject id; a subject without such a limit has spent nothing. */
export async function readTotalCosts(
  db: Reader,
  tenantId: string,
  subjectType: LimitsTable['subject_type'],
  subjectIds: readonly string[],
): Promise<(subjectId: string) => Standing> {
  const standings = new Map<string, Standing>()
  if (subjectIds.length > 0) {
    const rows = await listStandings(db, tenantId, subjectType, subjectIds, { metric: 'cost', window: 'total' }, totalWindowStart)
    for (const row of rows) standings.set(row.subject_id, { amount: row.amount, posted: row.posted ?? 0n })
  }
  return (subjectId) => standings.get(subjectId) ?? { amount: null, posted: 0n }
}

/** Whether nothing more may be spent. */
export function isUsedUp({ amount, posted }: Standing): boolean {
  return amount !== null && posted >= amount
}

/** How much of a limit is used, in percent with two decimals, half up; null without a limit. A limit of nothing is used up. */
export function percentUsed({ amount, posted }: Standing): number | null {
  if (amount === null) return null
  if (amount === 0n) return 100
  return Number((posted * 20_000n + amount) / (2n * amount)) / 100
}
