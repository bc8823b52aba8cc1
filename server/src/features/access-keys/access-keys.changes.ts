import type { Reader } from '../../platform/db.ts'

/** Access keys that changed after a version, as the gateway keeps them; those that are gone only when they may be known. */
export async function accessKeysChangedSince(db: Reader, version: bigint, withGone: boolean) {
  return await db
    .selectFrom('access_keys')
    .select([
      'tenant_id',
      'id',
      'agent_id',
      'user_id',
      'mode',
      'secret_hash',
      'models',
      'allowed_ips',
      'expires_at',
      'revoked_at',
      'version',
      'updated_at',
    ])
    .where('version', '>', version)
    .$if(!withGone, (query) => query.where('revoked_at', 'is', null))
    .execute()
}

export type ChangedAccessKey = Awaited<ReturnType<typeof accessKeysChangedSince>>[number]
