import type { Reader } from '../../platform/db.ts'

/** Tenants that changed after a version, as the gateway keeps them. */
export async function tenantsChangedSince(db: Reader, version: bigint) {
  return await db
    .selectFrom('tenants')
    .select(['id', 'is_root', 'status', 'settings', 'version', 'updated_at'])
    .where('version', '>', version)
    .execute()
}

export type ChangedTenant = Awaited<ReturnType<typeof tenantsChangedSince>>[number]
