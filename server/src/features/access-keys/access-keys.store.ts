import type { Insertable, Updateable } from 'kysely'
import type { Page } from '../../platform/cursor.ts'
import type { Reader, Tx } from '../../platform/db.ts'
import type { AccessKeysTable } from './access-keys.table.ts'

/** Access keys with whether the agent they belong to is retired; the hash of the secret stays where it is. */
function selectAccessKeys(db: Reader, tenantId: string, ownerId: string | null) {
  const query = db
    .selectFrom('access_keys')
    .leftJoin('agents', (join) =>
      join.onRef('agents.tenant_id', '=', 'access_keys.tenant_id').onRef('agents.id', '=', 'access_keys.agent_id'),
    )
    .select([
      'access_keys.id',
      'access_keys.tenant_id',
      'access_keys.name',
      'access_keys.agent_id',
      'access_keys.user_id',
      'access_keys.mode',
      'access_keys.key_hint',
    ])
    .select([
      'access_keys.models',
      'access_keys.allowed_ips',
      'access_keys.tags',
      'access_keys.expires_at',
      'access_keys.revoked_at',
      'access_keys.last_used',
    ])
    .select(['access_keys.created_at', 'access_keys.updated_at', 'agents.status as agent_status'])
    .where('access_keys.tenant_id', '=', tenantId)
  return ownerId ? query.where((eb) => eb.or([eb('access_keys.user_id', '=', ownerId), eb('agents.owner_id', '=', ownerId)])) : query
}

export type AccessKeyRow = Awaited<ReturnType<ReturnType<typeof selectAccessKeys>['executeTakeFirstOrThrow']>>

/** One access key; where `ownerId` is given, only of that user or of their agents. */
export async function findAccessKey(db: Reader, tenantId: string, ownerId: string | null, id: string): Promise<AccessKeyRow | undefined> {
  return await selectAccessKeys(db, tenantId, ownerId).where('access_keys.id', '=', id).executeTakeFirst()
}

export async function listAccessKeys(
  db: Reader,
  tenantId: string,
  ownerId: string | null,
  agentId: string | null,
  page: Page,
): Promise<AccessKeyRow[]> {
  let query = selectAccessKeys(db, tenantId, ownerId)
    .orderBy('access_keys.id')
    .limit(page.limit + 1)
  if (agentId) query = query.where('access_keys.agent_id', '=', agentId)
  if (page.after) query = query.where('access_keys.id', '>', page.after)
  return await query.execute()
}

/** Nobody else changes this key until the transaction ends. */
export async function lockAccessKey(tx: Tx, tenantId: string, id: string): Promise<void> {
  await tx.selectFrom('access_keys').select('id').where('tenant_id', '=', tenantId).where('id', '=', id).forUpdate().execute()
}

export async function insertAccessKey(tx: Tx, tenantId: string, row: Omit<Insertable<AccessKeysTable>, 'tenant_id'>): Promise<void> {
  await tx
    .insertInto('access_keys')
    .values({ ...row, tenant_id: tenantId })
    .execute()
}

export async function updateAccessKey(tx: Tx, tenantId: string, id: string, change: Updateable<AccessKeysTable>): Promise<void> {
  await tx.updateTable('access_keys').set(change).where('tenant_id', '=', tenantId).where('id', '=', id).execute()
}
