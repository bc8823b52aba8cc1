import type { Received } from '@llm-manager/contract/endpoint'
import type { sessions } from '@llm-manager/contract/sessions'
import { changeAs, type PublicCtx } from '../../platform/ctx.ts'
import { unattended, type Tx } from '../../platform/db.ts'
import { Failure } from '../../platform/failure.ts'
import { newId } from '../../platform/ids.ts'
import { userById } from '../users/identify.ts'
import { active } from './callers.ts'
import { accessReply, sessionMs } from './sessions.ts'
import {
  findRefreshToken,
  findSession,
  insertRefreshToken,
  markRefreshTokenUsed,
  markSessionRevoked,
  type SessionRow,
} from './sessions.store.ts'
import { hashSecret, successorOf } from './tokens.ts'

/** How long a token that was just rotated is answered the same successor: a client that lost the answer is no thief. */
const graceMs = 60_000

/** Rotates a refresh token. Used again after the grace, it ends the whole session. */
export async function refreshSession(ctx: PublicCtx, { body }: Received<typeof sessions.refresh>) {
  const rotated = await unattended(ctx.db, (tx) => rotate(ctx, tx, body.refresh_token))
  if ('reused' in rotated) {
    await endFamily(ctx, rotated.reused)
    throw new Failure('unauthenticated', 'refresh_reused')
  }
  active(await userById(ctx.db, rotated.session.user_id))
  return { ...(await accessReply(ctx, rotated.session.user_id, rotated.session.id)), refresh_token: rotated.successor }
}

type Rotated = { session: SessionRow; successor: string } | { reused: SessionRow }

async function rotate(ctx: PublicCtx, tx: Tx, refreshToken: string): Promise<Rotated> {
  const now = ctx.now()
  const hash = hashSecret(refreshToken)
  const fresh = await markRefreshTokenUsed(tx, hash, now)
  const token = fresh ?? (await findRefreshToken(tx, hash))
  const session = token && (await findSession(tx, token.session_id))
  if (!token || !session || token.expires_at <= now || session.expires_at <= now) throw new Failure('unauthenticated', 'unauthenticated')
  if (session.revoked_at) throw new Failure('unauthenticated', 'session_ended')
  const usedAt = token.used_at ?? now
  if (!fresh && now.getTime() - usedAt.getTime() > graceMs) return { reused: session }
  const successor = successorOf(ctx.config.jwtSecretKey, refreshToken)
  if (fresh) {
    await insertRefreshToken(tx, {
      tenant_id: token.tenant_id,
      id: newId(),
      session_id: session.id,
      token_hash: hashSecret(successor),
      created_at: now,
      expires_at: new Date(now.getTime() + sessionMs),
    })
  }
  return { session, successor }
}

async function endFamily(ctx: PublicCtx, session: SessionRow): Promise<void> {
  await changeAs(ctx, { userId: session.user_id, tenantId: session.tenant_id }, async (tx, audit) => {
    await markSessionRevoked(
      tx,
      { tenantId: session.tenant_id, userId: session.user_id, id: session.id },
      'refresh token used again',
      ctx.now(),
    )
    audit({ action: 'session.ended', subject: { type: 'session', id: session.id }, after: { reason: 'refresh token used again' } })
  })
}
