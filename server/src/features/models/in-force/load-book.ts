import type { Reader } from '../../../platform/db.ts'
import type { ProviderName } from '../../../providers/provider.ts'
import { findRootTenantId } from '../../tenants/tenants.ts'
import { listStandingPrices } from '../prices.store.ts'
import { bookKey, newestFirst, type PriceBook, type SetPrice } from './price-book.ts'
import { readPrice } from './stored-price.ts'

/** The prices that people have set as the database has them now: all of them, or those of one model. */
export async function loadPriceBook(db: Reader, of: { provider: ProviderName; model: string } | null = null): Promise<PriceBook> {
  const prices = new Map<string, SetPrice[]>()
  for (const row of await listStandingPrices(db, of)) {
    const key = bookKey(row.tenant_id, row.provider, row.model)
    const versions = prices.get(key) ?? []
    versions.push({ id: row.id, effectiveFromMs: row.effective_from.getTime(), price: readPrice(row.per_million_nanos) })
    prices.set(key, versions)
  }
  for (const versions of prices.values()) versions.sort(newestFirst)
  return { rootTenantId: (await findRootTenantId(db)) ?? '', prices }
}
