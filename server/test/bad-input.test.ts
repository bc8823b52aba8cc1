import { api as contract } from '@llm-manager/contract/api'
import { urlOf } from '@llm-manager/contract/client'
import type { Endpoint } from '@llm-manager/contract/endpoint'
import { errorStatus } from '@llm-manager/contract/errors'
import { accessKeys } from '@llm-manager/contract/access-keys'
import { agents } from '@llm-manager/contract/agents'
import { groups } from '@llm-manager/contract/groups'
import { quotas } from '@llm-manager/contract/quotas'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { userKeys } from '@llm-manager/contract/user-keys'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { password, startTestApi, type Actor, type TestApi } from './harness.ts'

/** Whatever is wrong with a request, every endpoint says so in the one form of refusal, never with a fault of ours, and does nothing. */

let api: TestApi
/** A call of each endpoint in which nothing is wrong, by somebody who may; where the contract's own example does not fit, in part. */
const good: Record<string, { params?: Record<string, string>; query?: Record<string, string>; body?: Record<string, unknown> }> = {}
/** Who signs out, or has their session taken away, is not missed by the others. */
let leaver: Actor

beforeAll(async () => {
  api = await startTestApi()
  const secret = { provider: 'openai', api_key: 'sk-good-0123456789' } as const
  leaver = await api.newActor('admin', api.admin.tenantId)
  const target = await api.newActor('member', api.root.tenantId)
  const [userKey, systemKey, agent, group] = await Promise.all([
    api.root(userKeys.create, { body: secret }),
    api.root(systemKeys.create, { body: secret }),
    api.root(agents.create, { body: { name: 'A' } }),
    api.root(groups.create, { body: { name: 'G' } }),
  ])
  const accessKey = await api.root(accessKeys.create, { body: { name: 'K' } })
  const limit = { subject_type: 'agent', subject_id: agent.id, metric: 'cost', amount: 1, window: 'month' } as const
  const quota = await api.root(quotas.create, { body: limit })
  const key = {
    ...secret,
    usage_limit: 10,
    is_active: true,
    name: 'N',
    base_url: api.simulator.baseUrls.openai,
    options: { organization: 'o' },
    expires_at: '2126-01-01T00:00:00Z',
    sandbox: false,
    weight: 1,
    priority: 0,
    validate: false,
  }
  const { provider: _, ...keyChange } = key
  const access = { name: 'K', models: ['m'], allowed_ips: ['10.0.0.0/8'], expires_at: '2126-01-01T00:00:00Z', tags: { a: 'b' } }
  Object.assign(good, {
    'systemKeys.create': { body: key },
    'userKeys.create': { body: key },
    'systemKeys.change': { params: { id: systemKey.id }, body: keyChange },
    'userKeys.change': { params: { id: userKey.id }, body: keyChange },
    'systemKeys.get': { params: { id: systemKey.id } },
    'userKeys.get': { params: { id: userKey.id } },
    'providers.validate': { body: { provider: 'openai', api_key: 'sk-good-0123456789', base_url: null, options: { project: 'p' } } },
    'agents.create': { body: { name: 'A', description: 'D', provider: 'openai', key_id: userKey.id, owner_id: api.root.userId } },
    'agents.get': { params: { id: agent.id } },
    'agents.change': { params: { id: agent.id }, body: { name: 'A', description: 'D', provider: 'openai', key_id: userKey.id } },
    'agents.getKey': { params: { id: agent.id } },
    'agents.setKey': { params: { id: agent.id }, body: { key_id: userKey.id, type: 'user', provider: 'openai' } },
    'agents.validateKey': { params: { id: agent.id } },
    'accessKeys.create': { body: { ...access, user_id: api.root.userId, agent_id: null, mode: 'live' } },
    'accessKeys.get': { params: { id: accessKey.id } },
    'accessKeys.change': { params: { id: accessKey.id }, body: access },
    'accessKeys.rotate': { params: { id: accessKey.id } },
    'groups.create': { body: { name: 'Other', tenant_id: api.root.tenantId } },
    'groups.get': { params: { id: group.id } },
    'groups.change': { params: { id: group.id }, body: { name: 'G' } },
    'groups.members': { params: { id: group.id } },
    'groups.addMember': { params: { id: group.id }, body: { user_id: api.root.userId } },
    'groups.removeMember': { params: { id: group.id, user_id: target.userId } },
    'prices.create': {
      body: {
        provider: 'openai',
        model: 'm',
        effective_from: '2126-01-01T00:00:00Z',
        per_million: { input: 1, output: 2, cache_read: 0.5 },
        tenant_id: api.root.tenantId,
      },
    },
    'quotas.create': {
      body: {
        ...limit,
        timezone: 'America/Sao_Paulo',
        anchor: '2026-01-01T00:00:00Z',
        hard: true,
        thresholds: [0.5, 1],
        provider: 'openai',
        model: 'm',
      },
    },
    'quotas.get': { params: { id: quota.id } },
    'quotas.change': { params: { id: quota.id }, body: { amount: 1, hard: true, thresholds: [0.5], usage: 'keep' } },
    'quotas.history': { params: { id: quota.id } },
    'tenants.create': { body: { name: 'T', plan: 'pro' } },
    'tenants.change': { params: { id: api.stranger.tenantId }, body: { name: 'T', plan: 'enterprise', status: 'active' } },
    'users.create': {
      body: {
        email: 'somebody@example.com',
        name: 'S',
        password,
        tenant_id: api.root.tenantId,
        roles: ['member'],
        locale: 'en',
        external_id: 'x',
      },
    },
    'users.change': {
      params: { id: target.userId },
      body: { name: 'S', roles: ['member'], locale: 'en', status: 'active', external_id: 'y' },
    },
    'users.get': { params: { id: target.userId } },
  })
})
afterAll(() => api.close())

