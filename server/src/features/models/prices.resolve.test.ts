import { prices } from '@llm-manager/contract/prices'
import { tenants } from '@llm-manager/contract/tenants'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type Actor, type TestApi } from '../../../test/harness.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.close())

const body = { provider: 'openai', effective_from: '2026-01-01T00:00:00Z', per_million: { input: 1, output: 2 } } as const
const priceAt = async (actor: Actor, model: string, at: string, more: { tenant_id?: string } = {}) =>
  await actor(prices.resolve, { query: { provider: 'openai', model, at, ...more } })

describe('which price is in force', () => {
  test("the tenant's own from its instant on, before it the installation's, before that the catalogue's", async () => {
    const model = 'gpt-4o-mini'
    const everybodys = await api.root(prices.create, { body: { ...body, model } })
    const ours = await api.admin(prices.create, { body: { ...body, model, effective_from: '2026-06-01T00:00:00Z' } })
    const at = async (actor: Actor, instant: string) => {
      const { from, price_id, source, effective_from } = await priceAt(actor, model, instant)
      return [from, price_id, source, effective_from]
    }
    expect(await at(api.member, '2025-12-31T23:59:59.999Z')).toEqual(['catalogue', null, '@pydantic/genai-prices 0.1.8', null])
    expect(await at(api.member, '2026-01-01T00:00:00Z')).toEqual([
      'installation',
      everybodys.id,
      `price ${everybodys.id}`,
      '2026-01-01T00:00:00.000Z',
    ])
    expect(await at(api.member, '2026-06-01T00:00:00Z')).toEqual(['tenant', ours.id, `price ${ours.id}`, '2026-06-01T00:00:00.000Z'])
    expect((await at(api.stranger, '2026-06-01T00:00:00Z'))[0]).toBe('installation')
    expect((await at(api.root, '2026-06-01T00:00:00Z'))[0]).toBe('installation')
  })

  test('the prices of the catalogue with their tiers, by its own name of the model', async () => {
    expect(await priceAt(api.member, 'gpt-5.6', '2026-11-22T12:00:00Z')).toMatchObject({
      from: 'catalogue',
      catalogue_model: 'gpt-5.6-sol',
      per_million: { input: 4, cache_read: 0.4, cache_write: 5, output: 20 },
      tiers: [{ from_input_tokens: 272_000, per_million: { input: 8, cache_read: 0.8, cache_write: 10, output: 30 } }],
      unknown: null,
    })
  })

  test('unknown, and why', async () => {
    const unknown = async (provider: 'anthropic' | 'openai', model: string) => {
      const found = await api.member(prices.resolve, { query: { provider, model } })
      return [found.from, found.per_million, found.unknown, found.unknown_policy]
    }
    expect(await unknown('anthropic', 'claude-sonnet-5-5')).toEqual([
      null,
      null,
      { reason: 'only_similar', similar_to: 'claude-sonnet-5' },
      'refuse',
    ])
    expect(await unknown('openai', 'no-such')).toEqual([null, null, { reason: 'not_in_catalogue', similar_to: null }, 'refuse'])
  })

  test("of another tenant only for those who reach it, with that tenant's policy", async () => {
    const tenant_id = api.admin.tenantId
    const unknown_price = { policy: 'ceiling', per_million: { input: 10, output: 50 } } as const
    await api.root(tenants.change, { params: { id: tenant_id }, body: { settings: { unknown_price } } })
    expect((await priceAt(api.root, 'no-such', '2026-01-01T00:00:00Z', { tenant_id })).unknown_policy).toBe('ceiling')
    await expect(priceAt(api.stranger, 'no-such', '2026-01-01T00:00:00Z', { tenant_id })).rejects.toMatchObject({ status: 404 })
  })

  test("google's two spellings of a model are one", async () => {
    const made = await api.root(prices.create, { body: { ...body, provider: 'google', model: 'models/gemini-9' } })
    expect(made.model).toBe('gemini-9')
    const found = await api.member(prices.resolve, { query: { provider: 'google', model: 'models/gemini-9' } })
    expect([found.model, found.price_id]).toEqual(['gemini-9', made.id])
  })
})

describe('a mistaken price can be taken back', () => {
  test('before it takes effect, and after it as long as nothing was charged by it', async () => {
    const model = 'mistaken'
    const right = await api.admin(prices.create, { body: { ...body, model } })
    const wrong = await api.admin(prices.create, { body: { ...body, model, effective_from: '2026-02-01T00:00:00Z' } })
    const future = await api.admin(prices.create, { body: { ...body, model, effective_from: '2099-01-01T00:00:00Z' } })
    await api.admin(prices.withdraw, { params: { id: wrong.id } })
    await api.admin(prices.withdraw, { params: { id: future.id } })
    expect((await priceAt(api.admin, model, '2100-01-01T00:00:00Z')).price_id).toBe(right.id)
    expect((await api.admin(prices.list, { query: { limit: 200 } })).items.filter((price) => price.model === model)).toHaveLength(1)
    await expect(api.admin(prices.withdraw, { params: { id: wrong.id } })).rejects.toMatchObject({
      status: 404,
      message: 'Preço não encontrado',
    })
    const again = await api.admin(prices.create, { body: { ...body, model, effective_from: '2026-02-01T00:00:00Z' } })
    expect((await priceAt(api.admin, model, '2100-01-01T00:00:00Z')).price_id).toBe(again.id)
    const trail = await api.sql("select before from audit_events where action = 'price.withdrawn' and subject_id = $1", [wrong.id])
    expect(trail).toMatchObject([{ before: { model, per_million: { input: 1, output: 2 } } }])
  })

  test('nobody takes back what is out of their reach', async () => {
    const ours = await api.admin(prices.create, { body: { ...body, model: 'reach' } })
    const everybodys = await api.root(prices.create, { body: { ...body, model: 'reach' } })
    const refused = { status: 404, message: 'Preço não encontrado' }
    await expect(api.stranger(prices.withdraw, { params: { id: ours.id } })).rejects.toMatchObject(refused)
    await expect(api.admin(prices.withdraw, { params: { id: everybodys.id } })).rejects.toMatchObject(refused)
    await expect(api.admin(prices.withdraw, { params: { id: 'nonsense' } })).rejects.toMatchObject(refused)
    await expect(api.member(prices.withdraw, { params: { id: ours.id } })).rejects.toMatchObject({ status: 403 })
    await api.root(prices.withdraw, { params: { id: ours.id } })
  })
})
