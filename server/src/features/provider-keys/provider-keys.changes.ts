import { sql } from 'kysely'
import type { Reader, Tx } from '../../platform/db.ts'

/** Provider keys that changed after a version, as the gateway keeps them, secrets still sealed; those that are gone only when they may be known. */
export async function providerKeysChangedSince(db: Reader, version: bigint, withGone: boolean) {
  return await db
    .selectFrom('provider_keys')
    .select([
      'tenant_id',
      'id',
      'kind',
      'user_id',
      'provider',
      'sealed_secret',
      'data_key_version',
      'secret_version',
      'base_url',
      'options',
    ])
    .select(['status', 'is_active', 'sandbox', 'weight', 'priority', 'expires_at', 'version', 'updated_at'])
    .where('version', '>', version)
    .$if(!withGone, (query) => query.where('status', '<>', 'retired'))
    .execute()
}

export type ChangedProviderKey = Awaited<ReturnType<typeof providerKeysChangedSince>>[number]

/** Notes when keys were last used, in key order; times in ISO-8601 UTC. Earlier times than the known ones change nothing. */
export async function markProviderKeysUsed(tx: Tx, uses: readonly { tenant_id: string; id: string; at: string }[]): Promise<void> {
  if (uses.length === 0) return
  await sql`update provider_keys k set last_used = u.at
    from json_to_recordset(${JSON.stringify(uses)}::json) as u (tenant_id uuid, id uuid, at timestamptz)
    where k.tenant_id = u.tenant_id and k.id = u.id and (k.last_used is null or k.last_used < u.at)`.execute(tx)
}
