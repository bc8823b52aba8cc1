import { users } from '@llm-manager/contract/users'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { password, startTestApi, type TestApi } from '../harness.ts'

/** Attempts to be somebody else at the API. */

let api: TestApi

beforeAll(async () => {
  api = await startTestApi({ env: { TRUSTED_PROXIES: '127.0.0.1,::1' } })
})
afterAll(() => api.close())

const tryPassword = async (email: string, tried: string, from = '192.0.2.1'): Promise<number> => {
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': from }
  return (await api.fetch('/api/auth/login', { method: 'POST', headers, body: JSON.stringify({ email, password: tried }) })).status
}

test('blanks around an e-mail and capitals in it give no further attempts', async () => {
  const { email } = api.viewer
  const spellings = ['', ' ', '  ', '\t', '\u00a0'].flatMap((blank) => [blank + email, email + blank, (blank + email).toUpperCase()])
  const answers: number[] = []
  for (const spelling of spellings.slice(0, 12)) answers.push(await tryPassword(spelling, 'wrong'))
  expect(answers).toEqual([...Array<number>(10).fill(401), 429, 429])
})

test('addresses of one IPv6 network share their attempts', async () => {
  const answers: number[] = []
  for (let host = 1; host <= 11; host++) answers.push(await tryPassword(api.admin.email, 'wrong', `2001:db8:1:2::${host}`))
  expect(answers).toEqual([...Array<number>(10).fill(401), 429])
  expect(await tryPassword(api.admin.email, password, '2001:db8:1:3::1')).toBe(200)
})

test('of many attempts at once no more than ten are told whether they were right', async () => {
  const tried = await Promise.all(
    Array.from({ length: 30 }, (_, index) => tryPassword(api.stranger.email, index === 29 ? password : 'wrong', '192.0.2.3')),
  )
  expect(tried.filter((status) => status === 401)).toHaveLength(10)
  expect(tried.filter((status) => status === 429)).toHaveLength(20)
})

test('an attempt at an e-mail that nobody has is recorded like any other', async () => {
  const before = await refusedSignIns()
  expect(await tryPassword('nobody-at-all@example.com', 'wrong', '192.0.2.4')).toBe(401)
  expect(await refusedSignIns()).toBe(before + 1)
})

test('an external id that another tenant took for itself does not stand for a user of the tenant that the token names', async () => {
  const body = { email: 'mole@example.com', name: 'Mole', password, external_id: 'id-at-the-embedding-product' }
  const mole = await api.stranger(users.create, { body })
  const token = { sub: 'id-at-the-embedding-product', email: api.member.email }
  expect(await me({ ...token, tenant_id: api.member.tenantId })).toMatchObject({ id: api.member.userId })
  expect(await me({ sub: token.sub, tenant_id: api.member.tenantId })).toMatchObject({ code: 'unauthenticated' })
  expect(await me({ sub: api.stranger.userId, tenant_id: api.member.tenantId })).toMatchObject({ code: 'unauthenticated' })
  // Without a tenant, or with one that is none of ours, the id alone decides.
  for (const tenant_id of [undefined, mole.tenant_id, 'acme', '01890000-0000-7000-8000-000000000000'])
    expect(await me({ ...token, tenant_id })).toMatchObject({ id: mole.id })
})

test('a token with a NUL in a name is nobody’s, not a failure', async () => {
  expect(await me({ sub: 'a\u0000b' })).toMatchObject({ code: 'unauthenticated' })
  expect(await me({ sub: 'nobody', email: 'a\u0000@example.com', tenant_id: api.member.tenantId })).toMatchObject({
    code: 'unauthenticated',
  })
})

async function me(claims: Record<string, unknown>): Promise<unknown> {
  const key = Buffer.from('a secret for the tokens of the tests, long enough')
  const token = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h').sign(key)
  return await (await api.fetch('/api/auth/me', { headers: { authorization: `Bearer ${token}` } })).json()
}

async function refusedSignIns(): Promise<number> {
  const rows = await api.sql<{ count: number }>(
    "select count(*)::int as count from audit_events where action = 'session.opened' and outcome = 'refused'",
  )
  return rows[0]!.count
}