const endpoints = Object.entries(contract).flatMap(([noun, group]) =>
  Object.entries(group as Record<string, Endpoint>).map(([name, endpoint]) => [`${noun}.${name}`, endpoint] as const),
)
const withBody = endpoints.filter(([, endpoint]) => endpoint.body)
const withQuery = endpoints.filter(([, endpoint]) => endpoint.query)
const withParams = endpoints.filter(([, endpoint]) => endpoint.params)

const callOf = (name: string, endpoint: Endpoint) => ({
  ...endpoint.example,
  body: endpoint.example.body as Record<string, unknown> | undefined,
  ...good[name],
})
const actorFor = (name: string) => (/^sessions\.(logOut|revoke)$/.test(name) ? leaver : api.root)

type Sending = { text?: string; contentType?: string; path?: string }
type Answered = { status: number; body: Record<string, unknown> | undefined }

/** What is stored, as last looked at; null when it has changed since, rightly. */
let stored: string | null = null

/** Sends a request as it stands; whatever is refused must be refused in the one form, and must have changed nothing. */
async function send(name: string, endpoint: Endpoint, { text, contentType = 'application/json', path }: Sending): Promise<Answered> {
  stored ??= await everythingStored()
  const response = await api.fetch(path ?? urlOf(endpoint, callOf(name, endpoint)), {
    ...(endpoint.access !== 'public' && { as: actorFor(name) }),
    method: endpoint.method,
    headers: text === undefined ? {} : { 'content-type': contentType },
    body: text,
  })
  const said = await response.text()
  const body = said === '' ? undefined : (JSON.parse(said) as Record<string, unknown>)
  if (response.status < 400) {
    stored = null
    return { status: response.status, body }
  }
  const about = `${name} ${path ?? ''} ${text?.slice(0, 300) ?? ''} → ${response.status} ${said.slice(0, 300)}`
  expect.soft(response.status, about).toBeLessThan(500)
  expect.soft(body, about).toMatchObject({
    detail: expect.stringMatching(/./),
    code: expect.stringMatching(/./),
    request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
  expect.soft(errorStatus[body?.code as keyof typeof errorStatus], about).toBe(response.status)
  const now = await everythingStored()
  expect.soft(now, about).toBe(stored)
  stored = now
  return { status: response.status, body }
}

/** Every row but those that tell of the attempt itself. */
async function everythingStored(): Promise<string> {
  const tables = [
    'tenants',
    'users',
    'groups',
    'group_members',
    'user_roles',
    'provider_keys',
    'agents',
    'access_keys',
    'prices',
    'limits',
    'limit_counters',
    'data_keys',
    '(select id, revoked_at from sessions)',
  ]
  const digests = tables.map((table) => `(select coalesce(sum(hashtextextended(t::text, 0)), 0)::text from ${table} t)`)
  const [row] = await api.sql<{ digest: string }>(`select concat_ws(' ', ${digests.join(', ')}) as digest`)
  return row!.digest
}

/** Values that belong nowhere, or almost nowhere. */
const strangeTexts = [
  '',
  '  ',
  'not what it should be',
  '2026-02-30T00:00:00Z',
  '0000-01-01T00:00:00Z',
  'http://169.254.169.254/latest',
  '01890000-0000-7000-8000-000000000000',
  // A NUL, other control characters, and halves of characters, which text columns or JSON columns do not take.
  'a\u0000b',
  'a\u0007\nb',
  'a\ud800b',
  '\udc00',
  'x'.repeat(20_000),
]
const strange: unknown[] = [
  ...strangeTexts,
  null,
  true,
  7.5,
  -1,
  1e300,
  0.0000000001,
  [],
  [[[]]],
  Array.from({ length: 1000 }, () => 'x'),
  {},
  JSON.parse('{"constructor": {"prototype": {"admin": true}}}'),
]

/** Each place of a body, with what it is replaced by. */
function* mutations(body: Record<string, unknown>, path: string[] = []): Generator<(root: Record<string, unknown>) => void> {
  for (const [field, value] of Object.entries(body)) {
    const place = [...path, field]
    const parent = (root: Record<string, unknown>) =>
      path.reduce<Record<string, unknown>>((node, step) => node[step] as Record<string, unknown>, root)
    yield (root) => void delete parent(root)[field]
    for (const odd of strange) yield (root) => void (parent(root)[field] = odd)
    if (Array.isArray(value))
      for (const odd of [null, 7.5, '', 'a\u0000b', 'a\ud800b', {}, []]) yield (root) => void (parent(root)[field] = [odd])
    else if (typeof value === 'object' && value !== null) yield* mutations(value as Record<string, unknown>, place)
  }
}

test('the table is not empty', () => {
  expect([endpoints.length > 35, withBody.length > 15, withQuery.length > 8, withParams.length > 15]).toEqual([true, true, true, true])
})

describe.each(withBody)('the body of %s', (name, endpoint) => {
  const whole = () => JSON.stringify(callOf(name, endpoint).body)

  test('must be JSON', async () => {
    for (const text of [
      '{',
      '{"a":}',
      'nonsense',
      '{"a":1}}',
      "{'a':1}",
      '\ufeff{',
      '[1,',
      '"',
      '{"a":"\u0001"}',
      '{"__proto__":{}}',
      '{"constructor":{"prototype":{}}}',
    ]) {
      expect.soft((await send(name, endpoint, { text })).status, text).toBe(400)
    }
    expect.soft((await send(name, endpoint, {})).status, 'no body').toBe(400)
    expect.soft((await send(name, endpoint, { text: '' })).status, 'an empty body').toBe(400)
  })

  test('must say that it is JSON', async () => {
    for (const contentType of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      'application/jsonp',
      'application/json-patch+json',
    ]) {
      expect
        .soft(await send(name, endpoint, { text: whole(), contentType }), contentType)
        .toMatchObject({ status: 415, body: { code: 'unsupported_media' } })
    }
  })

  test('must be an object, with known fields only', async () => {
    for (const text of ['[]', 'null', '1', '"text"', 'true', `[${whole()}]`])
      expect.soft(await send(name, endpoint, { text }), text).toMatchObject({ status: 400, body: { code: 'invalid_input' } })
    const answer = await send(name, endpoint, { text: JSON.stringify({ ...callOf(name, endpoint).body, surprise: 1 }) })
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'surprise', reason: 'campo desconhecido' }] } })
  })

  test('must not be huge, nor without end in depth', async () => {
    expect(await send(name, endpoint, { text: JSON.stringify({ name: 'x'.repeat(1_100_000) }) })).toMatchObject({
      status: 413,
      body: { code: 'too_large' },
    })
    for (const text of ['['.repeat(50_000) + ']'.repeat(50_000), '{"a":'.repeat(25_000) + '1' + '}'.repeat(25_000)])
      expect((await send(name, endpoint, { text })).status).toBe(400)
    const many = JSON.stringify(Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`f${index}`, index])))
    const answer = await send(name, endpoint, { text: many })
    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body).length).toBeLessThan(5000)
  })

  test('is refused for each field that is not what it should be', async () => {
    let refused = 0
    for (const mutate of mutations(callOf(name, endpoint).body ?? {})) {
      const body = structuredClone(callOf(name, endpoint).body ?? {})
      mutate(body)
      if ((await send(name, endpoint, { text: JSON.stringify(body) })).status >= 400) refused++
    }
    expect(refused).toBeGreaterThan(5)
  })
})

