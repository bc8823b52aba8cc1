import { sql, type RawBuilder } from 'kysely'
import type { Ctx } from '../../platform/ctx.ts'
import { nilId } from '../../platform/ids.ts'
import { usdOfNanos } from '../../platform/money.ts'
import { tokenColumns } from './events.record.ts'

export type Filters = {
  tenant_id?: string | undefined
  provider?: string | undefined
  model?: string | undefined
  access_key_id?: string | undefined
  user_id?: string | undefined
  agent_id?: string | undefined
  provider_key_id?: string | undefined
  request_id?: string | undefined
}

export type Range = { from: Date; to: Date }

const hourMs = 3600_000
type TokenColumn = (typeof tokenColumns)[number]

/** The rows a caller may see: their own use, their tenant's, or everyone's; narrowed by the filters. */
export function within(ctx: Ctx, filters: Filters): RawBuilder<unknown> {
  const { scope, tenantId, userId } = ctx.caller
  const conditions = [sql`true`]
  if (scope !== 'all') conditions.push(sql`tenant_id = ${tenantId}`)
  if (scope === 'own') conditions.push(sql`user_id = ${userId}`)
  for (const [column, value] of Object.entries(filters)) if (value !== undefined) conditions.push(sql`${sql.ref(column)} = ${value}`)
  return sql.join(conditions, sql` and `)
}

/**
 * The figures of a half-open range as rows of one shape: whole hours from the roll-ups, the two edges from the events themselves and
 * their corrections, so that a range of any length is exact and a long one reads few rows.
 */
export function figuresOf(ctx: Ctx, { from, to }: Range, filters: Filters): RawBuilder<unknown> {
  const where = within(ctx, filters)
  const fullFrom = new Date(Math.ceil(from.getTime() / hourMs) * hourMs)
  const fullTo = new Date(Math.floor(to.getTime() / hourMs) * hourMs)
  const columns = sql.join(tokenColumns.map((column) => sql.ref(column)))
  const none = sql.join(tokenColumns.map(() => sql`0`))
  const edges =
    fullFrom < fullTo
      ? sql`((admitted_at >= ${from} and admitted_at < ${fullFrom}) or (admitted_at >= ${fullTo} and admitted_at < ${to}))`
      : sql`(admitted_at >= ${from} and admitted_at < ${to})`
  const owner = sql`access_key_id, coalesce(user_id, ${nilId}::uuid), coalesce(agent_id, ${nilId}::uuid), provider_key_id, provider, model`
  return sql`(
    select tenant_id, hour as at, access_key_id, user_id, agent_id, provider_key_id, provider, model, ${columns},
      requests, errors, cost_nanos, unknown_cost_requests, estimated_requests
    from usage_rollups where hour >= ${fullFrom} and hour < ${fullTo} and ${where}
    union all
    select tenant_id, admitted_at, ${owner}, ${columns},
      1, (outcome <> 'ok')::int, coalesce(cost_nanos, 0), (cost_nanos is null)::int, estimated::int
    from usage_events where ${edges} and ${where}
    union all
    select tenant_id, admitted_at, ${owner}, ${none}, 0, 0, amount_nanos, -was_unknown::int, 0
    from (
      select tenant_id as corrected_tenant, admitted_at as corrected_at, event_id as corrected_id, amount_nanos, was_unknown
      from usage_corrections where ${edges}
    ) as c join usage_events on tenant_id = corrected_tenant and admitted_at = corrected_at and id = corrected_id and ${where}
  ) as figures`
}

/** The sums of figures, to select beside whatever they are grouped by. */
export const sums = sql.join(
  [...tokenColumns, 'requests', 'errors', 'cost_nanos', 'unknown_cost_requests', 'estimated_requests'].map(
    (column) => sql`coalesce(sum(${sql.ref(column)}), 0) as ${sql.ref(column)}`,
  ),
)

export type Sums = Record<TokenColumn | 'requests' | 'errors' | 'cost_nanos' | 'unknown_cost_requests' | 'estimated_requests', bigint>

/** Figures as answers show them. */
export function toFigures(row: Sums) {
  return {
    requests: Number(row.requests),
    errors: Number(row.errors),
    tokens: toTokens(row),
    cost: usdOfNanos(row.cost_nanos),
    unknown_cost_requests: Number(row.unknown_cost_requests),
    estimated_requests: Number(row.estimated_requests),
  }
}

/** Disjoint buckets as answers show them; `total` is their sum. */
export function toTokens(row: Record<TokenColumn, bigint>) {
  const tokens = {
    input: Number(row.tokens_input),
    cache_read: Number(row.tokens_cache_read),
    cache_write: Number(row.tokens_cache_write),
    cache_write_long: Number(row.tokens_cache_write_long),
    output: Number(row.tokens_output),
    reasoning: Number(row.tokens_reasoning),
    audio: Number(row.tokens_audio_input + row.tokens_audio_output),
    image: Number(row.tokens_image),
  }
  return { ...tokens, total: Object.values(tokens).reduce((sum, count) => sum + count, 0) }
}
