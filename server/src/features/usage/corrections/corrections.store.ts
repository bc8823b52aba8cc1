import { sql, type Selectable } from 'kysely'
import type { Reader, Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'
import type { StoredPrice } from '../../models/in-force/stored-price.ts'
import { bigintMax, type CounterKey } from '../../quotas/ledger.ts'
import type { UsageEventsTable } from '../usage.table.ts'
import type { UsageCorrectionsTable } from './corrections.table.ts'

/** Any number that no other lock of this database has. */
const correctionsLock = 5_120_448_317

export type CorrectionRow = Selectable<UsageCorrectionsTable>

/** An event with what its corrections come to: null where there is none. `reasons`: those of its corrections. */
export type ChargedEvent = Selectable<UsageEventsTable> & { corrected_nanos: bigint | null; reasons: CorrectionRow['reason'][] }

/** A correction that is not made yet. `price`: the one that the new cost is by, where it is by one. */
export type NewCorrection = {
  id: string
  event: ChargedEvent
  amountNanos: bigint
  reason: CorrectionRow['reason']
  note: string | null
  price: StoredPrice | null
}

const corrections = sql`(select sum(c.amount_nanos) from usage_corrections c where c.tenant_id = e.tenant_id and c.event_id = e.id) as corrected_nanos,
  array(select c.reason from usage_corrections c where c.tenant_id = e.tenant_id and c.event_id = e.id) as reasons`

/** Corrections are made one transaction after another, so that each knows all before it. Held until the transaction ends. */
export async function lockCorrections(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${correctionsLock})`.execute(tx)
}

/** Events by their ids, of one tenant or of all, in the order of their keys. */
export async function listChargedEvents(db: Reader, ids: readonly string[], tenantId: string | null): Promise<ChargedEvent[]> {
  const { rows } = await sql<ChargedEvent>`select e.*, ${corrections} from usage_events e
    where e.id = any(${ids}::uuid[]) ${tenantId === null ? sql`` : sql`and e.tenant_id = ${tenantId}`}
    order by e.tenant_id, e.admitted_at, e.id`.execute(db)
  return rows
}

export type EventFilter = {
  from: Date
  to: Date
  tenantId: string | null
  /** Only events that were billed to a key of this tenant. */
  payerId: string | null
  provider: string | null
  model: string | null
}
/** A day (UTC) on which a tenant had such events; it begins at `start`. */
export type BusyDay = { tenant_id: string; start: Date }

/** Where to look for events of a filter, in key order: found by the roll-ups, of which there are few. */
export async function listBusyDays(db: Reader, { from, to, tenantId, provider, model }: EventFilter): Promise<BusyDay[]> {
  const conditions = [sql`hour > ${from}::timestamptz - interval '1 hour'`, sql`hour < ${to}`]
  if (tenantId) conditions.push(sql`tenant_id = ${tenantId}`)
  if (provider) conditions.push(sql`provider = ${provider}`)
  if (model) conditions.push(sql`model = ${model}`)
  const { rows } = await sql<BusyDay>`select distinct tenant_id, date_trunc('day', hour, 'UTC') as start from usage_rollups
    where ${sql.join(conditions, sql` and `)} order by 1, 2`.execute(db)
  return rows
}

/** The next events of a day that a filter is for, after one of them, in key order. */
export async function listChargedEventsOf(
  db: Reader,
  { tenant_id, start }: BusyDay,
  { from, to, payerId, provider, model }: EventFilter,
  after: Pick<ChargedEvent, 'admitted_at' | 'id'> | null,
  limit: number,
): Promise<ChargedEvent[]> {
  const conditions = [
    sql`e.tenant_id = ${tenant_id}`,
    sql`e.admitted_at >= greatest(${from}::timestamptz, ${start})`,
    sql`e.admitted_at < least(${to}::timestamptz, ${start}::timestamptz + interval '24 hours')`,
  ]
  if (payerId) conditions.push(sql`e.provider_key_tenant_id = ${payerId}`)
  if (provider) conditions.push(sql`e.provider = ${provider}`)
  if (model) conditions.push(sql`e.model = ${model}`)
  if (after) conditions.push(sql`(e.admitted_at, e.id) > (${after.admitted_at}, ${after.id}::uuid)`)
  const { rows } = await sql<ChargedEvent>`select e.*, ${corrections} from usage_events e where ${sql.join(conditions, sql` and `)}
    order by e.admitted_at, e.id limit ${limit}`.execute(db)
  return rows
}

/** The corrections of an event, oldest first. */
export async function listCorrectionsOf(db: Reader, tenantId: string, eventId: string): Promise<CorrectionRow[]> {
  return await db
    .selectFrom('usage_corrections')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('event_id', '=', eventId)
    .orderBy('id')
    .execute()
}

export type CountedIn = { event_id: string; tenant_id: string; limit_id: string; window_start: Date; amount: bigint }

/** Where events counted for a cost when they were settled: the windows of those very limits. */
export async function listCostCounters(db: Reader, eventIds: readonly string[]): Promise<CountedIn[]> {
  const { rows } = await sql<CountedIn>`select e.event_id, e.tenant_id, e.limit_id, e.window_start, e.amount
    from ledger_entries e join limits l on l.tenant_id = e.tenant_id and l.id = e.limit_id
    where e.event_id = any(${eventIds}::uuid[]) and e.kind = 'settle' and l.metric = 'cost'`.execute(db)
  return rows
}

export async function insertCorrections(tx: Tx, made: readonly NewCorrection[], madeBy: string, at: Date): Promise<CorrectionRow[]> {
  return await tx
    .insertInto('usage_corrections')
    .values(
      made.map(({ id, event, amountNanos, reason, note, price }) => ({
        tenant_id: event.tenant_id,
        id,
        admitted_at: event.admitted_at,
        event_id: event.id,
        amount_nanos: amountNanos,
        was_unknown: event.cost_nanos === null && event.corrected_nanos === null,
        reason,
        note,
        price: price && JSON.stringify(price),
        made_by: madeBy,
        created_at: at,
      })),
    )
    .returningAll()
    .execute()
}

export type CorrectionEntry = CounterKey & { admitted_at: string; event_id: string; correction_id: string; amount: string }

/**
 * Writes entries and adds them to their counters, which the caller has locked. A sum that has come to the most that is held stays there until
 * the books are made anew: nobody knows any more what is above it, and less than that taken off would make room that there is not.
 */
export async function postCorrections(tx: Tx, entries: readonly CorrectionEntry[]): Promise<void> {
  if (entries.length === 0) return
  await sql`with entered as (
      insert into ledger_entries (tenant_id, admitted_at, event_id, limit_id, window_start, kind, amount, correction_id)
      select e.tenant_id, e.admitted_at, e.event_id, e.limit_id, e.window_start, 'correction', e.amount, e.correction_id
      from json_to_recordset(${JSON.stringify(entries)}::json) as e (tenant_id uuid, admitted_at timestamptz, event_id uuid, limit_id uuid,
        window_start timestamptz, amount bigint, correction_id uuid)
      returning tenant_id, limit_id, window_start, amount
    ), added as (select tenant_id, limit_id, window_start, sum(amount) as amount from entered group by 1, 2, 3)
    update limit_counters c
    set posted = case when c.posted = ${bigintMax}::bigint then c.posted else least(c.posted::numeric + a.amount, ${bigintMax}::numeric)::bigint end
    from added a
    where c.tenant_id = a.tenant_id and c.limit_id = a.limit_id and c.window_start = a.window_start`.execute(tx)
}

/** Adds corrections to the figures of the hours of their events, in key order. */
export async function correctRollups(tx: Tx, correctionIds: readonly string[]): Promise<void> {
  const key = sql.raw('tenant_id, hour, access_key_id, user_id, agent_id, provider_key_id, provider, model')
  await sql`with changed as (
      select e.tenant_id, date_trunc('hour', e.admitted_at, 'UTC') as hour, e.access_key_id, coalesce(e.user_id, ${nilId}::uuid) as user_id,
        coalesce(e.agent_id, ${nilId}::uuid) as agent_id, e.provider_key_id, e.provider, e.model,
        sum(c.amount_nanos) as amount, count(*) filter (where c.was_unknown) as now_known
      from usage_corrections c join usage_events e on e.tenant_id = c.tenant_id and e.admitted_at = c.admitted_at and e.id = c.event_id
      where c.id = any(${correctionIds}::uuid[]) group by 1, 2, 3, 4, 5, 6, 7, 8
    ), locked as (
      select ${key} from usage_rollups where (${key}) in (select ${key} from changed) order by ${key} for update
    )
    update usage_rollups r
    set cost_nanos = case when r.cost_nanos = ${bigintMax}::bigint then r.cost_nanos
        else least(r.cost_nanos::numeric + changed.amount, ${bigintMax}::numeric)::bigint end,
      unknown_cost_requests = r.unknown_cost_requests - changed.now_known
    from changed join locked using (${key})
    where (r.tenant_id, r.hour, r.access_key_id, r.user_id, r.agent_id, r.provider_key_id, r.provider, r.model)
      = (changed.tenant_id, changed.hour, changed.access_key_id, changed.user_id, changed.agent_id, changed.provider_key_id, changed.provider, changed.model)`.execute(
    tx,
  )
}
