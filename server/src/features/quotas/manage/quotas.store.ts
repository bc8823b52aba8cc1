import { sql, type RawBuilder } from 'kysely'
import type { ProviderName } from '../../../providers/provider.ts'
import type { Page } from '../../../platform/cursor.ts'
import type { Reader, Tx } from '../../../platform/db.ts'
import type { CounterKey } from '../ledger.ts'
import type { LimitsTable } from '../limits.table.ts'
import { subjectsOf } from './quotas.subjects.store.ts'

/** Whose limits are looked at: those of one tenant or of any, and all of them or only those that concern one user. */
export type QuotaReach = { tenantId: string | null; userId: string | null }

/** Narrows a list to what is named. */
export type QuotaFilters = {
  subject_type?: LimitsTable['subject_type'] | undefined
  subject_id?: string | undefined
  metric?: LimitsTable['metric'] | undefined
}

/** A limit with an amount (nano-dollars, or a plain count), and the name of what it is on. */
export type QuotaRow = {
  tenant_id: string
  id: string
  subject_type: LimitsTable['subject_type']
  subject_id: string
  subject_name: string
  metric: LimitsTable['metric']
  window: LimitsTable['window']
  amount: bigint
  timezone: string
  anchor: Date | null
  restarted_at: Date | null
  hard: boolean
  thresholds: number[]
  provider: ProviderName | null
  model: string | null
  origin: 'quota' | 'usage_limit'
  imposed: boolean
  status: 'active' | 'retired'
  created_at: Date
  updated_at: Date | null
}

export type NewQuota = Omit<QuotaRow, 'subject_name' | 'restarted_at' | 'origin' | 'status' | 'updated_at'>

function selectQuotas({ tenantId, userId }: QuotaReach, conditions: RawBuilder<unknown>[]) {
  const subjects = subjectsOf(
    sql`l.subject_type`,
    (tenantColumn, idColumn) => sql`${tenantColumn} = l.tenant_id and ${idColumn} = l.subject_id`,
  )
  const where = [sql`l.amount is not null`, ...conditions]
  if (tenantId !== null) where.push(sql`l.tenant_id = ${tenantId}`)
  if (userId !== null)
    where.push(sql`(s.owner_id = ${userId} or l.subject_type = 'tenant' or (l.subject_type = 'group' and exists (
      select from group_members m where m.tenant_id = l.tenant_id and m.group_id = l.subject_id and m.user_id = ${userId})))`)
  return sql<QuotaRow>`select l.tenant_id, l.id, l.subject_type, l.subject_id, s.name as subject_name, l.metric, l."window", l.amount, l.timezone,
      l.anchor, l.restarted_at, l.hard, l.thresholds, l.provider, l.model, l.origin, l.imposed, l.status, l.created_at, l.updated_at
    from limits l join lateral (${subjects}) as s on true where ${sql.join(where, sql` and `)}`
}

/** Limits in force: not lifted, on something that is not retired. */
const inForce = [sql`l.status = 'active'`, sql`s.is_there`]

/** One limit in force; with `everKnown` also one that is no longer. */
export async function findQuota(db: Reader, reach: QuotaReach, id: string, everKnown = false): Promise<QuotaRow | undefined> {
  const { rows } = await selectQuotas(reach, [sql`l.id = ${id}`, ...(everKnown ? [] : inForce)]).execute(db)
  return rows[0]
}

export async function listQuotas(db: Reader, reach: QuotaReach, filters: QuotaFilters, page: Page): Promise<QuotaRow[]> {
  const conditions = [...inForce]
  for (const [column, value] of Object.entries(filters)) if (value !== undefined) conditions.push(sql`${sql.ref(`l.${column}`)} = ${value}`)
  if (page.after) conditions.push(sql`l.id > ${page.after}`)
  const { rows } = await sql<QuotaRow>`${selectQuotas(reach, conditions)} order by l.id limit ${page.limit + 1}`.execute(db)
  return rows
}

/** Holds back every other transaction that sets or changes limits of this subject, or this limit, until this one ends. */
export async function lockEdits(tx: Tx, id: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('limits of ' || ${id}::text, 0))`.execute(tx)
}

/** Whether there is such a limit already, whatever its amount. */
export async function hasSameQuota(db: Reader, quota: NewQuota): Promise<boolean> {
  const { rows } = await sql`select 1 from limits where tenant_id = ${quota.tenant_id} and subject_type = ${quota.subject_type}
    and subject_id = ${quota.subject_id} and metric = ${quota.metric} and "window" = ${quota.window} and timezone = ${quota.timezone}
    and anchor is not distinct from ${quota.anchor} and provider is not distinct from ${quota.provider}
    and model is not distinct from ${quota.model} and imposed = ${quota.imposed} and status = 'active' and amount is not null limit 1`.execute(
    db,
  )
  return rows.length > 0
}

/** How many limits in force its tenant has set on the subject of a limit. */
export async function countQuotas(db: Reader, { tenant_id, subject_type, subject_id }: NewQuota): Promise<number> {
  const { rows } = await sql<{
    count: bigint
  }>`select count(*) from limits where tenant_id = ${tenant_id} and subject_type = ${subject_type}
    and subject_id = ${subject_id} and status = 'active' and origin = 'quota' and not imposed`.execute(db)
  return Number(rows[0]!.count)
}

export async function insertQuota(tx: Tx, quota: NewQuota): Promise<void> {
  const columns = Object.keys(quota).map((column) => sql.ref(column))
  await sql`insert into limits (${sql.join(columns)}, origin) values (${sql.join(Object.values(quota))}, 'quota')`.execute(tx)
}

/** What is in force in a window, for its history; the caller has locked the counter. */
export async function updateCounterAmount(tx: Tx, { tenant_id, limit_id, window_start }: CounterKey, amount: bigint): Promise<void> {
  await sql`update limit_counters set amount = ${amount}
    where tenant_id = ${tenant_id} and limit_id = ${limit_id} and window_start = ${window_start}`.execute(tx)
}

export type QuotaChange = Partial<Pick<QuotaRow, 'amount' | 'hard' | 'thresholds' | 'restarted_at' | 'status'>> & { updated_at: Date }

export async function updateQuota(tx: Tx, tenantId: string, id: string, change: QuotaChange): Promise<void> {
  const named = Object.entries(change).filter(([, value]) => value !== undefined)
  const columns = named.map(([column, value]) => sql`${sql.ref(column)} = ${value}`)
  await sql`update limits set ${sql.join(columns)} where tenant_id = ${tenantId} and id = ${id}`.execute(tx)
}
