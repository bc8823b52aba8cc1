import type { Received } from '@llm-manager/contract/endpoint'
import type { usage } from '@llm-manager/contract/usage'
import { allow, type Ctx } from '../../platform/ctx.ts'
import { Failure, notFound } from '../../platform/failure.ts'
import { isId } from '../../platform/ids.ts'
import { usdOfNanos } from '../../platform/money.ts'
import { findEvent, listEvents, listUsageByDimension, listUsageByTime, sumUsage, type EventRow } from './usage.store.ts'
import { tokenColumns } from './events.rollup.ts'
import { toFigures, toTokens, type Filters, type Range } from './usage.figures.ts'

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
  const rows = await listEvents(ctx, rangeOf(ctx, query), filtersOf(query), query.outcome, page)
  const last = rows.length > page.limit ? rows[page.limit - 1] : undefined
  return { items: rows.slice(0, page.limit).map(toEvent), next_cursor: last ? eventCursor(last) : null }
}

/** One request and every line of its price, as it was charged. */
export async function explainUsageEvent(ctx: Ctx, { params }: Input<'event'>) {
  allow(ctx, 'usage:read')
  const row = isId(params.id) ? await findEvent(ctx, params.id) : undefined
  if (!row) throw notFound('event_not_found')
  return { ...toEvent(row), lines: linesOf(row), price_source: row.price?.source ?? null }
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

function toEvent(row: EventRow) {
  const { id, request_id, access_key_id, user_id, agent_id, provider_key_id, provider, model, endpoint, stream, outcome } = row
  const { error_source, error_code, http_status, estimated, unresolved, duration_ms, first_byte_ms } = row
  return {
    id,
    at: row.admitted_at.toISOString(),
    request_id,
    access_key_id,
    user_id,
    agent_id,
    provider_key_id,
    provider,
    model,
    endpoint,
    stream,
    outcome,
    error_source,
    error_code,
    http_status,
    tokens: toTokens(row),
    cost: row.cost_nanos === null ? null : usdOfNanos(row.cost_nanos),
    estimated,
    unresolved,
    duration_ms,
    first_byte_ms,
  }
}

/** Each bucket that was used, at the price stored with the event. Lines are shown unrounded to the nano-dollar; the charge rounds once. */
function linesOf(row: EventRow) {
  const perMillion = row.price?.per_million_nanos ?? {}
  return tokenColumns.flatMap((column) => {
    const bucket = column.slice('tokens_'.length)
    const price = perMillion[bucket]
    if (row[column] === 0n || price === undefined) return []
    return [
      {
        bucket,
        tokens: Number(row[column]),
        usd_per_million: usdOfNanos(BigInt(price)),
        cost: usdOfNanos((row[column] * BigInt(price) + 500_000n) / 1_000_000n),
      },
    ]
  })
}
