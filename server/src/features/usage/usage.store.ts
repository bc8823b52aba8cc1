import { sql, type Selectable } from 'kysely'
import type { Reader } from '../../platform/db.ts'
import type { LimitsTable } from '../quotas/limits.table.ts'
import type { Ctx } from '../../platform/ctx.ts'
import { nilId } from '../../platform/ids.ts'
import { figuresOf, sums, within, type Filters, type Range, type Sums } from './usage.figures.ts'
import type { UsageEventsTable } from './usage.table.ts'

/** The column behind each dimension, and where its names are. */
const dimensions = {
  provider: { column: 'provider', names: null },
  model: { column: 'model', names: null },
  access_key: { column: 'access_key_id', names: 'access_keys' },
  user: { column: 'user_id', names: 'users' },
  agent: { column: 'agent_id', names: 'agents' },
  provider_key: { column: 'provider_key_id', names: 'provider_keys' },
} as const
/** An event with what its corrections come to; null where there is none. */
export type EventRow = Selectable<UsageEventsTable> & { corrected_nanos: bigint | null }
/** Events after one instant and id, newest first; one more than `limit`. */
export type EventPage = { limit: number; after: { at: Date; id: string } | null }
export type Dimension = keyof typeof dimensions

const corrected = sql`(select sum(c.amount_nanos) from usage_corrections c
  where c.tenant_id = usage_events.tenant_id and c.event_id = usage_events.id) as corrected_nanos`

export async function sumUsage(ctx: Ctx, range: Range, filters: Filters): Promise<Sums> {
  const { rows } = await sql<Sums>`select ${sums} from ${figuresOf(ctx, range, filters)}`.execute(ctx.db)
  return rows[0]!
}

export async function listUsageByTime(
  ctx: Ctx,
  range: Range,
  filters: Filters,
  bucket: 'hour' | 'day',
  timezone: string,
  groupBy: Dimension | undefined,
) {
  const group = groupBy ? sql`nullif(${sql.ref(dimensions[groupBy].column)}::text, ${nilId})` : sql`null::text`
  const { rows } = await sql<Sums & { start: Date; group: string | null }>`
    select date_trunc(${bucket}, at, ${timezone}) as start, ${group} as "group", ${sums}
    from ${figuresOf(ctx, range, filters)} group by 1, 2 order by 1, 2`.execute(ctx.db)
  return rows
}

export async function listUsageByDimension(ctx: Ctx, range: Range, filters: Filters, groupBy: Dimension) {
  const { column, names } = dimensions[groupBy]
  // What serves a tenant may belong to the installation, whose names are its own.
  const seen = ctx.caller.scope === 'all' ? sql`true` : sql`named.tenant_id = ${ctx.caller.tenantId}`
  const name = names
    ? sql`(select min(named.name) from ${sql.table(names)} as named where named.id = grouped.key and ${seen})`
    : sql`grouped.key::text`
  const { rows } = await sql<Sums & { group: string | null; name: string | null }>`
    select grouped.*, nullif(grouped.key::text, ${nilId}) as "group", ${name} as name
    from (select ${sql.ref(column)} as key, ${sums} from ${figuresOf(ctx, range, filters)} group by 1) as grouped
    order by cost_nanos desc, requests desc, 1 limit 200`.execute(ctx.db)
  return rows
}

export async function listEvents(
  ctx: Ctx,
  range: Range | null,
  filters: Filters,
  outcome: 'ok' | 'error' | undefined,
  page: EventPage,
): Promise<EventRow[]> {
  const ended = outcome === undefined ? sql`true` : outcome === 'ok' ? sql`outcome = 'ok'` : sql`outcome <> 'ok'`
  const after = page.after ? sql`(admitted_at, id) < (${page.after.at}, ${page.after.id}::uuid)` : sql`true`
  const inRange = range ? sql`admitted_at >= ${range.from} and admitted_at < ${range.to}` : sql`true`
  const { rows } = await sql<EventRow>`
    select *, ${corrected} from usage_events where ${inRange} and ${within(ctx, filters)} and ${ended} and ${after}
    order by admitted_at desc, id desc limit ${page.limit + 1}`.execute(ctx.db)
  return rows
}

export async function findEvent(ctx: Ctx, id: string): Promise<EventRow | undefined> {
  const { rows } = await sql<EventRow>`select *, ${corrected} from usage_events where id = ${id} and ${within(ctx, {})} limit 1`.execute(
    ctx.db,
  )
  return rows[0]
}

type CountedIn = Pick<Selectable<LimitsTable>, 'subject_type' | 'metric' | 'window'> & {
  limit_id: string
  window_start: Date
  amount: bigint
}

/** The limits (of a tenant, or all) that an event counted in when it was settled, with what it added to each; in the unit of the limit. */
export async function listCountedIn(db: Reader, eventId: string, tenantId: string | null): Promise<CountedIn[]> {
  const { rows } = await sql<CountedIn>`select e.limit_id, l.subject_type, l.metric, l."window", e.window_start, e.amount
    from ledger_entries e join limits l on l.tenant_id = e.tenant_id and l.id = e.limit_id
    where e.event_id = ${eventId} and e.kind = 'settle' and (${tenantId}::uuid is null or e.tenant_id = ${tenantId})
    order by l.subject_type, l.metric, e.limit_id`.execute(db)
  return rows
}
