import { prices } from '@llm-manager/contract/prices'
import { usage } from '@llm-manager/contract/usage'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '../../../../test/harness.ts'
import type { HeldLimit, SettledEvent } from '../events.record.ts'
import { openCharges, type Charges } from './charges.fixture.ts'

let world: Charges
let cost: HeldLimit
beforeAll(async () => {
  world = await openCharges()
  cost = await world.limit(world.api.admin.tenantId, 'cost')
})
afterAll(() => world.close())

/** $0.15 and $0.60: ten tokens in and five out, as every event here has, are 4500 nano-dollars. */
const cheap = { input: 0.15, output: 0.6 }
/** $0.30 and $0.60: 6000 nano-dollars. */
const dear = { input: 0.3, output: 0.6 }
const setPrice = (actor: Actor, model: string, per_million: { input: number; output: number }, effective_from = '2026-01-01T00:00:00Z') =>
  actor(prices.create, { body: { provider: 'openai', model, per_million, effective_from } })
const rerate = (model: string, apply: boolean, actor = world.api.root) =>
  actor(usage.rerate, { body: { from: '2026-01-01T00:00:00Z', to: '2026-12-01T00:00:00Z', model, apply } })
const posted = async () => Number(await world.one('select posted from limit_counters where limit_id = $1', [cost.limit_id]))
const settle = (model: string, change: Partial<SettledEvent> = {}) => world.settle({ model, limits: [cost], ...change })

test('what was charged by a mistaken price is shown, then corrected by the version in force at its instant, and once', async () => {
  const model = 'mistaken'
  await setPrice(world.api.admin, model, cheap)
  const [early, late, later] = [
    await settle(model, { admitted_at: '2026-10-31T23:59:59.999Z' }),
    await settle(model, { admitted_at: '2026-11-01T00:00:00.000Z' }),
    await settle(model),
  ]
  expect(await rerate(model, true)).toMatchObject({ items: [], unchanged: 3 })
  const version = await setPrice(world.api.admin, model, dear, '2026-11-01T00:00:00Z')
  const before = await posted()
  const differing = { provider: 'openai', model, requests: 2, old_cost: 0.000009, new_cost: 0.000012 }
  expect(await rerate(model, false)).toMatchObject({ applied: false, items: [differing], unchanged: 1, unknown: 0, kept: 0 })
  expect(await posted()).toBe(before)
  expect(await rerate(model, true)).toMatchObject({ applied: true, items: [differing], unchanged: 1 })
  expect(await posted()).toBe(before + 3_000)
  expect(await rerate(model, true)).toMatchObject({ items: [], unchanged: 3 })
  expect(await posted()).toBe(before + 3_000)
  const costs = await Promise.all([early, late, later].map(async (id) => (await world.api.admin(usage.event, { params: { id } })).cost))
  expect(costs).toEqual([0.0000045, 0.000006, 0.000006])
  const { corrections, charged } = await world.api.admin(usage.event, { params: { id: late } })
  expect([charged, corrections]).toMatchObject([0.0000045, [{ amount: 0.0000015, reason: 'price_changed' }]])
  expect(await world.one('select price from usage_corrections where event_id = $1', [late])).not.toBeNull()
  expect(await world.contradictions()).toEqual([])
  await expect(world.api.admin(prices.withdraw, { params: { id: version.id } })).rejects.toMatchObject({
    status: 409,
    message: 'Este preço já foi cobrado em requisições; defina um novo a partir de outro instante',
  })
  const trail = await world.api.sql("select tenant_id, after from audit_events where action = 'usage.rerated' order by at")
  expect(trail).toMatchObject([{ tenant_id: world.api.admin.tenantId, after: { requests: 2, amount: 0.000003 } }])
})

test('a price that charged a request stays', async () => {
  const price = await setPrice(world.api.root, 'used', cheap)
  const stored = { source: `price ${price.id}`, per_million_nanos: { input: '150000000', output: '600000000' } }
  await settle('used', { price: stored })
  await expect(world.api.root(prices.withdraw, { params: { id: price.id } })).rejects.toMatchObject({ status: 409, code: 'conflict' })
})

test('two at once, beside more calls, correct each request once', async () => {
  const model = 'crowded'
  await setPrice(world.api.admin, model, dear)
  await world.drain(Array.from({ length: 450 }, () => world.event({ model, limits: [cost] })))
  const before = await posted()
  const [first, second] = await Promise.all([
    rerate(model, true),
    rerate(model, true),
    ...Array.from({ length: 5 }, () => settle('another', { cost_nanos: '1' })),
  ])
  const corrected = [first, second].flatMap(({ items }) => items).reduce((sum, item) => sum + item.requests, 0)
  expect(corrected).toBe(450)
  expect(await posted()).toBe(before + 450 * 1_500 + 5)
  expect(
    await world.one('select count(*) from usage_corrections c join usage_events e on e.id = c.event_id where e.model = $1', [model]),
  ).toBe('450')
  expect(await world.contradictions()).toEqual([])
})

