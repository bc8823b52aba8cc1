import type { Reader } from '../../platform/db.ts'

/** Prices set by people after a version. A price is never taken back: another one takes effect later. */
export async function pricesChangedSince(db: Reader, version: bigint) {
  return await db
    .selectFrom('prices')
    .select(['tenant_id', 'id', 'provider', 'model', 'effective_from', 'per_million_nanos', 'version'])
    .where('version', '>', version)
    .execute()
}

export type ChangedPrice = Awaited<ReturnType<typeof pricesChangedSince>>[number]
