import { sql, type RawBuilder } from 'kysely'
import { nilId } from '../../../platform/ids.ts'
import { bigintMax } from '../../quotas/ledger.ts'
import { tokenColumns } from '../events.record.ts'

/**
 * A place of the books that does not say what follows from the rest of them: `booked` is there, `due` ought to be. `of` names the place:
 * limit and window, hour and whose figures, or event and limit.
 */
export type Difference = { what: CheckName; tenant_id: string; of: Record<string, string>; booked: string | null; due: string | null }

export type CheckName = keyof typeof checks

export const figureColumns = ['requests', 'errors', ...tokenColumns, 'cost_nanos', 'unknown_cost_requests', 'estimated_requests'] as const
export const rollupKey = ['tenant_id', 'hour', 'access_key_id', 'user_id', 'agent_id', 'provider_key_id', 'provider', 'model'] as const

export const refs = (columns: readonly string[], table?: string): RawBuilder<unknown> =>
  sql.join(columns.map((column) => sql.ref(table ? `${table}.${column}` : column)))

const iso = (column: string) => sql`to_char(${sql.ref(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`
const window = sql`jsonb_build_object('limit_id', limit_id, 'window_start', ${iso('window_start')})`

/** What the counters of limits ought to say. A sum stops at what its column can hold. */
export const duePosted = sql`(select tenant_id, limit_id, window_start, least(sum(amount), ${bigintMax}::numeric) as due
  from ledger_entries group by 1, 2, 3)`
export const dueLeased = sql`(select tenant_id, limit_id, window_start, sum(granted) as due from leases group by 1, 2, 3)`

/** What the roll-ups ought to say of events that meet a condition (on `e`): the sums of those, and of their corrections. */
export function dueRollups(condition: RawBuilder<unknown> = sql`true`): RawBuilder<unknown> {
  const tokens = sql.join(tokenColumns.map((column) => sql`least(sum(e.${sql.ref(column)}), ${bigintMax}::numeric) as ${sql.ref(column)}`))
  return sql`(
    select e.tenant_id, date_trunc('hour', e.admitted_at, 'UTC') as hour, e.access_key_id, coalesce(e.user_id, ${nilId}::uuid) as user_id,
      coalesce(e.agent_id, ${nilId}::uuid) as agent_id, e.provider_key_id, e.provider, e.model, count(*) as requests,
      count(*) filter (where e.outcome <> 'ok') as errors, ${tokens},
      least(sum(coalesce(e.cost_nanos, 0) + coalesce(c.amount, 0)), ${bigintMax}::numeric) as cost_nanos,
      count(*) filter (where e.cost_nanos is null) - count(*) filter (where c.was_unknown) as unknown_cost_requests,
      count(*) filter (where e.estimated) as estimated_requests
    from usage_events e left join (
      select tenant_id, admitted_at, event_id, sum(amount_nanos) as amount, bool_or(was_unknown) as was_unknown from usage_corrections group by 1, 2, 3
    ) c on c.tenant_id = e.tenant_id and c.admitted_at = e.admitted_at and c.event_id = e.id
    where ${condition} group by 1, 2, 3, 4, 5, 6, 7, 8
  )`
}

const figuresOf = (table: string) =>
  sql.join(figureColumns.map((column) => sql`(${sql.lit(column)}, r.${sql.ref(column)}, ${sql.ref(table)}.${sql.ref(column)})`))
const tokensOfEvent = sql.join(
  tokenColumns.map((column) => sql`u.${sql.ref(column)}`),
  sql` + `,
)

