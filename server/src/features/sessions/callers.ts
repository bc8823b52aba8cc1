import { roles as roleTable, type Permission, type Scope } from '@llm-manager/contract/permissions'
import { unattended } from '../../platform/db.ts'
import type { Caller, PublicCtx } from '../../platform/ctx.ts'
import { Failure } from '../../platform/failure.ts'
import { isId } from '../../platform/ids.ts'
import { userById, userOfClaims, type UserRow } from '../users/identify.ts'
import { findSession, touchSession } from './sessions.store.ts'
import { readBearer } from './tokens.ts'

const widest: readonly Scope[] = ['own', 'tenant', 'all']

/** Who a bearer token speaks for. Throws `unauthenticated` for every token that is not good, and for users and tenants that are not active. */
export async function callerOfBearer(ctx: PublicCtx, token: string): Promise<Caller> {
  const claims = await readBearer(ctx.config.jwtSecretKey, token, ctx.now())
  if (claims.kind === 'embedding') {
    const user = await userOfClaims(ctx.db, claims)
    return callerOf(active(user), null, claims.plan)
  }
  const session = isId(claims.sessionId) ? await findSession(ctx.db, claims.sessionId) : undefined
  if (!session || session.user_id !== claims.userId || session.revoked_at || session.expires_at <= ctx.now())
    throw new Failure('unauthenticated', 'session_ended')
  const user = active(await userById(ctx.db, claims.userId))
  const idleMs = ctx.now().getTime() - session.last_seen_at.getTime()
  if (idleMs > 60_000) await unattended(ctx.db, (tx) => touchSession(tx, session.tenant_id, session.id, ctx.now()))
  return callerOf(user, session.id, null)
}

/** Throws `unauthenticated` unless the user is there, active, and in an active tenant. */
export function active(user: UserRow | undefined): UserRow {
  if (!user) throw new Failure('unauthenticated', 'unauthenticated')
  if (user.status !== 'active' || user.tenant_status !== 'active') throw new Failure('unauthenticated', 'user_disabled')
  return user
}

/** What a user may do: the union of their roles. */
export function callerOf(user: UserRow, sessionId: string | null, plan: Caller['plan'] | null): Caller {
  const permissions = new Set<Permission>()
  let scope: Scope = 'own'
  for (const role of user.roles) {
    for (const permission of roleTable[role].permissions) permissions.add(permission)
    if (widest.indexOf(roleTable[role].scope) > widest.indexOf(scope)) scope = roleTable[role].scope
  }
  return {
    userId: user.id,
    tenantId: user.tenant_id,
    inRootTenant: user.in_root_tenant,
    plan: plan ?? user.plan,
    roles: user.roles,
    permissions,
    scope,
    sessionId,
  }
}
