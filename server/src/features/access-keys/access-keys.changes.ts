import { sql } from 'kysely'
import type { Reader, Tx } from '../../platform/db.ts'

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

/** Notes when keys were last used, in key order; times in ISO-8601 UTC. Earlier times than the known ones change nothing. */
export async function markAccessKeysUsed(tx: Tx, uses: readonly { tenant_id: string; id: string; at: string }[]): Promise<void> {
  if (uses.length === 0) return
  await sql`update access_keys k set last_used = u.at
    from json_to_recordset(${JSON.stringify(uses)}::json) as u (tenant_id uuid, id uuid, at timestamptz)
    where k.tenant_id = u.tenant_id and k.id = u.id and (k.last_used is null or k.last_used < u.at)`.execute(tx)
}
