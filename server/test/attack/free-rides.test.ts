import { prices } from '@llm-manager/contract/prices'
import { usage } from '@llm-manager/contract/usage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { message, openWorld, type World } from '../../src/gateway/test-kit.ts'

/** Attempts to have calls paid by others, or to see what is theirs. */

let world: World

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const free = { input: 0, output: 0 }
const effective_from = '2020-01-01T00:00:00Z'

test('a tenant’s own price does not make the installation’s keys cheaper for it', async () => {
  const { api } = world
  const key = await world.systemKey('mistral', 'shared')
  const model = 'mistral-large-latest'
  for (const name of [model, 'of-our-own'])
    await api.stranger(prices.create, { body: { provider: 'mistral', model: name, effective_from, per_million: free } })
  const { key: access } = await world.accessKey(api.stranger)
  const call = (name: string) => world.post('/v1/chat/completions', access, { model: `mistral/${name}`, messages: message('hi') })
  const first = await call(model)
  expect(first.status).toBe(200)
  expect(Number(first.headers.get('x-llm-cost'))).toBeGreaterThan(0)
  const [event] = await world.events(key.id, 1)
  expect(BigInt(event!.cost_nanos)).toBe(BigInt(key.billed()[0]!.cost_nanos))
  expect((await call('of-our-own')).status).toBe(402)
  // On a key of its own the tenant's price is the price.
  await world.keyOf(api.stranger, 'mistral', 'system')
  expect((await call(model)).headers.get('x-llm-cost')).toBe('0')
})

test('the names of the installation’s keys are not told to the tenants that they serve', async () => {
  const { api } = world
  const key = await world.systemKey('groq', 'named')
  await api.sql("update provider_keys set name = 'Board account 4711' where id = $1", [key.id])
  const { key: access } = await world.accessKey(api.admin)
  await world.post('/v1/chat/completions', access, { model: 'groq/llama-3.1-8b-instant', messages: message('hi') })
  await world.events(key.id, 1)
  const query = { group_by: 'provider_key' as const }
  const ofTenant = await api.admin(usage.breakdown, { query })
  expect(ofTenant.items.map(({ group, name }) => ({ group, name }))).toEqual([{ group: key.id, name: null }])
  const ofAll = await api.root(usage.breakdown, { query })
  expect(ofAll.items.find(({ group }) => group === key.id)?.name).toBe('Board account 4711')
})

test('a way of serving that costs more than the price says is refused', async () => {
  const { key } = await world.bound('anthropic', 'fast')
  const call = (more: object) =>
    world.post('/v1/messages', key, { model: 'anthropic/claude-haiku-4-5', max_tokens: 10, messages: message('hi'), ...more })
  for (const [param, more] of [
    ['speed', { speed: 'fast' }],
    ['speed', { speed: ['fast'] }],
    ['inference_geo', { inference_geo: 'us' }],
  ] as const) {
    const response = await call(more)
    expect(response.status, param).toBe(402)
    expect(await response.json()).toMatchObject({ error: { code: 'price_unknown' } })
  }
  expect((await call({ Speed: 'fast' })).status).toBe(400)
  expect((await call({ speed: 'standard', inference_geo: 'global' })).status).toBe(200)
})

test('a request in any encoding but UTF-8 is refused: whoever reads it so could read another one', async () => {
  const { key } = await world.accessKey(world.api.admin)
  const body = { model: 'groq/llama-3.1-8b-instant', messages: message('hi') }
  const statusOf = async (type: string) => (await world.post('/v1/chat/completions', key, body, { 'content-type': type })).status
  for (const type of [
    'application/json; charset=utf-7',
    'application/json;charset=cp037',
    'application/json; charset=utf-8; charset=utf-7',
  ])
    expect(await statusOf(type), type).toBe(415)
  for (const type of ['application/json', 'Application/JSON; charset=UTF-8', 'application/json;charset="utf-8"', 'application/json;'])
    expect(await statusOf(type), type).toBe(200)
})

test('a cursor from before all time is refused, not a failure', async () => {
  const { api } = world
  for (const time of ['-271821-04-20T00:00:00.000Z', '+275760-09-13T00:00:00.000Z', '0000-01-01T00:00:00.000Z']) {
    const cursor = Buffer.from(`${time} 01890000-0000-7000-8000-000000000000`).toString('base64url')
    expect((await api.fetch(`/api/usage/events?cursor=${cursor}`, { as: api.admin })).status, time).toBe(400)
  }
})

test('what comes through a proxy on this machine is not from this machine: it gets no metrics', async () => {
  const { api } = world
  expect((await api.fetch('/metrics')).status).toBe(200)
  for (const header of ['x-forwarded-for', 'forwarded', 'via'])
    expect((await api.fetch('/metrics', { headers: { [header]: '192.0.2.1' } })).status, header).toBe(401)
})
