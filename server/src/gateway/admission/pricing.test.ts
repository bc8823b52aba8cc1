import type { Sent } from '@llm-manager/contract/endpoint'
import { prices } from '@llm-manager/contract/prices'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { tenants } from '@llm-manager/contract/tenants'
import { usage } from '@llm-manager/contract/usage'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '../../../test/harness.ts'
import { message, openWorld, type EventRow, type World } from '../test-kit.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

/** 26 bytes of text: the simulator counts 7 + 3 = 10 tokens in, and answers ten words: 10 tokens out. */
const messages = message('exactly so 13 [[words=10]]')
const ceiling = { policy: 'ceiling', per_million: { input: 10, output: 50 } } as const

type Tenant = { admin: Actor; key: string }
type StoredEvent = EventRow & { tokens_input: string; price: { source: string; model?: string } }

/** The administrator of a new tenant, with the secret of an access key. */
async function newTenant(access: { models?: string[] } = {}): Promise<Tenant> {
  const admin = await world.api.newActor('admin', await world.api.newTenant('enterprise'))
  return { admin, key: (await world.accessKey(admin, access)).key }
}

let count = 0
async function azureKey(actor: Actor, options: { deployment?: string; model?: string }): Promise<string> {
  const api_key = `sk-sim-azure-abcdefghijklmnop-9${String(++count).padStart(3, '0')}`
  return (await actor(systemKeys.create, { body: { provider: 'azure', api_key, validate: false, options } })).id
}

const call = (key: string, model: string, more: object = {}) => world.post('/v1/chat/completions', key, { model, messages, ...more })
async function answerOf(key: string, model: string, more: object = {}): Promise<[status: number, code: string | undefined]> {
  const response = await call(key, model, more)
  return [response.status, ((await response.json()) as { error?: { code: string } }).error?.code]
}
const choose = (tenantId: string, settings: NonNullable<Sent<typeof tenants.change>['body']['settings']>) =>
  world.api.root(tenants.change, { params: { id: tenantId }, body: { settings } })
const eventsOf = async (keyId: string, wanted: number) => (await world.events(keyId, wanted)) as StoredEvent[]

