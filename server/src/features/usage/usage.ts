import type { Received } from '@llm-manager/contract/endpoint'
import type { usage } from '@llm-manager/contract/usage'
import { allow, type Ctx } from '../../platform/ctx.ts'
import { Failure } from '../../platform/failure.ts'
import { isId } from '../../platform/ids.ts'
import { listEvents, listUsageByDimension, listUsageByTime, sumUsage, type EventRow } from './usage.store.ts'
import { toFigures, type Filters, type Range } from './usage.figures.ts'
import { toEvent } from './usage.view.ts'

type Input<K extends keyof typeof usage> = Received<(typeof usage)[K]>

const dayMs = 24 * 3600_000

export async function summarizeUsage(ctx: Ctx, { query }: Input<'summary'>) {
  allow(ctx, 'usage:read')
  const range = rangeOf(ctx, query)
  return { ...shown(range), ...toFigures(await sumUsage(ctx, range, filtersOf(query))) }
}

export async function usageByTime(ctx: Ctx, { query }: Input<'timeseries'>) {
  allow(ctx, 'usage:read')
  const range = rangeOf(ctx, query)
  knownTimezone(query.tz)
  const rows = await listUsageByTime(ctx, range, filtersOf(query), query.bucket, query.tz, query.group_by)
  return { ...shown(range), items: rows.map((row) => ({ start: row.start.toISOString(), group: row.group, ...toFigures(row) })) }
}

export async function usageByDimension(ctx: Ctx, { query }: Input<'breakdown'>) {
  allow(ctx, 'usage:read')
  const range = rangeOf(ctx, query)
  const rows = await listUsageByDimension(ctx, range, filtersOf(query), query.group_by)
  return { ...shown(range), items: rows.map((row) => ({ group: row.group, name: row.name, ...toFigures(row) })) }
}

export async function listUsageEvents(ctx: Ctx, { query }: Input<'events'>) {
  allow(ctx, 'usage:read')
  const page = { limit: query.limit, after: query.cursor === undefined ? null : readEventCursor(query.cursor) }
  // Whoever knows a request's id need not know when it was.
  const isDated = query.request_id === undefined || query.from !== undefined || query.to !== undefined
  const range = isDated ? rangeOf(ctx, query) : null
  const rows = await listEvents(ctx, range, { ...filtersOf(query), request_id: query.request_id }, query.outcome, page)
  const last = rows.length > page.limit ? rows[page.limit - 1] : undefined
  return { items: rows.slice(0, page.limit).map(toEvent), next_cursor: last ? eventCursor(last) : null }
}

/** Where a page of events ended: they are told in the order of their admission, which their ids follow only within one process. */
function eventCursor({ admitted_at, id }: EventRow): string {
  return Buffer.from(`${admitted_at.toISOString()} ${id}`).toString('base64url')
}

function readEventCursor(cursor: string): { at: Date; id: string } {
  const [time = '', id = ''] = Buffer.from(cursor, 'base64url').toString().split(' ')
  const at = new Date(time)
  if (Number.isNaN(at.getTime()) || at.toISOString() !== time || !/^[1-9]/.test(time) || !isId(id))
    throw new Failure('invalid_input', 'cursor_invalid')
  return { at, id }
}

function rangeOf(ctx: Ctx, query: { from?: string | undefined; to?: string | undefined }): Range {
  const to = query.to ? new Date(query.to) : ctx.now()
  const from = query.from ? new Date(query.from) : new Date(to.getTime() - dayMs)
  if (from >= to) throw new Failure('invalid_input', 'range_invalid')
  return { from, to }
}

function shown({ from, to }: Range) {
  return { from: from.toISOString(), to: to.toISOString() }
}

function filtersOf({ tenant_id, provider, model, access_key_id, user_id, agent_id, provider_key_id }: Filters): Filters {
  return { tenant_id, provider, model, access_key_id, user_id, agent_id, provider_key_id }
}

function knownTimezone(timezone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
  } catch (cause) {
    throw new Failure('invalid_input', 'timezone_unknown', { values: { timezone }, cause })
  }
}
