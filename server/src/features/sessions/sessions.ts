import type { Received } from '@llm-manager/contract/endpoint'
import { permissions as everyPermission } from '@llm-manager/contract/permissions'
import type { sessions } from '@llm-manager/contract/sessions'
import { auditRefusal, change, changeAs, type Ctx, type PublicCtx } from '../../platform/ctx.ts'
import { listReply, pageOf } from '../../platform/cursor.ts'
import type { Tx } from '../../platform/db.ts'
import { Failure, notFound } from '../../platform/failure.ts'
import { isId, newId } from '../../platform/ids.ts'
import { ensureRootTenant } from '../tenants/tenants.ts'
import { checkPassword, PasswordQueueFull } from '../users/password.ts'
import { passwordHashOf, userByEmail, userById, type UserRow } from '../users/identify.ts'
import { mayTry, noteFailure, noteSuccess } from './attempts.ts'
import { active, callerOf } from './callers.ts'
import {
  findSessionBySecret,
  insertRefreshToken,
  insertSession,
  listOpenSessionsOf,
  markSessionRevoked,
  type SessionRow,
} from './sessions.store.ts'
import { accessTokenS, hashSecret, newSecret, signAccessToken } from './tokens.ts'

type Input<K extends keyof typeof sessions> = Received<(typeof sessions)[K]>

export const sessionMs = 30 * 24 * 3600_000

/** Tokens for an e-mail and a password. Whether the e-mail exists cannot be told from the answer, nor from its time. */
export async function logIn(ctx: PublicCtx, { body }: Input<'logIn'>) {
  const user = await userOfPassword(ctx, body)
  return await changeAs(ctx, actorOf(user), async (tx, audit) => {
    const { sessionId, refreshToken } = await openSession(ctx, tx, user)
    audit({ action: 'session.opened', subject: { type: 'session', id: sessionId } })
    return { ...(await accessReply(ctx, user.id, sessionId)), refresh_token: refreshToken, user: toMe(user) }
  })
}

/** A session for a server that keeps a browser signed in: one secret that does not rotate, for short access tokens. */
export async function openConsoleSession(ctx: PublicCtx, { body }: Input<'openConsoleSession'>) {
  const user = await userOfPassword(ctx, body)
  return await changeAs(ctx, actorOf(user), async (tx, audit) => {
    const secret = newSecret('ls')
    const id = await newSession(ctx, tx, user, 'console', hashSecret(secret))
    audit({ action: 'session.opened', subject: { type: 'session', id } })
    return { session_id: id, session_secret: secret, user: toMe(user) }
  })
}

export async function exchangeConsoleSession(ctx: PublicCtx, { body }: Input<'exchangeConsoleSession'>) {
  const session = await findSessionBySecret(ctx.db, hashSecret(body.session_secret))
  if (!session || session.revoked_at || session.expires_at <= ctx.now()) throw new Failure('unauthenticated', 'session_ended')
  active(await userById(ctx.db, session.user_id))
  return await accessReply(ctx, session.user_id, session.id)
}

/** Ends the session of the token; a token of an embedding product has none, and is none of ours to end. */
export async function logOut(ctx: Ctx) {
  const id = ctx.caller.sessionId
  if (id) await endSession(ctx, id, 'signed out')
  return undefined
}

export async function getMe(ctx: Ctx) {
  return { ...toMe(active(await userById(ctx.db, ctx.caller.userId))), plan: ctx.caller.plan }
}

export async function listSessions(ctx: Ctx, { query }: Input<'list'>) {
  const page = pageOf(query)
  const rows = await listOpenSessionsOf(ctx.db, ctx.caller.tenantId, ctx.caller.userId, ctx.now(), page)
  return listReply(page, rows, (row) => toSession(row, ctx.caller.sessionId))
}

export async function revokeSession(ctx: Ctx, { params }: Input<'revoke'>) {
  if (!isId(params.id)) throw notFound('session_not_found')
  await endSession(ctx, params.id, 'revoked')
  return undefined
}