describe('a call whose price nobody knows', () => {
  test('is refused, until the tenant whose key is billed chooses a ceiling: by that it is reserved, charged and flagged', async () => {
    const { admin, key } = await newTenant()
    const id = await azureKey(admin, { deployment: 'prod' })
    expect(await answerOf(key, 'azure/prod')).toEqual([402, 'price_unknown'])
    await choose(admin.tenantId, { unknown_price: ceiling })
    const request = { model: 'azure/prod', max_tokens: 100, messages }
    const answered = await world.post('/v1/chat/completions', key, request)
    expect(answered.status).toBe(200)
    // $10 and $50: 10×10000 + 10×50000
    expect(answered.headers.get('x-llm-cost')).toBe('0.0006')
    const [event] = await eventsOf(id, 1)
    // A byte a token, 64 for what templates add: (bytes + 64)×10000 + 100×50000
    const reserved = (Buffer.byteLength(JSON.stringify(request)) + 64) * 10_000 + 100 * 50_000
    expect(event).toMatchObject({ cost_nanos: '600000', reserved_nanos: String(reserved), estimated: true, model: 'prod' })
    expect(event?.price.source).toBe('ceiling')
    await choose(admin.tenantId, { unknown_price: { policy: 'refuse' } })
    expect(await answerOf(key, 'azure/prod')).toEqual([402, 'price_unknown'])
  })

  test("stays refused on the installation's keys, whatever the calling tenant chose", async () => {
    const { admin, key } = await newTenant()
    const { id } = await world.systemKey('openrouter', 'everybodys')
    const model = 'openrouter/openai/text-embedding-3-small'
    const embed = () => world.post('/v1/embeddings', key, { model, input: 'four' })
    await choose(admin.tenantId, { unknown_price: ceiling })
    expect((await embed()).status).toBe(402)
    await choose(world.api.root.tenantId, { unknown_price: ceiling })
    const answered = await embed()
    expect(answered.status).toBe(200)
    // One token at the installation's $10 a million.
    expect(answered.headers.get('x-llm-cost')).toBe('0.00001')
    expect((await eventsOf(id, 1))[0]).toMatchObject({ cost_nanos: '10000', estimated: true, price: { source: 'ceiling' } })
    await choose(world.api.root.tenantId, { unknown_price: { policy: 'refuse' } })
  })

  test('in another way of serving costs no less than in the usual one', async () => {
    const { admin, key } = await newTenant()
    const { id } = await world.keyOf(admin, 'openai', 'system')
    const priority = { service_tier: 'priority' }
    expect(await answerOf(key, 'openai/gpt-4o-mini', priority)).toEqual([402, 'price_unknown'])
    await choose(admin.tenantId, { unknown_price: { policy: 'ceiling', per_million: { input: 0.01, output: 1 } } })
    expect((await call(key, 'openai/gpt-4o-mini', priority)).status).toBe(200)
    const [event] = await eventsOf(id, 1)
    // Input at the known $0.15, since the ceiling is below; output at the ceiling's $1: 10×150 + 10×1000
    expect(event).toMatchObject({ cost_nanos: '11500', estimated: true, price: { source: 'ceiling', special: true } })
  })

  test('is charged what its provider says it cost, where it does', async () => {
    const { admin, key } = await newTenant()
    const { id } = await world.keyOf(admin, 'openrouter', 'system')
    await choose(admin.tenantId, { unknown_price: ceiling })
    expect((await call(key, 'openrouter/openai/gpt-4o-mini', { service_tier: 'priority' })).status).toBe(200)
    const [event] = await eventsOf(id, 1)
    expect(event).toMatchObject({ cost_nanos: '7500', estimated: false, price: { source: 'provider' } })
    expect(Number(event?.reserved_nanos)).toBeGreaterThan(500_000)
  })

  test('in a tier that costs less, by nobody knows how much, is charged in full and flagged', async () => {
    const { admin, key } = await newTenant()
    const { id } = await world.keyOf(admin, 'openai', 'system')
    expect((await call(key, 'openai/gpt-4o-mini', { service_tier: 'flex' })).status).toBe(200)
    expect((await eventsOf(id, 1))[0]).toMatchObject({ cost_nanos: '7500', estimated: true })
  })
})

