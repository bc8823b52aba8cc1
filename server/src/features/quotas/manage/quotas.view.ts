import { usdOfNanos } from '../../../platform/money.ts'
import type { LimitsTable } from '../limits.table.ts'
import { windowOf, type Window } from '../windows.ts'
import type { CounterKey } from '../ledger.ts'
import type { FiguresRow } from './quotas.figures.store.ts'
import type { QuotaRow } from './quotas.store.ts'

/** An amount as answers show it: US dollars for cost, else a plain count. */
export function shownAmount(metric: LimitsTable['metric'], amount: bigint): number {
  return metric === 'cost' ? usdOfNanos(amount) : Number(amount)
}

/** The window of a limit that an instant lies in. */
export function quotaWindow({ metric, window, timezone, anchor, restarted_at }: QuotaRow, at: Date): Window {
  return windowOf({ metric, window, timezone, anchor, restartedAt: restarted_at }, at)
}

/** The counter of a limit for the window that begins then. */
export function counterOf({ tenant_id, id }: Pick<QuotaRow, 'tenant_id' | 'id'>, windowStart: Date): CounterKey {
  return { tenant_id, limit_id: id, window_start: windowStart.toISOString() }
}

/** A limit as answers show it, with what is used of its current window. */
export function toQuota(row: QuotaRow, { start, end }: Window, figures: FiguresRow) {
  const { id, tenant_id, subject_type, subject_id, subject_name, metric, window, timezone, hard, thresholds, provider, model } = row
  return {
    id,
    tenant_id,
    subject_type,
    subject_id,
    subject_name,
    metric,
    amount: shownAmount(metric, row.amount),
    window,
    timezone,
    anchor: row.anchor?.toISOString() ?? null,
    hard,
    thresholds,
    provider,
    model,
    origin: row.origin,
    imposed: row.imposed,
    window_start: start.toISOString(),
    resets_at: end?.toISOString() ?? null,
    used: shownAmount(metric, figures.posted),
    reserved: shownAmount(metric, figures.leased),
    unproved: shownAmount(metric, figures.unproved),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at?.toISOString() ?? null,
  }
}

/** What the audit keeps of a limit. */
export function auditedQuota(row: Omit<QuotaRow, 'subject_name'>) {
  const { subject_type, subject_id, metric, window, timezone, hard, thresholds, provider, model, imposed } = row
  return {
    subject_type,
    subject_id,
    metric,
    amount: shownAmount(metric, row.amount),
    window,
    timezone,
    anchor: row.anchor?.toISOString() ?? null,
    hard,
    thresholds,
    provider,
    model,
    imposed,
    restarted_at: row.restarted_at?.toISOString() ?? null,
  }
}