/** Each answers its differences, as rows without `what`. */
export const checks = {
  'a counter says another sum than the ledger entries of its window': sql`
    select tenant_id, ${window} as of, c.posted::text as booked, coalesce(d.due, 0)::text as due
    from limit_counters c full join ${duePosted} d using (tenant_id, limit_id, window_start)
    where coalesce(c.posted, 0) <> coalesce(d.due, 0)`,
  'a counter says another sum than the leases of its window': sql`
    select tenant_id, ${window} as of, c.leased::text as booked, coalesce(d.due, 0)::text as due
    from limit_counters c full join ${dueLeased} d using (tenant_id, limit_id, window_start)
    where coalesce(c.leased, 0) <> coalesce(d.due, 0)`,
  'the figures of an hour are not the sums of its events and their corrections': sql`
    select tenant_id, jsonb_build_object('hour', ${iso('hour')}, 'access_key_id', access_key_id, 'user_id', user_id, 'agent_id', agent_id,
      'provider_key_id', provider_key_id, 'provider', provider, 'model', model, 'figure', f.name) as of, f.booked::text, coalesce(f.due, 0)::text as due
    from usage_rollups r full join ${dueRollups()} d using (${refs(rollupKey)})
    cross join lateral (values ${figuresOf('d')}) as f (name, booked, due)
    where coalesce(f.booked, 0) <> coalesce(f.due, 0)`,
  'an event has no entry in the ledger for the key that served it': sql`
    select l.tenant_id, jsonb_build_object('limit_id', l.id, 'event_id', u.id) as of, null as booked, coalesce(u.cost_nanos, 0)::text as due
    from usage_events u join limits l on l.tenant_id = u.provider_key_tenant_id and l.subject_type = 'provider_key'
      and l.subject_id = u.provider_key_id and l.origin = 'usage_limit' and l.metric = 'cost'
    where not exists (select from ledger_entries e where e.event_id = u.id and e.tenant_id = l.tenant_id and e.limit_id = l.id and e.kind = 'settle')`,
  'an entry in the ledger says something else than its event': sql`
    select e.tenant_id, jsonb_build_object('limit_id', e.limit_id, 'window_start', ${iso('e.window_start')}, 'event_id', e.event_id) as of,
      e.amount::text as booked, case l.metric when 'cost' then coalesce(u.cost_nanos, 0) when 'requests' then 1 else ${tokensOfEvent} end::text as due
    from ledger_entries e join limits l on l.tenant_id = e.tenant_id and l.id = e.limit_id
    left join usage_events u on u.id = e.event_id and u.admitted_at = e.admitted_at
    where e.kind = 'settle' and (u.id is null or l.metric = 'parallel' or (e.amount <>
      case l.metric when 'cost' then coalesce(u.cost_nanos, 0) when 'requests' then 1 else ${tokensOfEvent} end and not (u.unresolved and l.metric = 'tokens')))`,
  'a correction of an event is not what the ledger says of it': sql`
    select e.tenant_id, jsonb_build_object('limit_id', e.limit_id, 'window_start', ${iso('e.window_start')}, 'event_id', e.event_id) as of,
      coalesce(b.amount, 0)::text as booked, c.amount::text as due
    from (select admitted_at, event_id, sum(amount_nanos) as amount from usage_corrections group by 1, 2) c
    join ledger_entries e on e.event_id = c.event_id and e.kind = 'settle'
    join limits l on l.tenant_id = e.tenant_id and l.id = e.limit_id and l.metric = 'cost'
    left join (select event_id, tenant_id, limit_id, window_start, sum(amount) as amount from ledger_entries where kind = 'correction' group by 1, 2, 3, 4) b
      on b.event_id = e.event_id and b.tenant_id = e.tenant_id and b.limit_id = e.limit_id and b.window_start = e.window_start
    where coalesce(b.amount, 0) <> c.amount`,
  'what was charged for want of proof was not taken back when its epoch was closed': sql`
    select e.tenant_id, jsonb_build_object('limit_id', e.limit_id, 'window_start', ${iso('e.window_start')}, 'epoch', e.event_id) as of,
      sum(e.amount)::text as booked, '0' as due
    from ledger_entries e
    where e.event_id in (select a.event_id from ledger_entries a where a.kind = 'abandoned' and not exists (select from epochs p where p.id = a.event_id))
    group by e.tenant_id, e.limit_id, e.window_start, e.event_id having sum(e.amount) <> 0`,
}
