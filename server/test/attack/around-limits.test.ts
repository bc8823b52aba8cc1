import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { quotas } from '@llm-manager/contract/quotas'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { userKeys } from '@llm-manager/contract/user-keys'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { message, openWorld, type World } from '../../src/gateway/test-kit.ts'

/** Attempts to spend past a limit, to use up what is others', and to hold up the calls of others by limits. */

let world: World
let provider: Server
let origin: string
let usage: object
let asked: string[] = []

beforeAll(async () => {
  provider = createServer((req, res) => {
    let body = ''
    req
      .on('data', (chunk) => (body += chunk))
      .on('end', () => {
        asked.push((JSON.parse(body) as { model: string }).model)
        answer(res)
      })
  })
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  world = await openWorld({ EGRESS_ALLOW: '127.0.0.1' })
  for (const actor of [world.api.admin, world.api.stranger])
    await actor(systemKeys.create, { body: { provider: 'ollama', base_url: origin, validate: false } })
})
afterAll(async () => {
  await world.close()
  provider.closeAllConnections()
  provider.close()
})

function answer(res: ServerResponse): void {
  res.setHeader('content-type', 'application/json')
  res.end(JSON.stringify({ choices: [{ message: { role: 'assistant', content: 'hi' } }], usage }))
}

const call = async (key: string, model: string): Promise<number> =>
  (await world.post('/v1/chat/completions', key, { model, max_tokens: 5, messages: message('hi') })).status

test('a limit on a model holds for every spelling of its name', async () => {
  const { admin } = world.api
  usage = { prompt_tokens: 3, completion_tokens: 2 }
  const { key } = await world.accessKey(admin)
  const on = { subject_type: 'tenant', subject_id: admin.tenantId, metric: 'requests', window: 'month' } as const
  for (const model of ['llama3', 'ollama/qwen3:latest', 'gpt-4o']) {
    const { id } = await admin(quotas.create, { body: { ...on, amount: 0, model } })
    const spellings = {
      llama3: ['ollama/llama3', 'ollama/ollama/llama3', 'ollama/ollama/ollama/llama3', 'ollama/Llama3', 'ollama/llama3:latest'],
      'ollama/qwen3:latest': ['ollama/qwen3', 'ollama/qwen3:latest', 'ollama/QWEN3:Latest'],
      'gpt-4o': ['openai/gpt-4o', 'openai/GPT-4o', 'openai/gpt-4o-2024-08-06'],
    }[model]!
    if (model === 'gpt-4o') await world.keyOf(admin, 'openai', 'system')
    for (const spelling of spellings) expect([spelling, await call(key, spelling)]).toEqual([spelling, 402])
    expect(await call(key, 'ollama/another')).toBe(200)
    await admin(quotas.remove, { params: { id } })
  }
  expect(await call(key, 'ollama/llama3 ')).toBe(400)
  asked = []
  expect(await call(key, 'ollama/ollama/llama3')).toBe(200)
  expect(asked).toEqual(['llama3'])
})

test('a member’s own server takes no more from the limits of others than was reserved, whatever it claims', async () => {
  const { admin, member } = world.api
  const amount = 100
  const body = { subject_type: 'tenant', subject_id: admin.tenantId, metric: 'cost', window: 'month', amount } as const
  const { id } = await admin(quotas.create, { body })
  const { key } = await world.accessKey(member)
  const providers = { openrouter: 'openrouter/openai/gpt-4o', openai: 'openai/gpt-4o' } as const
  for (const [name, model] of Object.entries(providers)) {
    const api_key = `sk-of-a-hostile-${name}-abcdefgh`
    await member(userKeys.create, { body: { provider: name as 'openai', api_key, base_url: `${origin}/v1`, validate: false } })
    usage = { prompt_tokens: 900_000_000, completion_tokens: 900_000_000, ...(name === 'openrouter' && { cost: 1e300 }) }
    expect(await call(key, model)).toBe(200)
  }
  const unresolved = () => world.api.sql('select 1 from usage_events where unresolved and cost_nanos = reserved_nanos')
  await expect.poll(async () => (await unresolved()).length, { timeout: 10_000 }).toBe(2)
  const { used } = await admin(quotas.get, { params: { id } })
  expect(used).toBeGreaterThan(0)
  expect(used).toBeLessThan(0.01)
  await admin(quotas.remove, { params: { id } })
})

test('a tenant with thousands of limits holds up nobody but itself', { timeout: 60_000 }, async () => {
  const { admin, stranger } = world.api
  usage = { prompt_tokens: 3, completion_tokens: 2 }
  const { key } = await world.accessKey(admin)
  const { key: other } = await world.accessKey(stranger)
  const body = { subject_type: 'tenant', subject_id: stranger.tenantId, metric: 'parallel', window: 'total', amount: 20 } as const
  await stranger(quotas.create, { body })
  await world.api.sql(
    `insert into limits (tenant_id, id, subject_type, subject_id, metric, "window", amount, anchor, created_at, updated_at)
      select $1, gen_random_uuid(), 'tenant', $1, 'requests', 'month', 1000000, now() - i * interval '1 second', now(), now()
      from generate_series(1, 2000) i`,
    [admin.tenantId],
  )
  await expect.poll(() => call(key, 'ollama/llama3'), { timeout: 20_000, interval: 300 }).toBe(503)
  const greedy = Array.from({ length: 40 }, () => call(key, 'ollama/llama3'))
  const theirs = await Promise.all(Array.from({ length: 5 }, () => call(other, 'ollama/llama3')))
  expect([new Set(await Promise.all(greedy)), theirs]).toEqual([new Set([503]), [200, 200, 200, 200, 200]])
})

test('a limit from above stands beside the tenant’s own, which is no shield against it', async () => {
  const { root, stranger } = world.api
  const body = { subject_type: 'tenant', subject_id: stranger.tenantId, metric: 'requests', window: 'day' } as const
  await stranger(quotas.create, { body: { ...body, amount: 1000 } })
  const { id, imposed } = await root(quotas.create, { body: { ...body, amount: 1 } })
  expect(imposed).toBe(true)
  await expect(stranger(quotas.change, { params: { id }, body: { amount: 1000 } })).rejects.toMatchObject({ status: 403 })
})
