import { createHmac } from 'node:crypto'
import { CallFailed } from '@llm-manager/contract/client'
import { sessions } from '@llm-manager/contract/sessions'
import { tenants } from '@llm-manager/contract/tenants'
import { users } from '@llm-manager/contract/users'
import { SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { password, startTestApi, type TestApi } from '../../../test/harness.ts'

let api: TestApi
let offsetMs = 0
beforeAll(async () => {
  api = await startTestApi({ now: () => new Date(Date.now() + offsetMs) })
})
afterAll(() => api.close())
afterEach(() => {
  offsetMs = 0
})

const key = Buffer.from('a secret for the tokens of the tests, long enough')
const me = (token: string) => fetch(`${api.origin}/api/auth/me`, { headers: { authorization: `Bearer ${token}` } })
const logIn = () => api.anon(sessions.logIn, { body: { email: api.member.email, password } })
const failed = async (call: Promise<unknown>) => {
  const error = await call.then(
    () => null,
    (caught: unknown) => caught,
  )
  expect(error).toBeInstanceOf(CallFailed)
  return error as CallFailed
}

test('sign-in answers the tokens and the person as agreed', async () => {
  const reply = await logIn()
  expect(reply).toMatchObject({
    token_type: 'Bearer',
    expires_in: 600,
    user: { id: api.member.userId, email: api.member.email, name: 'member', plan: 'enterprise', roles: ['member'], locale: 'pt-BR' },
  })
  expect((await me(reply.access_token)).status).toBe(200)
})

test('a wrong password and an unknown e-mail are answered alike', async () => {
  const wrong = await failed(api.anon(sessions.logIn, { body: { email: api.member.email, password: 'not the password' } }))
  const unknown = await failed(api.anon(sessions.logIn, { body: { email: 'nobody@example.com', password: 'not the password' } }))
  for (const error of [wrong, unknown])
    expect([error.status, error.code, error.message]).toEqual([401, 'invalid_credentials', 'E-mail ou senha inválidos'])
})

test('the eleventh failure in a row is turned away until the quarter of an hour is over', async () => {
  const attempt = () => failed(api.anon(sessions.logIn, { body: { email: 'guessed@example.com', password: 'guess' } }))
  for (let tries = 0; tries < 10; tries++) expect((await attempt()).status).toBe(401)
  expect((await attempt()).status).toBe(429)
  offsetMs += 16 * 60_000
  expect((await attempt()).status).toBe(401)
})

describe('a bearer token', () => {
  const claims = { sub: '', exp: Math.floor(Date.now() / 1000) + 36_000 }
  const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const hs = (header: object, payload: object, secret: Buffer = key, hash = 'sha256') => {
    const signed = `${b64(header)}.${b64(payload)}`
    return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`
  }

  test.each<[string, () => string | Promise<string>]>([
    ['unsigned (alg none)', () => `${b64({ alg: 'none' })}.${b64({ ...claims, sub: api.root.userId })}.`],
    [
      'signed with another secret',
      () => hs({ alg: 'HS256' }, { ...claims, sub: api.root.userId }, Buffer.from('another secret of thirty-two bytes!')),
    ],
    ['signed with another algorithm', () => hs({ alg: 'HS512' }, { ...claims, sub: api.root.userId }, key, 'sha512')],
    ['expired', () => hs({ alg: 'HS256' }, { sub: api.root.userId, exp: 1_700_000_000 })],
    ['without an expiry', () => hs({ alg: 'HS256' }, { sub: api.root.userId })],
    ['without a subject', () => hs({ alg: 'HS256' }, { exp: claims.exp })],
    [
      'ours but not for access',
      () =>
        hs(
          { alg: 'HS256' },
          { ...claims, sub: api.root.userId, iss: 'llm-manager', typ: 'refresh', sid: '01890000-0000-7000-8000-000000000000' },
        ),
    ],
    [
      'ours of a session that is not there',
      () =>
        hs(
          { alg: 'HS256' },
          { ...claims, sub: api.root.userId, iss: 'llm-manager', typ: 'access', sid: '01890000-0000-7000-8000-000000000000' },
        ),
    ],
    ['of a subject that is not there', () => hs({ alg: 'HS256' }, { ...claims, sub: 'nobody' })],
    ['a refresh token', async () => (await logIn()).refresh_token],
    ['no token at all', () => 'x'],
    ['of many megabytes', () => 'x'.repeat(9000)],
  ])('%s is refused with 401', async (_, make) => {
    const response = await me(await make())
    expect([401, 431]).toContain(response.status)
  })

  test('of the embedding product is matched by our id, its own id, or the e-mail within the tenant', async () => {
    await api.admin(users.change, { params: { id: api.member.userId }, body: { external_id: 'their-42' } })
    const { userId, tenantId, email } = api.member
    const shapes = [{ sub: userId }, { sub: 'their-42' }, { sub: 'unknown', email, tenant_id: tenantId }]
    for (const shape of shapes)
      expect((await (await me(hs({ alg: 'HS256' }, { exp: claims.exp, ...shape }))).json()) as object).toMatchObject({ id: userId })
    expect((await me(hs({ alg: 'HS256' }, { exp: claims.exp, sub: 'unknown', email, tenant_id: api.stranger.tenantId }))).status).toBe(401)
    expect((await me(hs({ alg: 'HS256' }, { exp: claims.exp, sub: 'unknown', email }))).status).toBe(401)
  })

  test('of the embedding product replaces the plan for that request and grants nothing', async () => {
    const token = await new SignJWT({ plan: 'free' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(api.admin.userId)
      .setExpirationTime('1h')
      .sign(key)
    const keys = await fetch(`${api.origin}/api/llm/system/keys`, { headers: { authorization: `Bearer ${token}` } })
    expect(keys.status).toBe(403)
    const upgraded = await new SignJWT({ plan: 'enterprise' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(api.member.userId)
      .setExpirationTime('1h')
      .sign(key)
    expect((await fetch(`${api.origin}/api/llm/system/keys`, { headers: { authorization: `Bearer ${upgraded}` } })).status).toBe(403)
  })
})

describe('a refresh token', () => {
  test('used 32 times at once gives one successor and every client lives', async () => {
    const { refresh_token } = await logIn()
    const replies = await Promise.all(Array.from({ length: 32 }, () => api.anon(sessions.refresh, { body: { refresh_token } })))
    expect(new Set(replies.map((reply) => reply.refresh_token)).size).toBe(1)
    for (const reply of replies) expect((await me(reply.access_token)).status).toBe(200)
    await api.anon(sessions.refresh, { body: { refresh_token: replies[0]!.refresh_token } })
  })

  test('replayed within the grace is answered the same, after it ends the session', async () => {
    const { refresh_token, access_token } = await logIn()
    const first = await api.anon(sessions.refresh, { body: { refresh_token } })
    offsetMs += 30_000
    expect((await api.anon(sessions.refresh, { body: { refresh_token } })).refresh_token).toBe(first.refresh_token)
    offsetMs += 31_000
    const error = await failed(api.anon(sessions.refresh, { body: { refresh_token } }))
    expect(error.status).toBe(401)
    expect((await failed(api.anon(sessions.refresh, { body: { refresh_token: first.refresh_token } }))).status).toBe(401)
    expect((await me(access_token)).status).toBe(401)
    const rows = await api.sql('select action, after from audit_events where action = $1', ['session.ended'])
    expect(rows).toContainEqual({ action: 'session.ended', after: { reason: 'refresh token used again' } })
  })
})

test('signing out ends the access token and the refresh token at once', async () => {
  const { access_token, refresh_token } = await logIn()
  await fetch(`${api.origin}/api/auth/logout`, { method: 'POST', headers: { authorization: `Bearer ${access_token}` } })
  expect((await me(access_token)).status).toBe(401)
  expect((await failed(api.anon(sessions.refresh, { body: { refresh_token } }))).status).toBe(401)
})

test('a session of a browser is exchanged for access tokens until it ends', async () => {
  const opened = await api.anon(sessions.openConsoleSession, { body: { email: api.viewer.email, password } })
  const exchange = () => api.anon(sessions.exchangeConsoleSession, { body: { session_secret: opened.session_secret } })
  const { access_token } = await exchange()
  expect((await me(access_token)).status).toBe(200)
  const gone = await fetch(`${api.origin}/api/auth/sessions/${opened.session_id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${access_token}` },
  })
  expect(gone.status).toBe(204)
  expect((await failed(exchange())).status).toBe(401)
})

test('sessions are listed to their owner alone', async () => {
  const listed = await api.member(sessions.list)
  expect(listed.items.filter((session) => session.current)).toHaveLength(1)
  expect((await failed(api.stranger(sessions.revoke, { params: { id: listed.items[0]!.id } }))).status).toBe(404)
})

test('a disabled user, and the users of a suspended tenant, are out at once', async () => {
  const tenant = await api.newTenant('free')
  const [one, two] = [await api.newActor('admin', tenant), await api.newActor('member', tenant)]
  await one(users.change, { params: { id: two.userId }, body: { status: 'disabled' } })
  expect((await me(two.token)).status).toBe(401)
  expect((await failed(api.anon(sessions.logIn, { body: { email: two.email, password } }))).code).toBe('invalid_credentials')
  await api.root(tenants.change, { params: { id: tenant }, body: { status: 'suspended' } })
  expect((await me(one.token)).status).toBe(401)
})

test('the set-up link works once', async () => {
  const again = await failed(
    api.anon(sessions.setUp, { body: { token: api.server.setupToken!, email: 'other@example.com', name: 'Other', password } }),
  )
  expect([again.status, again.code, again.message]).toEqual([409, 'conflict', 'A configuração inicial já foi feita'])
})

test('nobody grants what they cannot do, and one platform administrator remains', async () => {
  const body = { email: 'climber@example.com', name: 'Climber', password, roles: ['platform_admin' as const] }
  expect((await failed(api.admin(users.create, { body }))).status).toBe(403)
  expect((await failed(api.root(users.change, { params: { id: api.root.userId }, body: { status: 'disabled' } }))).status).toBe(422)
  expect((await failed(api.admin(users.get, { params: { id: api.stranger.userId } }))).status).toBe(404)
})
