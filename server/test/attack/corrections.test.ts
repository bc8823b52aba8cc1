import { prices } from '@llm-manager/contract/prices'
import { quotas } from '@llm-manager/contract/quotas'
import { usage } from '@llm-manager/contract/usage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { message, openWorld, type World } from '../../src/gateway/test-kit.ts'

/** Attempts to spend again what was spent, and to hold up the corrections of others, by one's own charges. */

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

test('charges corrected beyond all bounds and back make no room in a limit from above', { timeout: 60_000 }, async () => {
  const { root, stranger, sql } = world.api
  const limited = { subject_type: 'tenant', subject_id: stranger.tenantId, metric: 'cost', window: 'total' } as const
  const { id } = await root(quotas.create, { body: { ...limited, amount: 1 } })
  const own = await world.keyOf(stranger, 'openai', 'system')
  const { key } = await world.accessKey(stranger)
  const call = () => world.post('/v1/chat/completions', key, { model: 'openai/gpt-4o-mini', max_tokens: 5, messages: message('hi') })
  for (let calls = 0; calls < 12; calls++) expect((await call()).status).toBe(200)
  await world.events(own.id, 12)
  const events = await sql<{ id: string }>('select id from usage_events where provider_key_id = $1', [own.id])
  // A billion dollars for each is more together than an account holds; then nothing for each.
  for (const cost of [1_000_000_000, 0])
    for (const event of events) await stranger(usage.correct, { body: { event_id: event.id, cost, reason: 'other' } })
  const [counter] = await sql<{ posted: bigint }>('select posted from limit_counters where limit_id = $1', [id])
  expect(Number(counter?.posted)).toBeGreaterThanOrEqual(0)
  expect((await root(quotas.get, { params: { id } })).used).toBeGreaterThanOrEqual(0)
  await root(quotas.remove, { params: { id } })
})

test('an absurd price of one tenant’s own does not keep the platform from rating anybody again', async () => {
  const { root, stranger, sql } = world.api
  const { key } = await world.accessKey(stranger)
  expect((await world.post('/v1/chat/completions', key, { model: 'openai/gpt-4o-mini', messages: message('hi') })).status).toBe(200)
  await expect.poll(async () => (await sql('select 1 from usage_events')).length).toBe(13)
  await sql('update usage_events set tokens_input = 900000000 where tenant_id = $1', [stranger.tenantId])
  const per_million = { input: 1_000_000_000, output: 1_000_000_000 }
  const effective_from = '2020-01-01T00:00:00Z'
  await stranger(prices.create, { body: { provider: 'openai', model: 'gpt-4o-mini', effective_from, per_million } })
  const day = { from: new Date(Date.now() - 86_400_000).toISOString(), to: new Date(Date.now() + 60_000).toISOString() }
  await expect(root(usage.rerate, { body: { ...day, apply: true } })).resolves.toBeDefined()
})
