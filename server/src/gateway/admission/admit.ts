import { reserve, takenOf, type Amounts, type Counter, type Limit } from '../../features/quotas/counters.ts'
import { usdOfNanos } from '../../platform/money.ts'
import { Refused, type LimitFacts } from '../errors.ts'

/** Reserves the worst case in every limit in scope, or throws naming the one that has no room. */
export function admit(counters: readonly Counter[], worst: Amounts): void {
  const full = reserve(counters, worst)
  if (!full) return
  const limit = factsOf(full)
  throw new Refused(
    'budget_exceeded',
    `The ${limit.scope.replace('_', ' ')}'s limit of ${limit.limit} ${limit.unit} has no room for this call.`,
    { limit },
  )
}

/** US dollars that the tightest cost limit in scope has left, as text; null where no limit has an amount. */
export function remainingText(counters: readonly Counter[]): string | null {
  let least: bigint | null = null
  for (const counter of counters) {
    if (counter.limit.metric !== 'cost' || counter.limit.amount === null) continue
    const left = counter.limit.amount - takenOf(counter)
    if (least === null || left < least) least = left
  }
  return least === null ? null : usdText(least < 0n ? 0n : least)
}

/** Nano-dollars as US dollars with at most 9 decimals, never in powers of ten. */
export function usdText(nanos: bigint): string {
  const digits = nanos.toString().padStart(10, '0')
  const fraction = digits.slice(-9).replace(/0+$/, '')
  return fraction === '' ? digits.slice(0, -9) : `${digits.slice(0, -9)}.${fraction}`
}

/** `used` is the limit less what could still be reserved. A limit over the whole life of its subject never starts anew. */
function factsOf(counter: Counter): LimitFacts {
  const { subjectType, metric, window, amount } = counter.limit
  const unit = metric === 'cost' ? 'usd' : metric
  return {
    scope: subjectType,
    limit: shown(counter.limit, amount ?? 0n),
    used: shown(counter.limit, takenOf(counter)),
    unit,
    window,
    resets_at: null,
  }
}

function shown({ metric }: Limit, amount: bigint): number {
  return metric === 'cost' ? usdOfNanos(amount) : Number(amount)
}
