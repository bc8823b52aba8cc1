import type { Insertable, Updateable } from 'kysely'
import type { ProviderName } from '../../providers/provider.ts'
import type { Reader, Tx } from '../../platform/db.ts'
import type { ProviderKeysTable } from './provider-keys.table.ts'

/** Whose keys: a tenant's system keys, or those of one of its users. */
export type KeyOwner = { tenantId: string; kind: 'system'; userId: null } | { tenantId: string; kind: 'user'; userId: string }

export async function insertProviderKey(tx: Tx, tenantId: string, row: Omit<Insertable<ProviderKeysTable>, 'tenant_id'>) {
  return await tx
    .insertInto('provider_keys')
    .values({ ...row, tenant_id: tenantId })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Every key of an owner that was not retired, oldest first. */
export async function listProviderKeysOf(db: Reader, tenantId: string, owner: KeyOwner) {
  return await ofOwner(db, tenantId, owner).orderBy('created_at').orderBy('id').execute()
}

export async function findProviderKeyOf(db: Reader, tenantId: string, owner: KeyOwner, id: string) {
  return await ofOwner(db, tenantId, owner).where('id', '=', id).executeTakeFirst()
}

/** The same, and nobody else changes it until the transaction ends. */
export async function lockProviderKeyOf(tx: Tx, tenantId: string, owner: KeyOwner, id: string) {
  return await ofOwner(tx, tenantId, owner).where('id', '=', id).forUpdate().executeTakeFirst()
}

export async function updateProviderKey(tx: Tx, tenantId: string, id: string, change: Updateable<ProviderKeysTable>) {
  return await tx
    .updateTable('provider_keys')
    .set(change)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** One key that is not retired: of the tenant, or a system key of the installation. */
export async function findProviderKeyFor(db: Reader, tenantId: string, id: string) {
  return await reachableFrom(db, tenantId).where('provider_keys.id', '=', id).executeTakeFirst()
}

/** Every key of a provider that could serve this owner: the owner's own, the tenant's system keys, the installation's. */
export async function listProviderKeysFor(db: Reader, tenantId: string, ownerId: string, provider: ProviderName) {
  return await reachableFrom(db, tenantId)
    .where('provider_keys.provider', '=', provider)
    .where((eb) => eb.or([eb('provider_keys.kind', '=', 'system'), eb('provider_keys.user_id', '=', ownerId)]))
    .execute()
}

export type ProviderKeyRow = Awaited<ReturnType<typeof insertProviderKey>>
export type ReachableKeyRow = Awaited<ReturnType<typeof listProviderKeysFor>>[number]

function ofOwner(db: Reader, tenantId: string, owner: KeyOwner) {
  const query = db
    .selectFrom('provider_keys')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('kind', '=', owner.kind)
    .where('status', '<>', 'retired')
  return owner.kind === 'user' ? query.where('user_id', '=', owner.userId) : query
}

function reachableFrom(db: Reader, tenantId: string) {
  return db
    .selectFrom('provider_keys')
    .innerJoin('tenants', 'tenants.id', 'provider_keys.tenant_id')
    .selectAll('provider_keys')
    .select('tenants.is_root as in_root_tenant')
    .where('provider_keys.status', '<>', 'retired')
    .where((eb) =>
      eb.or([
        eb('provider_keys.tenant_id', '=', tenantId),
        eb.and([eb('tenants.is_root', '=', true), eb('provider_keys.kind', '=', 'system')]),
      ]),
    )
}
