import { encode } from 'next-auth/jwt'
import { expect, test } from 'vitest'
import { cookieOf, csrfTokenOf, isCsrfToken, openSessionCookie, sessionCookieName } from './session-cookie.ts'
import { parseConsoleConfig } from './console-config.ts'

const config = parseConsoleConfig({ SESSION_SECRET: 's'.repeat(32) })
const other = parseConsoleConfig({ SESSION_SECRET: 'o'.repeat(32) })

test('the cookie opens to the session secret that was put into it', async () => {
  const value = await encode({ token: { secret: 'ls_1' }, secret: config.sessionSecret })
  expect(value).not.toContain('ls_1')
  expect(await openSessionCookie(value, config)).toEqual({ secret: 'ls_1' })
})

test('a cookie that is absent, forged, of another installation or expired opens to nothing', async () => {
  const foreign = await encode({ token: { secret: 'ls_1' }, secret: other.sessionSecret })
  const old = await encode({ token: { secret: 'ls_1' }, secret: config.sessionSecret, maxAge: -60 })
  const empty = await encode({ token: {}, secret: config.sessionSecret })
  for (const value of [undefined, '', 'x.y.z', foreign, old, empty]) expect(await openSessionCookie(value, config)).toBeNull()
})

test('a CSRF token is good for its own session only', () => {
  const token = csrfTokenOf({ secret: 'ls_1' }, config)
  expect(isCsrfToken(token, { secret: 'ls_1' }, config)).toBe(true)
  expect(isCsrfToken(token, { secret: 'ls_2' }, config)).toBe(false)
  expect(isCsrfToken(token, { secret: 'ls_1' }, other)).toBe(false)
  expect(isCsrfToken(undefined, { secret: 'ls_1' }, config)).toBe(false)
  expect(token).not.toContain('ls_1')
})

test('behind TLS the cookie is bound to its host', () => {
  expect(sessionCookieName({ isSecure: true })).toBe('__Host-llm-session')
  expect(sessionCookieName({ isSecure: false })).toBe('llm-session')
})

test('one cookie is read out of several, and never one whose name only begins alike', () => {
  expect(cookieOf('llm-session-old=1; llm-session=abc=d; x=2', 'llm-session')).toBe('abc=d')
  expect(cookieOf('a=1', 'llm-session')).toBeUndefined()
  expect(cookieOf(undefined, 'llm-session')).toBeUndefined()
})
