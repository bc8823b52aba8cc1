import { request } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prices } from '@llm-manager/contract/prices'
import { message, openWorld, type World } from './test-kit.ts'

let world: World
let key: string
/** Bound to a key of OpenAI without a limit. */
let openai: string
beforeAll(async () => {
  world = await openWorld({ EGRESS_ALLOW: '127.0.0.0/8' })
  key = (await world.accessKey(world.api.member)).key
  openai = (await world.bound('openai', 'usual')).key
})
afterAll(() => world.close())

type Refusal = { status: number; headers: Headers; error: Record<string, unknown>; requestId: unknown; type: unknown }

const paths = { openai: '/v1/chat/completions', anthropic: '/v1/messages' } as const
const dialects = ['openai', 'anthropic'] as const
type Dialect = (typeof dialects)[number]

/** Calls in a dialect and reads the refusal as that dialect tells it. */
async function refusalOf(
  dialect: Dialect,
  secret: string | null,
  body: unknown,
  headers: Record<string, string> = {},
  path: string = paths[dialect],
): Promise<Refusal> {
  const answer = await world.post(path, secret, body, headers)
  const json = (await answer.json()) as { error: Record<string, unknown>; type?: unknown; request_id?: unknown }
  return {
    status: answer.status,
    headers: answer.headers,
    error: json.error,
    type: json.type,
    requestId: dialect === 'openai' ? json.error.request_id : json.request_id,
  }
}

function expectRefusal(dialect: Dialect, refusal: Refusal, status: number, code: string): void {
  expect({ status: refusal.status, code: refusal.error.code }).toEqual({ status, code })
  expect(refusal.error.message).toMatch(/\S/)
  expect(refusal.error.type).toMatch(/_error$|^request_too_large$/)
  expect(refusal.headers.get('x-llm-error-source')).toBe('gateway')
  expect(refusal.requestId).toBe(refusal.headers.get('x-request-id'))
  if (dialect === 'anthropic') expect(refusal.type).toBe('error')
  else expect(refusal.error).toHaveProperty('param')
}

/** Changes a row behind the API's back, and waits until the gateway knows. */
async function changeBehind(text: string, values: unknown[]): Promise<void> {
  await world.api.sql(text, values)
  await world.api.server.platform.bus.caughtUp()
}

const model = 'openai/gpt-4o-mini'
const body = { model, max_tokens: 10, messages: message('hi') }

test.each(dialects)('%s: without an access key, with a wrong one, or with two', async (dialect) => {
  expectRefusal(dialect, await refusalOf(dialect, null, body), 401, 'credential_missing')
  expectRefusal(dialect, await refusalOf(dialect, 'lm_live_nobody', body), 401, 'invalid_api_key')
  expectRefusal(dialect, await refusalOf(dialect, key, body, { 'x-api-key': openai }), 400, 'credentials_conflict')
  expectRefusal(
    dialect,
    await refusalOf(dialect, null, body, { 'api-key': 'lm_live_nobody', 'x-goog-api-key': 'lm_live_other' }),
    400,
    'credentials_conflict',
  )
})

test('one access key in several headers is one', async () => {
  expect((await world.post(paths.openai, openai, body, { 'x-api-key': openai, 'api-key': openai })).status).toBe(200)
})

test.each(dialects)('%s: an access key that has expired, is used from elsewhere, or may not use the model', async (dialect) => {
  const expired = await world.accessKey(world.api.member)
  await changeBehind(`update access_keys set expires_at = now() - interval '1 second' where id = $1`, [expired.id])
  expectRefusal(dialect, await refusalOf(dialect, expired.key, body), 401, 'key_expired')
  const elsewhere = await world.accessKey(world.api.member, { allowed_ips: ['10.1.0.0/16', '2001:db8::1'] })
  expectRefusal(dialect, await refusalOf(dialect, elsewhere.key, body), 403, 'ip_not_allowed')
  const narrow = await world.accessKey(world.api.member, { models: ['openai/gpt-5-mini'] })
  expectRefusal(dialect, await refusalOf(dialect, narrow.key, body), 403, 'model_not_allowed')
})

test('an access key may be used from an address on its list', async () => {
  const here = await world.accessKey(world.api.root, { allowed_ips: ['127.0.0.0/8', '::1'] })
  expect((await world.post(paths.openai, here.key, body)).status).toBe(200)
})

