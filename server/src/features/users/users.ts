import type { Received } from '@llm-manager/contract/endpoint'
import { roles as roleTable, type RoleName } from '@llm-manager/contract/permissions'
import type { users } from '@llm-manager/contract/users'
import { allow, change, type Ctx } from '../../platform/ctx.ts'
import { listReply, pageOf } from '../../platform/cursor.ts'
import { sqlState, type Tx } from '../../platform/db.ts'
import { Failure, notFound } from '../../platform/failure.ts'
import { isId, newId } from '../../platform/ids.ts'
import { tenantInReach } from '../tenants/tenants.ts'
import { hashPassword } from './password.ts'
import {
  countActivePlatformAdmins,
  findUserById,
  insertUser,
  listUsers,
  lockPlatformAdmins,
  replaceRoles,
  updateUser,
  type UserRow,
} from './users.store.ts'

type Input<K extends keyof typeof users> = Received<(typeof users)[K]>

/** Creates a user in the caller's tenant, or in another that the caller reaches. */
export async function createUser(ctx: Ctx, { body }: Input<'create'>) {
  const tenantId = body.tenant_id ?? ctx.caller.tenantId
  if (tenantId !== ctx.caller.tenantId) await tenantInReach(ctx, tenantId)
  mayGrant(ctx, body.roles)
  const passwordHash = await hashPassword(body.password)
  return await change(ctx, 'users:write', async (tx, audit) => {
    const id = newId()
    const { email, name, locale, external_id } = body
    const row = {
      id,
      tenant_id: tenantId,
      email,
      name,
      locale,
      external_id: external_id ?? null,
      password_hash: passwordHash,
      created_at: ctx.now(),
    }
    await told(() => insertUser(tx, row, body.roles))
    const user = await madeUser(tx, id)
    audit({ action: 'user.created', tenantId, subject: { type: 'user', id }, after: shown(user) })
    return toUser(user)
  })
}

export async function listUsersInReach(ctx: Ctx, { query }: Input<'list'>) {
  allow(ctx, 'users:read')
  const page = pageOf(query)
  if (query.tenant_id) await tenantInReach(ctx, query.tenant_id)
  const tenantId = query.tenant_id ?? (ctx.caller.scope === 'all' ? null : ctx.caller.tenantId)
  return listReply(page, await listUsers(ctx.db, tenantId, page), toUser)
}

export async function getUser(ctx: Ctx, { params }: Input<'get'>) {
  allow(ctx, 'users:read')
  return toUser(await userInReach(ctx, params.id))
}

/** Changes, disables or reactivates a user. Nobody takes away their own access, and one active platform administrator remains. */
export async function changeUser(ctx: Ctx, { params, body }: Input<'change'>) {
  return await change(ctx, 'users:write', async (tx, audit) => {
    const before = await userInReach(ctx, params.id)
    const { roles, ...columns } = body
    if (before.id === ctx.caller.userId && (body.status === 'disabled' || roles)) throw new Failure('rule_broken', 'own_access_fixed')
    mayGrant(ctx, before.roles)
    if (roles) mayGrant(ctx, roles)
    await lockPlatformAdmins(tx)
    await told(() => updateUser(tx, before.tenant_id, before.id, { ...columns, updated_at: ctx.now() }))
    if (roles) await replaceRoles(tx, before.tenant_id, before.id, roles)
    if ((await countActivePlatformAdmins(tx)) === 0) throw new Failure('rule_broken', 'last_admin')
    const after = await madeUser(tx, before.id)
    audit({
      action: 'user.changed',
      tenantId: before.tenant_id,
      subject: { type: 'user', id: before.id },
      before: shown(before),
      after: shown(after),
    })
    return toUser(after)
  })
}

/** Nobody hands out, or acts upon, a role that can do what they cannot. */
function mayGrant(ctx: Ctx, roles: readonly RoleName[]): void {
  for (const role of roles) {
    const { scope, permissions } = roleTable[role]
    const within =
      permissions.every((permission) => ctx.caller.permissions.has(permission)) && (scope !== 'all' || ctx.caller.scope === 'all')
    if (!within) throw new Failure('forbidden', 'role_not_grantable', { values: { role } })
  }
}

async function userInReach(ctx: Ctx, id: string): Promise<UserRow> {
  const row = isId(id) ? await findUserById(ctx.db, id) : undefined
  if (!row || (ctx.caller.scope !== 'all' && row.tenant_id !== ctx.caller.tenantId)) throw notFound('user_not_found')
  return row
}

async function madeUser(tx: Tx, id: string): Promise<UserRow> {
  const row = await findUserById(tx, id)
  if (!row) throw new Error('A user just written is not there')
  return row
}

/** Says which of the two things that no two users share was taken. */
async function told(write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (sqlState(error) !== '23505') throw error
    const external = String((error as { constraint?: string }).constraint).includes('external')
    throw new Failure('conflict', external ? 'external_id_taken' : 'email_taken', { cause: error })
  }
}

function shown({ email, name, status, roles, locale, external_id }: UserRow) {
  return { email, name, status, roles, locale, external_id }
}

function toUser(row: UserRow) {
  const { id, tenant_id, email, name, external_id, roles, locale } = row
  const status = row.status === 'disabled' ? ('disabled' as const) : ('active' as const)
  return {
    id,
    tenant_id,
    email,
    name,
    external_id,
    status,
    roles,
    locale,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at?.toISOString() ?? null,
  }
}
