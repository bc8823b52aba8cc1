import type { Reader } from '../../platform/db.ts'

/** Agents that changed after a version, as the gateway keeps them. */
export async function agentsChangedSince(db: Reader, version: bigint) {
  return await db
    .selectFrom('agents')
    .select(['tenant_id', 'id', 'owner_id', 'provider', 'key_tenant_id', 'key_id', 'status', 'version', 'updated_at'])
    .where('version', '>', version)
    .execute()
}

export type ChangedAgent = Awaited<ReturnType<typeof agentsChangedSince>>[number]
