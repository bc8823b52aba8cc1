import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { errors, jwtVerify, SignJWT, type JWTPayload } from 'jose'
import type { Secret } from '../../platform/secret.ts'
import { Failure } from '../../platform/failure.ts'

/** Our own tokens carry this issuer; whatever carries it and is no access token is refused everywhere. */
export const issuer = 'llm-manager'
export const accessTokenS = 600

/** What a bearer token says once its signature and expiry hold. */
export type Claims =
  | { kind: 'own'; userId: string; sessionId: string }
  | { kind: 'embedding'; sub: string; email: string | null; tenantId: string | null; plan: 'free' | 'pro' | 'enterprise' | null }

/** A short HS256 access token of one session. */
export async function signAccessToken(key: Secret, userId: string, sessionId: string, now: Date): Promise<string> {
  const issuedAt = Math.floor(now.getTime() / 1000)
  return await new SignJWT({ typ: 'access', sid: sessionId })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer(issuer)
    .setSubject(userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + accessTokenS)
    .sign(Buffer.from(key.expose()))
}

/** Reads a bearer token: HS256 by `JWT_SECRET_KEY` and nothing else, with `sub` and `exp`. Throws `unauthenticated`. */
export async function readBearer(key: Secret, token: string, now: Date): Promise<Claims> {
  let payload: JWTPayload
  try {
    const verified = await jwtVerify(token, Buffer.from(key.expose()), {
      algorithms: ['HS256'],
      requiredClaims: ['sub', 'exp'],
      currentDate: now,
      clockTolerance: 5,
    })
    payload = verified.payload
  } catch (cause) {
    throw new Failure('unauthenticated', cause instanceof errors.JWTExpired ? 'token_expired' : 'unauthenticated', { cause })
  }
  const { sub, iss, typ, sid, email, tenant_id, plan } = payload
  if (!isName(sub)) throw new Failure('unauthenticated', 'unauthenticated')
  if (iss === issuer) {
    if (typ !== 'access' || typeof sid !== 'string') throw new Failure('unauthenticated', 'unauthenticated')
    return { kind: 'own', userId: sub, sessionId: sid }
  }
  return { kind: 'embedding', sub, email: textOrNull(email), tenantId: textOrNull(tenant_id), plan: planOf(plan) }
}

function textOrNull(value: unknown): string | null {
  return isName(value) ? value : null
}

/** A text that a column could hold: a NUL is in none. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\u0000')
}

/** A plan that a token names replaces the tenant's; one that we do not know counts as the smallest. */
function planOf(plan: unknown): 'free' | 'pro' | 'enterprise' | null {
  if (plan === undefined || plan === null) return null
  return plan === 'pro' || plan === 'enterprise' ? plan : 'free'
}

/** An opaque secret of 256 bits; the prefix tells people and scanners what it is. */
export function newSecret(prefix: 'lr' | 'ls' | 'lu'): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`
}

/** How an opaque secret of 256 random bits is kept: a plain hash is enough, there is nothing to guess. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** The one successor of a refresh token, derived so that whoever replays it within the grace is answered the same. */
export function successorOf(key: Secret, refreshToken: string): string {
  const derived = hkdfSync('sha256', key.expose(), '', 'llm-manager/refresh-successor', 32)
  return `lr_${createHmac('sha256', Buffer.from(derived)).update(refreshToken).digest('base64url')}`
}