describe('a key that leads to one Azure deployment', () => {
  test('is priced, recorded and found by the model behind it, under its name or the deployment’s', async () => {
    const { admin, key } = await newTenant()
    const id = await azureKey(admin, { deployment: 'eu-gpt-5-mini', model: 'gpt-5-mini' })
    for (const name of ['azure/gpt-5-mini', 'azure/eu-gpt-5-mini', 'azure/EU-GPT-5-mini', 'gpt-5-mini', 'eu-gpt-5-mini']) {
      const answered = await call(key, name)
      // $0.25 and $2: 10×250 + 10×2000
      expect([name, answered.status, answered.headers.get('x-llm-cost')]).toEqual([name, 200, '0.0000225'])
    }
    const events = await eventsOf(id, 5)
    expect(events.map(({ model, cost_nanos }) => [model, cost_nanos])).toEqual(Array.from({ length: 5 }, () => ['gpt-5-mini', '22500']))
    const listed = (await (await fetch(`${world.api.origin}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).json()) as {
      data: { id: string }[]
    }
    expect(listed.data.map((each) => each.id).filter((name) => name.includes('azure'))).toEqual(['azure/gpt-5-mini'])
  })

  test('is not called by the name of another model, that may be cheaper or allowed', async () => {
    const { admin, key } = await newTenant()
    await azureKey(admin, { deployment: 'eu-gpt-5-mini', model: 'gpt-5-mini' })
    expect(await answerOf(key, 'azure/gpt-4o-mini')).toEqual([404, 'model_not_found'])
    const allowed = async (models: string[], name: string) => (await answerOf((await world.accessKey(admin, { models })).key, name))[0]
    expect(await allowed(['gpt-4o-mini', 'azure/gpt-4o-mini'], 'azure/gpt-4o-mini')).toBe(403)
    expect(await allowed(['eu-gpt-5-mini', 'azure/eu-gpt-5-mini'], 'azure/eu-gpt-5-mini')).toBe(403)
    expect(await allowed(['gpt-5-mini'], 'azure/eu-gpt-5-mini')).toBe(200)
    expect(await allowed(['azure/gpt-5-mini'], 'gpt-5-mini')).toBe(200)
  })

  test('has no known price while nobody says which model is behind it, whatever the deployment is called', async () => {
    const { admin, key } = await newTenant()
    const id = await azureKey(admin, { deployment: 'gpt-4o-mini' })
    expect(await answerOf(key, 'azure/gpt-4o-mini')).toEqual([402, 'price_unknown'])
    const bare = await world.accessKey(admin, { models: ['gpt-4o-mini'] })
    expect(await answerOf(bare.key, 'azure/gpt-4o-mini')).toEqual([403, 'model_not_allowed'])
    const per_million = { input: 1, output: 2 }
    await admin(prices.create, { body: { provider: 'azure', model: 'gpt-4o-mini', effective_from: '2026-01-01T00:00:00Z', per_million } })
    expect((await call(key, 'azure/gpt-4o-mini')).headers.get('x-llm-cost')).toBe('0.00003')
    expect((await eventsOf(id, 1))[0]).toMatchObject({ model: 'gpt-4o-mini', estimated: false })
    await admin(systemKeys.change, { params: { id }, body: { options: { deployment: 'gpt-4o-mini', model: 'gpt-5-mini' } } })
    expect((await call(key, 'azure/gpt-5-mini')).status).toBe(200)
  })

  test('is one of several that the name chooses from', async () => {
    const { admin, key } = await newTenant()
    const small = await azureKey(admin, { deployment: 'one-gpt-4o-mini', model: 'gpt-4o-mini' })
    const large = await azureKey(admin, { deployment: 'two-gpt-5-mini', model: 'gpt-5-mini' })
    for (const name of ['azure/gpt-5-mini', 'azure/gpt-4o-mini', 'two-gpt-5-mini']) expect((await call(key, name)).status).toBe(200)
    expect((await eventsOf(small, 1)).map(({ model }) => model)).toEqual(['gpt-4o-mini'])
    expect((await eventsOf(large, 2)).map(({ model }) => model)).toEqual(['gpt-5-mini', 'gpt-5-mini'])
  })

  test('is charged by the model that the answer names, should that be another than was said', async () => {
    const { admin, key } = await newTenant()
    const id = await azureKey(admin, { deployment: 'router-gpt-4o-mini', model: 'gpt-4o' })
    // Reserved at $2.50 and $10, charged at the $0.15 and $0.60 of what really served: 10×150 + 10×600
    expect((await call(key, 'azure/gpt-4o', { max_tokens: 10 })).headers.get('x-llm-cost')).toBe('0.0000075')
    const [event] = await eventsOf(id, 1)
    expect(event).toMatchObject({ model: 'gpt-4o', cost_nanos: '7500', price: { model: 'gpt-4o-mini' } })
    expect(Number(event?.reserved_nanos)).toBeGreaterThan(100_000)
  })

  test.each([
    [{ model: 'gpt-4o' }, { path: 'options.deployment', reason: 'campo obrigatório' }],
    [{ deployment: 'd', model: 'with a blank' }, { path: 'options.model' }],
    [{ deployment: 'd', model: '' }, { path: 'options.model' }],
  ])('is not described by %o', async (options, error) => {
    await expect(azureKey(world.api.admin, options)).rejects.toMatchObject({ status: 400, errors: [error] })
  })
})

describe('versions of a price', () => {
  test('count from their instant on, and no longer once they are taken back', async () => {
    const { admin, key } = await newTenant()
    const { id } = await world.keyOf(admin, 'openai', 'system')
    const version = async (effective_from: string, input: number) =>
      (
        await admin(prices.create, {
          body: { provider: 'openai', model: 'gpt-4o-mini', effective_from, per_million: { input, output: 0 } },
        })
      ).id
    const costOf = async () => (await call(key, 'openai/gpt-4o-mini')).headers.get('x-llm-cost')
    expect(await costOf()).toBe('0.0000075')
    await version('2026-01-01T00:00:00Z', 1)
    await version('2099-01-01T00:00:00Z', 100)
    expect(await costOf()).toBe('0.00001')
    const newest = await version('2026-02-01T00:00:00Z', 3)
    await admin(prices.withdraw, { params: { id: newest } })
    expect(await costOf()).toBe('0.00001')
    const next = await version('2026-02-01T00:00:00Z', 2)
    expect(await costOf()).toBe('0.00002')
    await eventsOf(id, 4)
    await expect(admin(prices.withdraw, { params: { id: next } })).rejects.toMatchObject({ status: 409 })
  })
})

describe('a charge is explained', () => {
  test('by lines, price, reported usage, reservation and limits, and found by the request id that the caller was told', async () => {
    const { admin, key } = await newTenant()
    const { id: keyId } = await world.keyOf(admin, 'openai', 'system')
    const answered = await call(key, 'openai/gpt-5.6')
    const request_id = answered.headers.get('x-request-id')!
    const [event] = await eventsOf(keyId, 1)
    const found = await admin(usage.events, { query: { request_id } })
    expect(found.items.map((item) => item.id)).toEqual([event?.id])
    const told = await admin(usage.event, { params: { id: event!.id } })
    // $4 and $20: 10×4000 + 10×20000
    expect(told).toMatchObject({
      cost: 0.00024,
      charged: 0.00024,
      lines: [
        { bucket: 'input', tokens: 10, usd_per_million: 4, cost: 0.00004 },
        { bucket: 'output', tokens: 10, usd_per_million: 20, cost: 0.0002 },
      ],
      price: { kind: 'catalogue', version: '0.1.8', model: 'gpt-5.6-sol', price_id: null },
      raw_usage: { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 },
      reserved: Number(event!.reserved_nanos) / 1e9,
      limits: [
        { subject_type: 'provider_key', metric: 'cost', window: 'total', window_start: '1970-01-01T00:00:00.000Z', posted: 0.00024 },
      ],
      corrections: [],
    })
  })

  test('also where it failed', async () => {
    const { admin, key } = await newTenant()
    const { id } = await world.keyOf(admin, 'openai', 'system')
    const failed = await world.post('/v1/chat/completions', key, { model: 'openai/gpt-4o-mini', messages: message('no [[status=500]]') })
    await eventsOf(id, 1)
    const { items } = await admin(usage.events, { query: { request_id: failed.headers.get('x-request-id')! } })
    expect(items).toMatchObject([{ outcome: 'error', http_status: 500, cost: 0 }])
    expect((await admin(usage.event, { params: { id: items[0]!.id } })).lines).toEqual([])
    expect((await world.api.stranger(usage.events, { query: { request_id: failed.headers.get('x-request-id')! } })).items).toEqual([])
  })

  test('where the provider told the cost itself', async () => {
    const { admin, key } = await newTenant()
    const { id } = await world.keyOf(admin, 'openrouter', 'system')
    expect((await call(key, 'openrouter/openai/gpt-4o-mini')).status).toBe(200)
    const [event] = await eventsOf(id, 1)
    expect(await admin(usage.event, { params: { id: event!.id } })).toMatchObject({
      cost: 0.0000075,
      lines: [{ bucket: 'provider', tokens: 20, usd_per_million: null, cost: 0.0000075 }],
      price_source: 'provider',
      price: { kind: 'provider' },
      raw_usage: { cost: 0.0000075 },
    })
  })
})

test("a tenant's own default caps an answer where nothing is known of the model", async () => {
  const { admin, key } = await newTenant()
  const { id } = await world.keyOf(admin, 'ollama', 'system')
  const per_million = { input: 0, output: 1 }
  await admin(prices.create, { body: { provider: 'ollama', model: 'llama3.2', effective_from: '2026-01-01T00:00:00Z', per_million } })
  expect((await call(key, 'ollama/llama3.2')).status).toBe(200)
  await choose(admin.tenantId, { output_cap_default: 300 })
  expect((await call(key, 'ollama/llama3.2')).status).toBe(200)
  expect((await eventsOf(id, 2)).map((event) => event.reserved_nanos)).toEqual(['4096000', '300000'])
})
