import { prices } from '@llm-manager/contract/prices'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../../test/harness.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.close())

const body = {
  provider: 'openai',
  model: 'gpt-4o-mini',
  effective_from: '2026-01-01T00:00:00Z',
  per_million: { input: 0.15, output: 0.6 },
} as const

test('a platform administrator sets the installation’s price, an administrator their tenant’s', async () => {
  const [everybodys, ours] = [await api.root(prices.create, { body }), await api.admin(prices.create, { body })]
  expect(everybodys).toMatchObject({ ...body, effective_from: '2026-01-01T00:00:00.000Z', tenant_id: api.root.tenantId })
  expect(ours.tenant_id).toBe(api.admin.tenantId)
  const seen = async (actor: typeof api.admin) => (await actor(prices.list)).items.map((price) => price.id)
  expect(await seen(api.member)).toEqual([everybodys.id, ours.id])
  expect(await seen(api.stranger)).toEqual([everybodys.id])
  expect(await seen(api.root)).toEqual([everybodys.id, ours.id])
})

test('prices are kept as whole nano-dollars, to the last digit', async () => {
  const per_million = { input: 1_000_000_000, output: 0.000000001, cache_read: 0.075, reasoning: 0 }
  const made = await api.admin(prices.create, { body: { ...body, model: 'exact', per_million } })
  expect(made.per_million).toEqual(per_million)
  const [row] = await api.sql('select per_million_nanos from prices where id = $1', [made.id])
  expect(row?.per_million_nanos).toEqual({ input: '1000000000000000000', output: '1', cache_read: '75000000', reasoning: '0' })
})

test('a model has one price from one instant on', async () => {
  const again = { ...body, model: 'twice' }
  await api.admin(prices.create, { body: again })
  await expect(api.admin(prices.create, { body: { ...again, effective_from: '2026-01-01T00:00:00.000Z' } })).rejects.toMatchObject({
    status: 409,
    code: 'conflict',
    message: 'Já existe um preço deste modelo a partir deste instante',
  })
  await expect(api.stranger(prices.create, { body: again })).resolves.toBeDefined()
})

test('nobody sets the price of a tenant out of reach', async () => {
  const tenant_id = api.stranger.tenantId
  await expect(api.admin(prices.create, { body: { ...body, tenant_id } })).rejects.toMatchObject({
    status: 404,
    message: 'Tenant não encontrado',
  })
  await expect(api.member(prices.create, { body })).rejects.toMatchObject({ status: 403 })
  expect(await api.root(prices.create, { body: { ...body, tenant_id, model: 'by root' } })).toMatchObject({ tenant_id })
})

test('the list comes in pages and by provider, and its cursors only from us', async () => {
  const tenant = await api.newActor('admin', await api.newTenant('pro'))
  for (const model of ['a', 'b', 'c']) await tenant(prices.create, { body: { ...body, provider: 'groq', model } })
  const first = await tenant(prices.list, { query: { limit: 2, provider: 'groq' } })
  expect(first.items.map((price) => price.model)).toEqual(['a', 'b'])
  const second = await tenant(prices.list, { query: { limit: 2, provider: 'groq', cursor: first.next_cursor! } })
  expect([second.items.map((price) => price.model), second.next_cursor]).toEqual([['c'], null])
  await expect(tenant(prices.list, { query: { cursor: 'forged' } })).rejects.toMatchObject({ status: 400, code: 'invalid_input' })
})

test('each price is audited in the trail of the tenant it is for', async () => {
  const price = await api.root(prices.create, { body: { ...body, tenant_id: api.stranger.tenantId, model: 'audited' } })
  const rows = await api.sql('select tenant_id, actor_tenant_id, action, after from audit_events where subject_id = $1', [price.id])
  expect(rows).toMatchObject([
    {
      tenant_id: api.stranger.tenantId,
      actor_tenant_id: api.root.tenantId,
      action: 'price.created',
      after: { model: 'audited', per_million: { input: 0.15, output: 0.6 } },
    },
  ])
})