test.each(withQuery)('the query of %s is refused, or understood, and never a fault', async (name, endpoint) => {
  const fields = Object.keys((endpoint.query as unknown as { shape: Record<string, unknown> }).shape)
  const { query: _, ...call } = callOf(name, endpoint)
  const path = urlOf(endpoint, { ...call, query: {} })
  const odd = [
    '',
    ' ',
    '-1',
    '0',
    '1e9',
    '99999999999999999999',
    'x',
    '%00',
    'a%00b',
    '%ED%A0%80',
    '%',
    '%zz',
    '2026-02-30T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '01890000-0000-7000-8000-000000000000',
    'null',
    '[]',
    "'; drop table users; --",
    'x'.repeat(5000),
    Buffer.from('01890000-0000-7000-8000-000000000000').toString('base64url'),
  ]
  const needed = new URLSearchParams(endpoint.example.query).toString()
  for (const field of fields)
    for (const value of odd)
      await send(name, endpoint, {
        path: `${path}?${needed}&${field}=${value.startsWith('%') || value.includes('%00') ? value : encodeURIComponent(value)}`,
      })
  for (const field of fields) await send(name, endpoint, { path: `${path}?${field}=1&${field}=2` })
  expect((await send(name, endpoint, { path: `${path}?${needed}&surprise=1` })).status).toBe(400)
})

