import { sql } from 'kysely'
import type { Page } from '../../platform/cursor.ts'
import type { Reader, Tx } from '../../platform/db.ts'
import type { ProviderName } from '../../providers/provider.ts'
import type { PerMillionNanos } from './prices.table.ts'

const columns = ['id', 'tenant_id', 'provider', 'model', 'effective_from', 'per_million_nanos', 'created_at'] as const

type NewPrice = {
  id: string
  provider: ProviderName
  model: string
  effective_from: Date
  per_million_nanos: PerMillionNanos
  created_at: Date
}

export async function insertPrice(tx: Tx, tenantId: string, row: NewPrice) {
  return await tx
    .insertInto('prices')
    .values({ ...row, tenant_id: tenantId, per_million_nanos: JSON.stringify(row.per_million_nanos) })
    .returning(columns)
    .executeTakeFirstOrThrow()
}

export type PriceRow = Awaited<ReturnType<typeof insertPrice>>

/** The prices of a tenant and of the installation; of every tenant where none is given. */
export async function listPrices(db: Reader, tenantId: string | null, provider: ProviderName | null, page: Page): Promise<PriceRow[]> {
  let query = db
    .selectFrom('prices')
    .select(columns)
    .where('withdrawn_at', 'is', null)
    .orderBy('id')
    .limit(page.limit + 1)
  if (tenantId) {
    query = query.where((eb) =>
      eb.or([
        eb('tenant_id', '=', tenantId),
        eb('tenant_id', 'in', eb.selectFrom('tenants').select('tenants.id').where('tenants.is_root', '=', true)),
      ]),
    )
  }
  if (provider) query = query.where('provider', '=', provider)
  if (page.after) query = query.where('id', '>', page.after)
  return await query.execute()
}

/** Every price that stands, of everybody or for one model. */
export async function listStandingPrices(db: Reader, of: { provider: ProviderName; model: string } | null) {
  let query = db
    .selectFrom('prices')
    .select(['tenant_id', 'id', 'provider', 'model', 'effective_from', 'per_million_nanos'])
    .where('withdrawn_at', 'is', null)
  if (of) query = query.where('provider', '=', of.provider).where('model', '=', of.model)
  return await query.execute()
}

export async function lockPrice(tx: Tx, id: string, tenantId: string | null): Promise<PriceRow | undefined> {
  let query = tx.selectFrom('prices').select(columns).where('id', '=', id).where('withdrawn_at', 'is', null).forUpdate()
  if (tenantId) query = query.where('tenant_id', '=', tenantId)
  return await query.executeTakeFirst()
}

/** When a price took effect, also one that was withdrawn. */
export async function findStart(db: Reader, id: string): Promise<Date | undefined> {
  return (await db.selectFrom('prices').select('effective_from').where('id', '=', id).executeTakeFirst())?.effective_from
}

/** Whether a request was charged by a price, or its charge corrected by it. Hours without calls of the model are passed over. */
export async function isPriceUsed(db: Reader, { id, provider, model, effective_from }: PriceRow): Promise<boolean> {
  const source = `price ${id}`
  const { rows } = await sql<{ used: boolean }>`select exists (
      select from usage_rollups r cross join lateral (
        select from usage_events e
        where e.tenant_id = r.tenant_id and e.admitted_at >= r.hour and e.admitted_at < r.hour + interval '1 hour'
          and e.provider = r.provider and e.model = r.model and e.price ->> 'source' = ${source} limit 1) as used
      where r.provider = ${provider} and r.model = ${model} and r.hour > ${effective_from}::timestamptz - interval '1 hour'
    ) or exists (select from usage_corrections where price ->> 'source' = ${source}) as used`.execute(db)
  return rows[0]!.used
}

export async function markPriceWithdrawn(tx: Tx, { tenant_id, id }: PriceRow, at: Date): Promise<void> {
  await tx.updateTable('prices').set({ withdrawn_at: at }).where('tenant_id', '=', tenant_id).where('id', '=', id).execute()
}
