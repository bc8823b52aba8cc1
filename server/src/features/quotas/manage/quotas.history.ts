import type { Received } from '@llm-manager/contract/endpoint'
import type { quotas } from '@llm-manager/contract/quotas'
import { allow, type Ctx } from '../../../platform/ctx.ts'
import { Failure } from '../../../platform/failure.ts'
import { listFigures, listUsedWindows, type UsedWindowRow } from './quotas.figures.store.ts'
import type { QuotaRow } from './quotas.store.ts'
import { quotaInReach } from './quotas.ts'
import { counterOf, quotaWindow, shownAmount } from './quotas.view.ts'

type Input<K extends keyof typeof quotas> = Received<(typeof quotas)[K]>

/** The windows of a limit in which something was used, newest first and the current one before them; those of a lifted limit too. */
export async function listQuotaHistory(ctx: Ctx, { params, query }: Input<'history'>) {
  allow(ctx, 'quotas:read')
  const before = query.cursor === undefined ? null : readWindowCursor(query.cursor)
  const quota = await quotaInReach(ctx, ctx.db, params.id, true)
  const current = quota.status === 'active' ? quotaWindow(quota, ctx.now()).start : null
  const rows = await listUsedWindows(ctx.db, quota, current, { limit: query.limit, before })
  // Nobody has used the current window yet, and so nobody has made its counter.
  if (current && !before && rows[0]?.window_start.getTime() !== current.getTime())
    rows.unshift({ window_start: current, next_start: null, amount: null })
  const shown = rows.slice(0, query.limit)
  const keyOf = (row: UsedWindowRow) => counterOf(quota, row.window_start)
  const figuresOf = await listFigures(ctx.db, shown.map(keyOf))
  const items = shown.map((row) => {
    const { posted, unproved } = figuresOf(keyOf(row))
    const isCurrent = row.window_start.getTime() === current?.getTime()
    return {
      window_start: row.window_start.toISOString(),
      window_end: endOf(quota, row)?.toISOString() ?? null,
      amount: shownAmount(quota.metric, isCurrent ? quota.amount : (row.amount ?? quota.amount)),
      used: shownAmount(quota.metric, posted),
      unproved: shownAmount(quota.metric, unproved),
      is_current: isCurrent,
    }
  })
  const last = rows.length > query.limit ? shown.at(-1) : undefined
  return { items, next_cursor: last ? Buffer.from(last.window_start.toISOString()).toString('base64url') : null }
}

/** Where a window ended: with the calendar, or before that where counting was started over and another window begins. */
function endOf(quota: QuotaRow, { window_start, next_start }: UsedWindowRow): Date | null {
  const { end } = quotaWindow(quota, window_start)
  return next_start && (!end || next_start < end) ? next_start : end
}

function readWindowCursor(cursor: string): Date {
  const time = Buffer.from(cursor, 'base64url').toString()
  const at = new Date(time)
  if (Number.isNaN(at.getTime()) || at.toISOString() !== time || !/^[1-9]/.test(time)) throw new Failure('invalid_input', 'cursor_invalid')
  return at
}
