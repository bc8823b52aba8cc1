import type { Reader } from '../../platform/db.ts'

/** Prices set or withdrawn by people after a version. */
export async function pricesChangedSince(db: Reader, version: bigint) {
  return await db
    .selectFrom('prices')
    .select(['tenant_id', 'id', 'provider', 'model', 'effective_from', 'per_million_nanos', 'withdrawn_at', 'version'])
    .where('version', '>', version)
    .execute()
}

export type ChangedPrice = Awaited<ReturnType<typeof pricesChangedSince>>[number]
