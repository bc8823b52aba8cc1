import type { LimitsTable } from './limits.table.ts'

/** A limit as admission needs it; without an amount it only counts. Amounts are nano-dollars for `cost`, else a plain count. */
export type Limit = {
  tenantId: string
  id: string
  subjectType: LimitsTable['subject_type']
  subjectId: string
  metric: LimitsTable['metric']
  window: LimitsTable['window']
  amount: bigint | null
}

/**
 * One window of a limit. `posted` is what the database has, `undrained` what is settled and on its way there, `pending` what calls
 * under way have reserved: what was used and may still be used is their sum.
 */
export type Counter = { limit: Limit; windowStart: string; posted: bigint; undrained: bigint; pending: bigint }

/** What an attempt may use at most, or has used, in each metric. A call under way counts once for `parallel`, a finished one not at all. */
export type Amounts = Readonly<Record<Limit['metric'], bigint>>

/** Used and reserved: what a limit's amount is compared with. */
export function takenOf(counter: Counter): bigint {
  return counter.posted + counter.undrained + counter.pending
}

/**
 * Reserves the worst case in every counter, or in none of them: answers the first counter that has no room, or null when all have.
 * Exact, because nothing else runs between the comparison and the reservation.
 */
export function reserve(counters: readonly Counter[], worst: Amounts): Counter | null {
  for (const counter of counters) {
    const { amount, metric } = counter.limit
    if (amount !== null && takenOf(counter) + worst[metric] > amount) return counter
  }
  for (const counter of counters) counter.pending += worst[counter.limit.metric]
  return null
}

/** Turns a reservation into what was really used; that may be more. */
export function settle(counters: readonly Counter[], worst: Amounts, used: Amounts): void {
  for (const counter of counters) {
    counter.pending -= worst[counter.limit.metric]
    counter.undrained += used[counter.limit.metric]
  }
}

/** Gives back the reservation of an attempt that never happened. */
export function release(counters: readonly Counter[], worst: Amounts): void {
  for (const counter of counters) counter.pending -= worst[counter.limit.metric]
}
