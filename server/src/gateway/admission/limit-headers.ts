import type { OutgoingHttpHeaders } from 'node:http'
import type { Account } from '../../features/quotas/leases/accounts.ts'
import { isRate, leftOf } from './admit.ts'

const rateNames = [
  'x-ratelimit-limit-requests',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-reset-requests',
  'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-tokens',
  'x-ratelimit-reset-tokens',
]

/** A call with the accounts of its limits, and the tenant that made it. */
type Limited = { accounts: readonly Account[]; tenantId: string }

/**
 * Adds what the limits in scope leave: `x-llm-budget-remaining` in US dollars by the tightest cost limit, and the tightest rate limits under
 * the names that OpenAI gives them. Where there are any of ours, the provider's own say nothing to the caller. Approximate across processes.
 */
export function addLimitHeaders(headers: OutgoingHttpHeaders, { accounts, tenantId }: Limited, nowMs: number): void {
  let budget: bigint | null = null
  let requests: Account | null = null
  let tokens: Account | null = null
  for (const account of accounts) {
    const { limit } = account
    // What the installation's key may still spend is not for everybody it serves.
    if (!limit.isHard || limit.tenantId !== tenantId) continue
    if (limit.metric === 'cost') {
      const left = leftOf(account)
      if (budget === null || left < budget) budget = left
    } else if (isRate(limit) && limit.metric === 'requests') requests = tighter(requests, account)
    else if (isRate(limit) && limit.metric === 'tokens') tokens = tighter(tokens, account)
  }
  if (budget !== null) headers['x-llm-budget-remaining'] = usdText(budget)
  if (!requests && !tokens) return
  for (const name of rateNames) delete headers[name]
  if (requests) addRate(headers, 'requests', requests, nowMs)
  if (tokens) addRate(headers, 'tokens', tokens, nowMs)
}

function tighter(one: Account | null, other: Account): Account {
  return one === null || leftOf(other) < leftOf(one) ? other : one
}

function addRate(headers: OutgoingHttpHeaders, unit: 'requests' | 'tokens', account: Account, nowMs: number): void {
  headers[`x-ratelimit-limit-${unit}`] = String(account.limit.amount)
  headers[`x-ratelimit-remaining-${unit}`] = String(leftOf(account))
  headers[`x-ratelimit-reset-${unit}`] = spanText(Math.max(0, account.endMs - nowMs))
}

/** As OpenAI writes it: `59s`, `6m0s`, `1h2m3s`; rounded up to whole seconds. */
export function spanText(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return `${h > 0 ? `${h}h` : ''}${h > 0 || m > 0 ? `${m}m` : ''}${s}s`
}

/** Nano-dollars as US dollars with at most 9 decimals, never in powers of ten. */
export function usdText(nanos: bigint): string {
  const digits = nanos.toString().padStart(10, '0')
  const fraction = digits.slice(-9).replace(/0+$/, '')
  return fraction === '' ? digits.slice(0, -9) : `${digits.slice(0, -9)}.${fraction}`
}