async function endSession(ctx: Ctx, id: string, reason: string): Promise<void> {
  await change(ctx, 'signed_in', async (tx, audit) => {
    const { tenantId, userId } = ctx.caller
    if (!(await markSessionRevoked(tx, { tenantId, userId, id }, reason, ctx.now()))) throw notFound('session_not_found')
    audit({ action: 'session.ended', subject: { type: 'session', id }, after: { reason } })
  })
}

async function userOfPassword(ctx: PublicCtx, body: { email: string; password: string }): Promise<UserRow> {
  mayTry(body.email, ctx.request.ip, ctx.now())
  const user = await userByEmail(ctx.db, body.email.trim())
  // For a user that is not there the database is asked, and the attempt recorded, all the same: the time of the answer tells nothing.
  const root = user ? null : await ensureRootTenant(ctx.db, ctx.now())
  const hash = user ? await passwordHashOf(ctx.db, user) : null
  const matches = await checkPassword(hash, body.password).catch((cause: unknown) => {
    throw cause instanceof PasswordQueueFull ? new Failure('unavailable', 'unavailable', { cause, retryAfterS: 1 }) : cause
  })
  // Of many at once, those that were only let in because none had failed yet learn nothing.
  mayTry(body.email, ctx.request.ip, ctx.now())
  if (!user || !matches || user.status !== 'active' || user.tenant_status !== 'active') {
    noteFailure(body.email, ctx.request.ip, ctx.now())
    const tenantId = user?.tenant_id ?? root!.id
    await auditRefusal(ctx, { userId: null, tenantId }, { action: 'session.opened', subject: { type: 'user', id: user?.id ?? null } })
    throw new Failure('invalid_credentials', 'invalid_credentials')
  }
  noteSuccess(body.email, ctx.request.ip)
  return user
}

/** A session with its first refresh token, for whoever proved who they are. */
export async function openSession(ctx: PublicCtx, tx: Tx, user: UserRow): Promise<{ sessionId: string; refreshToken: string }> {
  const refreshToken = newSecret('lr')
  const sessionId = await newSession(ctx, tx, user, 'api', null)
  const now = ctx.now()
  await insertRefreshToken(tx, {
    tenant_id: user.tenant_id,
    id: newId(),
    session_id: sessionId,
    token_hash: hashSecret(refreshToken),
    created_at: now,
    expires_at: new Date(now.getTime() + sessionMs),
  })
  return { sessionId, refreshToken }
}

async function newSession(ctx: PublicCtx, tx: Tx, user: UserRow, kind: 'api' | 'console', secretHash: Buffer | null): Promise<string> {
  const id = newId()
  const now = ctx.now()
  await insertSession(tx, {
    tenant_id: user.tenant_id,
    id,
    user_id: user.id,
    kind,
    secret_hash: secretHash,
    user_agent: ctx.request.userAgent,
    ip: ctx.request.ip,
    created_at: now,
    last_seen_at: now,
    expires_at: new Date(now.getTime() + sessionMs),
  })
  return id
}

export async function accessReply(ctx: PublicCtx, userId: string, sessionId: string) {
  const token = await signAccessToken(ctx.config.jwtSecretKey, userId, sessionId, ctx.now())
  return { access_token: token, token_type: 'Bearer' as const, expires_in: accessTokenS }
}

export function toMe(user: UserRow) {
  const caller = callerOf(user, null, null)
  const { id, email, name, tenant_id, tenant_name, plan, roles, locale } = user
  return {
    id,
    email,
    name,
    tenant_id,
    tenant_name,
    plan,
    roles,
    permissions: everyPermission.filter((permission) => caller.permissions.has(permission)),
    locale,
  }
}

function actorOf(user: UserRow) {
  return { userId: user.id, tenantId: user.tenant_id }
}

function toSession(row: SessionRow, currentId: string | null) {
  const { id, kind, user_agent, ip } = row
  return {
    id,
    kind,
    user_agent,
    ip,
    created_at: row.created_at.toISOString(),
    last_seen_at: row.last_seen_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    current: id === currentId,
  }
}
