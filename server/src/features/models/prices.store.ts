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