describe('which requests are rated again', () => {
  test('not those whose cost is not by tokens, or was settled by hand', async () => {
    const model = 'kept'
    await setPrice(world.api.root, model, dear)
    await settle(model, { price: { source: 'provider', per_million_nanos: {} } })
    await settle(model, { unresolved: true, tokens_input: 0, tokens_output: 0, cost_nanos: '9000' })
    await settle(model, { price: { source: 'ceiling', special: true, per_million_nanos: {} } })
    const id = await settle(model)
    await world.api.root(usage.correct, { body: { event_id: id, cost: 0.000001, reason: 'invoice' } })
    await settle(model, { outcome: 'error', tokens_input: 0, tokens_output: 0, cost_nanos: '0' })
    expect(await rerate(model, true)).toMatchObject({ items: [], kept: 4, unchanged: 1, unknown: 0 })
  })

  test('those charged at a ceiling, or not at all, once their price is known', async () => {
    const model = 'ceiling'
    const ceiling = { source: 'ceiling', per_million_nanos: { input: '15000000000', output: '75000000000' } }
    const [id] = [
      await settle(model, { price: ceiling, cost_nanos: '525000', estimated: true }),
      await settle(model, { cost_nanos: null, price: null }),
    ]
    expect(await rerate(model, true)).toMatchObject({ items: [], unknown: 2 })
    await setPrice(world.api.root, model, cheap)
    expect(await rerate(model, true)).toMatchObject({ items: [{ requests: 2, old_cost: 0.000525, new_cost: 0.000009 }] })
    const told = await world.api.root(usage.event, { params: { id } })
    expect(told).toMatchObject({ cost: 0.0000045, corrections: [{ amount: -0.0005205, reason: 'price_was_unknown' }] })
    expect(await world.contradictions()).toEqual([])
  })

  test('by the tier that their tokens reach', async () => {
    const id = await settle('gpt-5.4', { tokens_input: 272_000, tokens_output: 10, cost_nanos: '680150000' })
    await rerate('gpt-5.4', true)
    const told = await world.api.root(usage.event, { params: { id } })
    // $5 and $22.50: 272000×5000 + 10×22500
    expect(told.cost).toBe(1.360225)
  })

  test('with the web searches that were charged besides their tokens', async () => {
    const price = { source: '@pydantic/genai-prices 0.1.8', web_searches: 2, per_million_nanos: {} }
    const id = await settle('claude-haiku-4-5', { provider: 'anthropic', price, cost_nanos: '20000000' })
    await rerate('claude-haiku-4-5', true)
    // $1 and $5 a million tokens, $10 a thousand searches: 10×1000 + 5×5000 + 2×10000000
    expect((await world.api.root(usage.event, { params: { id } })).cost).toBe(0.020035)
  })

  test('by the prices of whoever was billed', async () => {
    const model = 'gpt-4o-mini'
    await setPrice(world.api.admin, model, dear)
    await settle(model)
    await settle(model, { provider_key_tenant_id: world.api.root.tenantId })
    expect(await rerate(model, false)).toMatchObject({ items: [{ requests: 1, new_cost: 0.000006 }], unchanged: 1 })
  })

  test('an Azure deployment by its model alone, never by its name', async () => {
    const azure = { provider: 'azure', cost_nanos: '1' } as const
    const all = { input: '1', output: '1' }
    await settle('gpt-4o-2024-11-20', { ...azure, price: { source: 'ceiling', per_million_nanos: all } })
    expect(await rerate('gpt-4o-2024-11-20', false)).toMatchObject({ items: [], unknown: 1 })
    await settle('gpt-4o', {
      ...azure,
      price: { source: '@pydantic/genai-prices 0.1.0', model: 'gpt-4o-2024-05-13', per_million_nanos: all },
    })
    // The model that was found serving: $5 and $15.
    expect(await rerate('gpt-4o', false)).toMatchObject({ items: [{ requests: 1, new_cost: 0.000125 }] })
  })

  test('by an administrator those of their tenant that were billed to its own keys', async () => {
    const model = 'reach'
    await setPrice(world.api.root, model, dear)
    await settle(model)
    await settle(model, { provider_key_tenant_id: world.api.root.tenantId })
    await settle(model, { tenant_id: world.api.stranger.tenantId, provider_key_tenant_id: world.api.stranger.tenantId, limits: [] })
    expect(await rerate(model, false)).toMatchObject({ items: [{ requests: 3 }] })
    expect(await rerate(model, true, world.api.admin)).toMatchObject({ items: [{ requests: 1 }], unchanged: 0 })
    const { tenantId } = world.api.stranger
    await expect(
      world.api.admin(usage.rerate, { body: { from: '2026-01-01T00:00:00Z', to: '2026-12-01T00:00:00Z', tenant_id: tenantId } }),
    ).rejects.toMatchObject({ status: 404 })
    await expect(rerate(model, true, world.api.member)).rejects.toMatchObject({ status: 403 })
    await expect(rerate(model, true, await world.api.newActor('admin', world.api.root.tenantId))).rejects.toMatchObject({ status: 403 })
  })
})