test.each(dialects)('%s: an access key whose user, agent or tenant is disabled', async (dialect) => {
  const someone = await world.api.newActor('member', await world.api.newTenant('pro'))
  const { key: ofSomeone } = await world.accessKey(someone)
  await changeBehind(`update users set status = 'disabled' where id = $1`, [someone.userId])
  expectRefusal(dialect, await refusalOf(dialect, ofSomeone, body), 403, 'access_disabled')
  await changeBehind(`update users set status = 'active' where id = $1`, [someone.userId])
  await changeBehind(`update tenants set status = 'suspended' where id = $1`, [someone.tenantId])
  expectRefusal(dialect, await refusalOf(dialect, ofSomeone, body), 403, 'access_disabled')
  const bound = await world.bound('openai', 'agentgone')
  await changeBehind(`update agents set status = 'retired' where key_id = $1`, [bound.id])
  expectRefusal(dialect, await refusalOf(dialect, bound.key, body), 403, 'access_disabled')
})

test.each(dialects)('%s: a model that nobody has, or whose provider has no key', async (dialect) => {
  expectRefusal(dialect, await refusalOf(dialect, key, { ...body, model: 'no-such-model' }), 404, 'model_not_found')
  const provider = dialect === 'openai' ? 'groq/llama-3.3-70b-versatile' : 'anthropic/claude-haiku-4-5'
  expectRefusal(dialect, await refusalOf(dialect, key, { ...body, model: provider }), 403, 'provider_key_missing')
})

test.each(dialects)('%s: a model whose provider does not speak the endpoint is pointed elsewhere', async (dialect) => {
  const other = dialect === 'openai' ? 'anthropic/claude-haiku-4-5' : model
  const refusal = await refusalOf(dialect, key, { ...body, model: other })
  expectRefusal(dialect, refusal, 400, 'unsupported_endpoint')
  expect(refusal.error.message).toContain(dialect === 'openai' ? '/v1/messages' : '/v1/chat/completions')
})

test('an agent whose bound key is switched off is refused, and no other key steps in', async () => {
  const bound = await world.bound('openai', 'switchedoff')
  await changeBehind('update provider_keys set is_active = false where id = $1', [bound.id])
  expectRefusal('openai', await refusalOf('openai', bound.key, body), 403, 'provider_key_unusable')
})

test('a test access key never spends what is meant for real, nor a live one what is for play', async () => {
  const bound = await world.bound('openai', 'forreal')
  const [agent] = await world.api.sql<{ id: string }>('select id from agents where key_id = $1', [bound.id])
  const test = await world.accessKey(world.api.root, { agent_id: agent!.id, mode: 'test' })
  expectRefusal('openai', await refusalOf('openai', test.key, body), 403, 'provider_key_missing')
  await changeBehind('update provider_keys set sandbox = true where id = $1', [bound.id])
  expect((await world.post(paths.openai, test.key, body)).status).toBe(200)
  expectRefusal('openai', await refusalOf('openai', bound.key, body), 403, 'provider_key_missing')
})

test('a model without a known price is refused, until somebody sets one', async () => {
  const unknown = { ...body, model: 'openai/gpt-4o-mini-2024-07-18x' }
  const refusal = await refusalOf('openai', openai, unknown)
  expectRefusal('openai', refusal, 402, 'price_unknown')
  expect(refusal.headers.get('x-should-retry')).toBe('false')
  await world.api.root(prices.create, {
    body: {
      provider: 'openai',
      model: 'gpt-4o-mini-2024-07-18x',
      effective_from: '2020-01-01T00:00:00Z',
      per_million: { input: 1, output: 1 },
    },
  })
  // Now it is the provider that does not know it.
  const answer = await world.post(paths.openai, openai, unknown)
  expect({ status: answer.status, source: answer.headers.get('x-llm-error-source') }).toEqual({ status: 404, source: 'provider' })
})

test('a service tier whose price nobody knows is refused', async () => {
  expectRefusal('openai', await refusalOf('openai', openai, { ...body, service_tier: 'priority' }), 402, 'price_unknown')
  expect((await world.post(paths.openai, openai, { ...body, service_tier: 'auto' })).status).toBe(200)
})

test('a price that takes effect later is not known yet', async () => {
  await world.api.root(prices.create, {
    body: { provider: 'groq', model: 'llama-of-tomorrow', effective_from: '2999-01-01T00:00:00Z', per_million: { input: 1, output: 1 } },
  })
  const { key: groq } = await world.bound('groq', 'tomorrow')
  expectRefusal('openai', await refusalOf('openai', groq, { ...body, model: 'groq/llama-of-tomorrow' }), 402, 'price_unknown')
})

