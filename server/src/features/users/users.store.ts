import { sql, type Insertable, type Updateable } from 'kysely'
import type { RoleName } from '@llm-manager/contract/permissions'
import type { Page } from '../../platform/cursor.ts'
import type { Reader, Tx } from '../../platform/db.ts'
import type { UsersTable } from './users.table.ts'

/** A user with roles, and the standing of the tenant they belong to. */
function selectUsers(db: Reader) {
  return db
    .selectFrom('users')
    .innerJoin('tenants', 'tenants.id', 'users.tenant_id')
    .select([
      'users.id',
      'users.tenant_id',
      'users.email',
      'users.name',
      'users.external_id',
      'users.status',
      'users.locale',
      'users.created_at',
      'users.updated_at',
      'tenants.name as tenant_name',
      'tenants.plan',
      'tenants.is_root as in_root_tenant',
      'tenants.status as tenant_status',
    ])
    .select((eb) =>
      sql<RoleName[]>`coalesce(${eb
        .selectFrom('user_roles')
        .select(sql`array_agg(role order by role)`.as('roles'))
        .whereRef('user_roles.tenant_id', '=', 'users.tenant_id')
        .whereRef('user_roles.user_id', '=', 'users.id')}, '{}')`.as('roles'),
    )
    .where('users.status', '<>', 'retired')
}

export type UserRow = Awaited<ReturnType<ReturnType<typeof selectUsers>['executeTakeFirstOrThrow']>>

export async function findUserById(db: Reader, id: string): Promise<UserRow | undefined> {
  return await selectUsers(db).where('users.id', '=', id).executeTakeFirst()
}

export async function findUserByExternalId(db: Reader, externalId: string): Promise<UserRow | undefined> {
  return await selectUsers(db).where('users.external_id', '=', externalId).executeTakeFirst()
}

export async function findUserByEmail(db: Reader, email: string, tenantId: string | null): Promise<UserRow | undefined> {
  let query = selectUsers(db).where(sql`lower(users.email)`, '=', email.toLowerCase())
  if (tenantId) query = query.where('users.tenant_id', '=', tenantId)
  return await query.executeTakeFirst()
}

export async function findPasswordHash(db: Reader, tenantId: string, id: string): Promise<string | null> {
  const row = await db.selectFrom('users').select('password_hash').where('tenant_id', '=', tenantId).where('id', '=', id).executeTakeFirst()
  return row?.password_hash ?? null
}

export async function listUsers(db: Reader, tenantId: string | null, page: Page): Promise<UserRow[]> {
  let query = selectUsers(db)
    .orderBy('users.id')
    .limit(page.limit + 1)
  if (tenantId) query = query.where('users.tenant_id', '=', tenantId)
  if (page.after) query = query.where('users.id', '>', page.after)
  return await query.execute()
}

export async function countActivePlatformAdmins(db: Reader): Promise<number> {
  const row = await db
    .selectFrom('user_roles')
    .innerJoin('users', (join) => join.onRef('users.tenant_id', '=', 'user_roles.tenant_id').onRef('users.id', '=', 'user_roles.user_id'))
    .select((eb) => eb.fn.countAll<bigint>().as('count'))
    .where('user_roles.role', '=', 'platform_admin')
    .where('users.status', '=', 'active')
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

export async function insertUser(tx: Tx, row: Insertable<UsersTable>, roles: readonly RoleName[]): Promise<void> {
  await tx.insertInto('users').values(row).execute()
  await replaceRoles(tx, row.tenant_id, row.id, roles)
}

export async function updateUser(tx: Tx, tenantId: string, id: string, change: Updateable<UsersTable>): Promise<void> {
  await tx.updateTable('users').set(change).where('tenant_id', '=', tenantId).where('id', '=', id).execute()
}

export async function replaceRoles(tx: Tx, tenantId: string, userId: string, roles: readonly RoleName[]): Promise<void> {
  await tx.deleteFrom('user_roles').where('tenant_id', '=', tenantId).where('user_id', '=', userId).execute()
  await tx
    .insertInto('user_roles')
    .values([...new Set(roles)].map((role) => ({ tenant_id: tenantId, user_id: userId, role })))
    .execute()
}

/** Holds back every other transaction that changes who administers the platform, until this one ends. */
export async function lockPlatformAdmins(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('platform_admins'))`.execute(tx)
}
