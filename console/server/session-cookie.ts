import { createHmac, timingSafeEqual } from 'node:crypto'
import { decode } from 'next-auth/jwt'
import type { ConsoleConfig } from './console-config.ts'

/** What the encrypted cookie holds: the API's opaque session secret, and nothing else about the person. */
export type BrowserSession = { secret: string }

/** Name of the session cookie; `__Host-` binds it to this host and to TLS. */
export function sessionCookieName({ isSecure }: Pick<ConsoleConfig, 'isSecure'>): string {
  return isSecure ? '__Host-llm-session' : 'llm-session'
}

/** Opens a session cookie's value; null when it is absent, forged, of another secret or expired. No network. */
export async function openSessionCookie(value: string | undefined, config: ConsoleConfig): Promise<BrowserSession | null> {
  if (!value) return null
  try {
    const token = await decode({ token: value, secret: config.sessionSecret })
    return typeof token?.secret === 'string' ? { secret: token.secret } : null
  } catch {
    return null
  }
}

/** The CSRF token of a session: only pages served to that session know it, and nothing needs to be stored. */
export function csrfTokenOf(session: BrowserSession, config: Pick<ConsoleConfig, 'sessionSecret'>): string {
  return createHmac('sha256', config.sessionSecret).update(`csrf ${session.secret}`).digest('base64url')
}

/** Compares in constant time. */
export function isCsrfToken(given: string | undefined, session: BrowserSession, config: Pick<ConsoleConfig, 'sessionSecret'>): boolean {
  const expected = Buffer.from(csrfTokenOf(session, config))
  const offered = Buffer.from(given ?? '')
  return offered.length === expected.length && timingSafeEqual(offered, expected)
}

/** One cookie out of a `Cookie` header. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return undefined
}
