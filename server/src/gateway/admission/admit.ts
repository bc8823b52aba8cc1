import { LeasesUnavailable, LimitReached } from '../../features/quotas/leases/state.ts'
import type { Leases } from '../../features/quotas/leases/leases.ts'
import { roomOf, type Account, type Amounts, type Limit } from '../../features/quotas/leases/accounts.ts'
import { usdOfNanos } from '../../platform/money.ts'
import { Refused, type LimitFacts } from '../errors.ts'

/** Who is told of a limit: only what is theirs, and a used-up budget as their tenant wants it. */
export type Told = { tenantId: string; budgetStatus: 402 | 429 }

/**
 * Reserves the worst case in every limit in scope: at once (true) where this process has the room, else after asking the database for it.
 * Rejects with a refusal that names the limit without room; nothing is reserved then.
 */
export function admit(leases: Leases, accounts: readonly Account[], worst: Amounts, at: Date, told: Told): true | Promise<void> {
  const reserved = leases.reserve(accounts, worst)
  return reserved === true || reserved.catch((error: unknown) => Promise.reject(refusalOf(error, at, told)))
}

function refusalOf(error: unknown, at: Date, { tenantId, budgetStatus }: Told): unknown {
  if (error instanceof LeasesUnavailable)
    return new Refused('not_admitting', 'The limits of this call cannot be checked: the database is away. Try again.', { cause: error })
  if (!(error instanceof LimitReached)) return error
  const { account } = error
  if (account.limit.tenantId !== tenantId) return foreignRefusal(account, at, budgetStatus)
  const limit = factsOf(account)
  const retryAfterS = Number.isFinite(account.endMs) ? Math.max(1, Math.ceil((account.endMs - at.getTime()) / 1000)) : null
  const whose = `The ${limit.scope.replace('_', ' ')}'s limit of ${limit.limit} ${limit.unit}${limit.window === 'total' ? '' : ` a ${limit.window}`}`
  if (account.limit.metric === 'parallel')
    return new Refused(
      'rate_limit_exceeded',
      `The ${limit.scope.replace('_', ' ')} has ${limit.limit} calls under way, which is its limit.`,
      {
        limit,
        retryAfterS: 1,
      },
    )
  if (isRate(account.limit))
    return new Refused('rate_limit_exceeded', `${whose} has no room for this call.`, { limit, retryAfterS: retryAfterS ?? 1 })
  const more = budgetStatus === 429 && retryAfterS !== null ? { limit, status: budgetStatus, retryAfterS } : { limit, status: budgetStatus }
  return new Refused('budget_exceeded', `${whose} has no room for this call.`, more)
}

/** A limit of the installation's own, on its key that serves this call: how large and how full it is, is not for everybody it serves. */
function foreignRefusal({ limit, endMs }: Account, at: Date, budgetStatus: Told['budgetStatus']): Refused {
  const message = 'The key of the installation that serves this call has no room left in one of its limits.'
  const retryAfterS = limit.metric === 'parallel' ? 1 : Math.max(1, Math.ceil((endMs - at.getTime()) / 1000))
  return isRate(limit)
    ? new Refused('rate_limit_exceeded', message, { retryAfterS })
    : new Refused('budget_exceeded', message, { status: budgetStatus })
}

/** Whether a limit holds back a rate, which passes by itself soon, and not a budget. */
export function isRate({ metric, window }: Limit): boolean {
  return metric === 'parallel' || (metric !== 'cost' && window !== 'week' && window !== 'month' && window !== 'total')
}

/** What can still be reserved, here and in the database. */
export function leftOf(account: Account): bigint {
  const room = roomOf(account) + account.waiting
  const left = account.left + (room > 0n ? room : 0n)
  return left > 0n ? left : 0n
}

/** `used` is the limit less what could still be reserved. */
function factsOf(account: Account): LimitFacts {
  const { subjectType, metric, window } = account.limit
  const amount = account.limit.amount ?? 0n
  const left = leftOf(account)
  return {
    scope: subjectType,
    limit: shown(account.limit, amount),
    used: shown(account.limit, left > amount ? 0n : amount - left),
    unit: metric === 'cost' ? 'usd' : metric,
    window,
    resets_at: Number.isFinite(account.endMs) ? new Date(account.endMs).toISOString() : null,
  }
}

function shown({ metric }: Limit, amount: bigint): number {
  return metric === 'cost' ? usdOfNanos(amount) : Number(amount)
}