test.each(dialects)('%s: a budget without room is told with all its figures, and not to be tried again', async (dialect) => {
  const provider = dialect === 'openai' ? 'openai' : 'anthropic'
  const { key: limited } = await world.bound(provider, 'limited', { usage_limit: 0.000001 })
  const refusal = await refusalOf(dialect, limited, { ...body, model: dialect === 'openai' ? model : 'claude-haiku-4-5' })
  expectRefusal(dialect, refusal, 402, 'budget_exceeded')
  expect(refusal.error).toMatchObject({
    scope: 'provider_key',
    limit: 0.000001,
    used: 0,
    unit: 'usd',
    window: 'total',
    resets_at: null,
    type: 'billing_error',
  })
  expect(refusal.headers.get('x-should-retry')).toBe('false')
})

test('under a limit, input whose size nobody knows is refused', async () => {
  await world.price('openai', 'vision-of-somebody', { input: 1, output: 1 })
  const { key: limited } = await world.bound('openai', 'unbounded', { usage_limit: 1000 })
  const image = [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] }]
  expectRefusal(
    'openai',
    await refusalOf('openai', limited, { ...body, model: 'openai/vision-of-somebody', messages: image }),
    402,
    'input_unbounded',
  )
})

test.each(dialects)('%s: requests that are malformed', async (dialect) => {
  for (const wrong of [
    '{',
    '[]',
    '"text"',
    '',
    { ...body, model: undefined },
    { ...body, model: 7 },
    { ...body, stream: 'yes' },
    { ...body, max_tokens: 1.5 },
    { ...body, model: `openai/${'x'.repeat(300)}` },
    { ...body, model: 'openai/a\u0000b' },
  ]) {
    expectRefusal(dialect, await refusalOf(dialect, openai, wrong), 400, 'invalid_request')
  }
})

test('models to fall back on are not passed on', async () => {
  const refusal = await refusalOf('openai', openai, { ...body, models: ['openai/gpt-5.6'] })
  expectRefusal('openai', refusal, 400, 'invalid_request')
  expect(refusal.error.param).toBe('models')
})

test.each(dialects)('%s: what is no JSON, is compressed, or is too large', async (dialect) => {
  expectRefusal(dialect, await refusalOf(dialect, openai, body, { 'content-type': 'text/plain' }), 415, 'unsupported_media_type')
  expectRefusal(dialect, await refusalOf(dialect, openai, body, { 'content-encoding': 'gzip' }), 415, 'unsupported_media_type')
  const large = JSON.stringify({ ...body, messages: message('x'.repeat(32 * 1024 * 1024)) })
  expectRefusal(dialect, await refusalOf(dialect, openai, large), 413, 'request_too_large')
})

test.each([
  '/v1/chat/completions/',
  '/v1/../v1/chat/completions',
  '/v1//chat/completions',
  '/v1/Chat/completions',
  '/v1/chat%2fcompletions',
  '/v1/nothing',
  '/v1beta/models',
  '/openai/chat/completions',
])('nothing is at %s', async (path) => {
  const { status, body: text } = await rawPost(path)
  expect({ status, code: (JSON.parse(text) as { error: { code: string } }).error.code }).toEqual({ status: 404, code: 'not_found' })
})

test('a path is answered only to its own method', async () => {
  const answer = await fetch(`${world.api.origin}/v1/chat/completions`, { headers: { authorization: `Bearer ${openai}` } })
  expect(answer.status).toBe(405)
  expect(answer.headers.get('allow')).toBeTruthy()
})

test('no connection to the provider: nothing is charged', async () => {
  const { id, key: nowhere } = await world.bound('openai', 'nowhere', { base_url: `http://127.0.0.1:${await closedPort()}` })
  expectRefusal('openai', await refusalOf('openai', nowhere, body), 502, 'upstream_unreachable')
  expect((await world.events(id, 1))[0]).toMatchObject({
    outcome: 'error',
    error_source: 'provider',
    error_code: 'unreachable',
    cost_nanos: '0',
    unresolved: false,
  })
})

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A path exactly as written: `fetch` would tidy it up. */
async function rawPost(path: string): Promise<{ status: number; body: string }> {
  return await new Promise((resolve, reject) => {
    const call = request(
      world.api.origin,
      { method: 'POST', path, headers: { authorization: `Bearer ${openai}`, 'content-type': 'application/json' } },
      (answer) => {
        let text = ''
        answer
          .setEncoding('utf8')
          .on('data', (chunk: string) => (text += chunk))
          .on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }))
      },
    )
    call.on('error', reject)
    call.end(JSON.stringify(body))
  })
}
