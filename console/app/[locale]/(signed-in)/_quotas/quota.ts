import type { Replied } from '@llm-manager/contract/endpoint'
import type { quotas as Quotas } from '@llm-manager/contract/quotas'
import type { Me } from '#lib/session/console-session.ts'

export type Quota = Replied<typeof Quotas.get>
export type QuotaWindow = Replied<typeof Quotas.history>['items'][number]
export type SubjectType = Quota['subject_type']
export type Metric = Quota['metric']
export type Window = Quota['window']

/** From the widest to the narrowest: also the order in which limits are listed. */
export const subjectTypes: readonly SubjectType[] = ['tenant', 'group', 'user', 'agent', 'access_key', 'provider_key']
export const metrics: readonly Metric[] = ['cost', 'tokens', 'requests', 'parallel']
export const windows: readonly Window[] = ['minute', 'hour', 'day', 'week', 'month', 'total']

type Figures = Pick<Quota, 'amount' | 'used' | 'reserved'>

/** How much of an amount something is; all of it where there is nothing to have. */
export function shareOf(part: number, amount: number): number {
  return amount > 0 ? part / amount : 1
}

/** What is neither used nor reserved; never less than nothing. */
export function leftOf({ amount, used, reserved }: Figures): number {
  return Math.max(0, exact(amount - used - reserved))
}

/** By how much more was used than the amount. */
export function overOf({ amount, used }: Pick<Figures, 'amount' | 'used'>): number {
  return Math.max(0, exact(used - amount))
}

/** Dollars have nine decimals at most; what a subtraction leaves beyond them is an error of binary fractions. */
function exact(amount: number): number {
  return Number(amount.toFixed(9))
}

/** How full a limit is, for sorting: a gauge by the places that are taken, everything else by what was used. */
export function fullness(quota: Figures & Pick<Quota, 'metric'>): number {
  return shareOf(takenOf(quota), quota.amount)
}

/** What counts as used: calls at once are only ever held. */
export function takenOf({ metric, used, reserved }: Figures & Pick<Quota, 'metric'>): number {
  return metric === 'parallel' ? used + reserved : used
}

/**
 * How a limit stands. `blocked`: an amount of nothing lets nothing through; `reached`: all of it is used; `full`: the rest is
 * reserved; `over`: passed, but only watched; `near`: past the threshold that is named.
 */
export type Standing = { state: 'blocked' | 'reached' | 'full' | 'over' | 'fine' } | { state: 'near'; threshold: number }

export function standingOf(quota: Pick<Quota, 'amount' | 'used' | 'reserved' | 'hard' | 'metric' | 'thresholds'>): Standing {
  const { amount, used, reserved, hard, metric, thresholds } = quota
  if (hard && amount === 0) return { state: 'blocked' }
  if (used >= amount && metric !== 'parallel') return { state: hard ? 'reached' : 'over' }
  if (hard && used + reserved >= amount) return { state: 'full' }
  const share = fullness(quota)
  const threshold = thresholds.findLast((mark) => mark < 1 && share >= mark)
  return threshold === undefined ? { state: 'fine' } : { state: 'near', threshold }
}

/** Whether a limit holds back a rate, which passes by itself soon, and not a budget. The gateway answers the former with 429. */
export function isRate({ metric, window }: Pick<Quota, 'metric' | 'window'>): boolean {
  return metric === 'parallel' || (metric !== 'cost' && window !== 'week' && window !== 'month' && window !== 'total')
}

/** Whether the person may change a limit here: not one that is set with its key, nor one from above. */
export function mayChange(
  { origin, imposed }: Pick<Quota, 'origin' | 'imposed'>,
  { permissions, roles }: Pick<Me, 'permissions' | 'roles'>,
): boolean {
  return permissions.includes('quotas:write') && origin === 'quota' && (!imposed || roles.includes('platform_admin'))
}

/** Limits of one thing together, the widest things first; among them as they were made. */
export function byPlace(a: Quota, b: Quota): number {
  return (
    subjectTypes.indexOf(a.subject_type) - subjectTypes.indexOf(b.subject_type) ||
    (a.subject_name ?? '').localeCompare(b.subject_name ?? '') ||
    a.subject_id.localeCompare(b.subject_id) ||
    metrics.indexOf(a.metric) - metrics.indexOf(b.metric) ||
    windows.indexOf(a.window) - windows.indexOf(b.window) ||
    a.id.localeCompare(b.id)
  )
}

/** Places on a bar, in percent of its length. */
export type Bar = {
  usedPercent: number
  heldPercent: number
  marksPercent: number[]
  /** Null where the bar ends at the amount. */ limitPercent: number | null
}

/** A bar is as long as its amount; one that was passed is longer, up to twice, so that the mark of the amount is seen to lie behind. */
export function barOf(quota: Figures & Pick<Quota, 'thresholds'>, longest = shareOf(quota.used + quota.reserved, quota.amount)): Bar {
  const { amount, used, reserved, thresholds } = quota
  const length = Math.min(2, Math.max(1, longest))
  const at = (share: number) => Math.min(100, Math.max(0, (share / length) * 100))
  const usedPercent = at(shareOf(used, amount))
  return {
    usedPercent,
    heldPercent: amount > 0 ? at(shareOf(used + reserved, amount)) - usedPercent : 0,
    marksPercent: thresholds.filter((mark) => mark !== 1 && mark < length).map(at),
    limitPercent: length > 1 ? at(1) : null,
  }
}
