import { sql } from 'kysely'
import { unattended, type Db, type Tx } from '../../../platform/db.ts'
import { newId } from '../../../platform/ids.ts'
import { lockCounters, type CounterKey } from '../../quotas/ledger.ts'
import {
  checks,
  dueLeased,
  duePosted,
  dueRollups,
  figureColumns,
  refs,
  rollupKey,
  type CheckName,
  type Difference,
} from './books.checks.ts'

/** Of each check. */
const differencesMax = 1_000

/** How much there is in the books: so many of each were looked at. */
export type BooksSize = { events: bigint; entries: bigint; counters: bigint; rollups: bigint }

/**
 * Looks whether counters, ledger, roll-ups, events and leases say the same, as of one instant: also right while gateways run. Answers what
 * differs, at most 1000 places of each check.
 */
export async function checkBooks(db: Db): Promise<Difference[]> {
  const transaction = db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only')
  return await transaction.execute(async (tx) => {
    const differences: Difference[] = []
    for (const [what, check] of Object.entries(checks)) {
      const { rows } = await sql<Omit<Difference, 'what'>>`${check} limit ${differencesMax}`.execute(tx)
      differences.push(...rows.map((row) => ({ what: what as CheckName, ...row })))
    }
    return differences
  })
}

export async function measureBooks(db: Db): Promise<BooksSize> {
  const { rows } =
    await sql<BooksSize>`select (select count(*) from usage_events) as events, (select count(*) from ledger_entries) as entries,
    (select count(*) from limit_counters) as counters, (select count(*) from usage_rollups) as rollups`.execute(db)
  return rows[0]!
}

export type Rebuilt = { counters: number; rollups: number }

/**
 * Makes every counter the sum of its ledger entries and leases, and every roll-up that of its events and their corrections, in one
 * transaction with its audit row. Only what differs is locked, counters first, then roll-ups, both in key order: gateways go on, and wait
 * for those alone. Answers how many rows were made anew.
 */
export async function rebuildBooks(db: Db, at: Date): Promise<Rebuilt> {
  await makeMissingCounters(db)
  return await unattended(db, async (tx) => {
    const rebuilt = { counters: await rebuildCounters(tx), rollups: await rebuildRollups(tx) }
    await sql`insert into audit_events (tenant_id, id, at, action, subject_type, outcome, after)
      select id, ${newId()}, ${at}, 'books.rebuilt', 'installation', 'done', ${JSON.stringify(rebuilt)} from tenants where is_root`.execute(
      tx,
    )
    return rebuilt
  })
}

/** Counters are never made where others are locked. */
async function makeMissingCounters(db: Db): Promise<void> {
  await sql`select ensure_counters(coalesce(jsonb_agg(k), '[]')) from (
    select tenant_id, limit_id, window_start from (${duePosted} union all ${dueLeased}) d where not exists (
      select from limit_counters c where c.tenant_id = d.tenant_id and c.limit_id = d.limit_id and c.window_start = d.window_start)) k`.execute(
    db,
  )
}

async function rebuildCounters(tx: Tx): Promise<number> {
  const due = sql`limit_counters c left join ${duePosted} p using (tenant_id, limit_id, window_start)
    left join ${dueLeased} l using (tenant_id, limit_id, window_start)`
  const differs = sql`c.posted <> coalesce(p.due, 0) or c.leased <> coalesce(l.due, 0)`
  const { rows } = await sql<CounterKey>`select tenant_id, limit_id, window_start from ${due} where ${differs}`.execute(tx)
  if (rows.length === 0) return 0
  await lockCounters(tx, rows)
  // Whoever was at them has ended; nobody adds to them before this ends.
  const { numAffectedRows } = await sql`update limit_counters k set posted = d.posted_due, leased = d.leased_due
    from (select tenant_id, limit_id, window_start, coalesce(p.due, 0) as posted_due, coalesce(l.due, 0) as leased_due from ${due} where ${differs}) d
    join jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as w (tenant_id uuid, limit_id uuid, window_start timestamptz)
      using (tenant_id, limit_id, window_start)
    where k.tenant_id = d.tenant_id and k.limit_id = d.limit_id and k.window_start = d.window_start`.execute(tx)
  return Number(numAffectedRows ?? 0)
}

type RollupKey = Record<(typeof rollupKey)[number], string | Date>

async function rebuildRollups(tx: Tx): Promise<number> {
  const key = refs(rollupKey)
  const { rows } = await sql<RollupKey>`select ${key} from usage_rollups r full join ${dueRollups()} d using (${key})
    where (${refs(figureColumns, 'r')}) is distinct from (${refs(figureColumns, 'd')})`.execute(tx)
  if (rows.length === 0) return 0
  const wanted = sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as w (tenant_id uuid, hour timestamptz, access_key_id uuid, user_id uuid,
    agent_id uuid, provider_key_id uuid, provider text, model text)`
  const none = sql.join(figureColumns.map(() => sql`0`))
  // A row that is missing is made first, so that all of them can be locked: a drain that adds to one waits until this ends.
  await sql`insert into usage_rollups (${key}, ${refs(figureColumns)}) select ${key}, ${none} from ${wanted} order by ${key} on conflict do nothing`.execute(
    tx,
  )
  await sql`select from usage_rollups join ${wanted} using (${key}) order by ${key} for update of usage_rollups`.execute(tx)
  const hours = rows.map(({ hour }) => (hour as Date).getTime())
  const [from, to] = [new Date(Math.min(...hours)), new Date(Math.max(...hours) + 3600_000)]
  const set = sql.join(figureColumns.map((column) => sql`${sql.ref(column)} = d.${sql.ref(column)}`))
  await sql`update usage_rollups r set ${set} from ${dueRollups(sql`e.admitted_at >= ${from} and e.admitted_at < ${to}`)} d
    join ${wanted} using (${key}) where (${refs(rollupKey, 'r')}) = (${refs(rollupKey, 'd')})`.execute(tx)
  await sql`delete from usage_rollups r using ${wanted} where (${refs(rollupKey, 'r')}) = (${refs(rollupKey, 'w')})
    and not exists (select from usage_events e where e.tenant_id = r.tenant_id and date_trunc('hour', e.admitted_at, 'UTC') = r.hour
      and e.access_key_id = r.access_key_id and coalesce(e.user_id, '00000000-0000-0000-0000-000000000000') = r.user_id
      and coalesce(e.agent_id, '00000000-0000-0000-0000-000000000000') = r.agent_id
      and (e.provider_key_id, e.provider, e.model) = (r.provider_key_id, r.provider, r.model))`.execute(tx)
  return rows.length
}
