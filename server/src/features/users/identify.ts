import type { Locale } from '@llm-manager/contract/common'
import type { Db, Reader, Tx } from '../../platform/db.ts'
import { isId } from '../../platform/ids.ts'
import { isTenant } from '../tenants/tenants.ts'
import {
  countActivePlatformAdmins,
  findPasswordHash,
  findUserByEmail,
  findUserByExternalId,
  findUserById,
  insertUser,
  type UserRow,
} from './users.store.ts'

export type { UserRow } from './users.store.ts'

/** What sign-in and tokens need to know of users; none of it asks for a permission, since nobody is known yet. */

export async function userById(db: Reader, id: string): Promise<UserRow | undefined> {
  return isId(id) ? await findUserById(db, id) : undefined
}

export async function userByEmail(db: Reader, email: string): Promise<UserRow | undefined> {
  return await findUserByEmail(db, email, null)
}

/**
 * The user an embedding product's token names: by our id or its own, else by e-mail within a tenant. External ids are set by administrators
 * of any tenant: where the token names one of our tenants, nobody of another one is meant.
 */
export async function userOfClaims(
  db: Reader,
  claims: { sub: string; email: string | null; tenantId: string | null },
): Promise<UserRow | undefined> {
  const named = (await userById(db, claims.sub)) ?? (await findUserByExternalId(db, claims.sub))
  const tenantId = claims.tenantId && isId(claims.tenantId) ? claims.tenantId.toLowerCase() : null
  if (named && (!tenantId || named.tenant_id === tenantId || !(await isTenant(db, tenantId)))) return named
  return claims.email && tenantId ? await findUserByEmail(db, claims.email, tenantId) : undefined
}

export async function passwordHashOf(db: Reader, user: UserRow): Promise<string | null> {
  return await findPasswordHash(db, user.tenant_id, user.id)
}

export async function hasPlatformAdmin(db: Db | Tx): Promise<boolean> {
  return (await countActivePlatformAdmins(db)) > 0
}

/** The first platform administrator: by the set-up link, or by `ADMIN_EMAIL` and `ADMIN_PASSWORD`. */
export async function insertPlatformAdmin(
  tx: Tx,
  user: { id: string; tenantId: string; email: string; name: string; passwordHash: string; locale: Locale },
  now: Date,
): Promise<UserRow> {
  const { id, tenantId, email, name, passwordHash, locale } = user
  await insertUser(tx, { id, tenant_id: tenantId, email, name, password_hash: passwordHash, external_id: null, locale, created_at: now }, [
    'platform_admin',
  ])
  const row = await findUserById(tx, id)
  if (!row) throw new Error('A user just written is not there')
  return row
}