test.each(withParams)('%s finds nothing under what is no id', async (name, endpoint) => {
  const call = callOf(name, endpoint)
  for (const id of [
    'x',
    '0',
    '%00',
    '%20',
    '..%2f',
    '%ED%A0%80',
    'null',
    '01890000-0000-7000-8000-000000000000',
    "'%20or%201=1",
    'x'.repeat(64),
  ]) {
    const path = endpoint.path.replace('{id}', id)
    const answer = await send(name, endpoint, { path, ...(call.body && { text: JSON.stringify(call.body) }) })
    // What is no UTF-8 is no address at all.
    expect.soft([id, answer.status]).toEqual([id, id === '%ED%A0%80' ? 400 : 404])
  }
  const long = await send(name, endpoint, {
    path: endpoint.path.replace('{id}', 'x'.repeat(5000)),
    ...(call.body && { text: JSON.stringify(call.body) }),
  })
  expect([400, 404]).toContain(long.status)
})

test('what is not there, and what is asked in another way, is said so', async () => {
  for (const [path, method, status] of [
    ['/api/nothing', 'GET', 404],
    ['/api/llm/user/keys/', 'GET', 404],
    ['/api/llm/providers', 'DELETE', 405],
    ['/api/llm/user/keys', 'PATCH', 405],
    ['/api/%', 'GET', 400],
  ] as const) {
    const response = await api.fetch(path, { as: api.root, method })
    expect.soft([path, response.status]).toEqual([path, status])
    expect
      .soft(await response.json())
      .toMatchObject({ detail: expect.any(String), code: expect.any(String), request_id: expect.any(String) })
  }
})
