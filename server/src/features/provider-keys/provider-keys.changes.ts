import type { Reader } from '../../platform/db.ts'

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
