import { agents } from '@llm-manager/contract/agents'
import { groups } from '@llm-manager/contract/groups'
import { quotas } from '@llm-manager/contract/quotas'
import OpenAI from 'openai'
import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { message, openWorld, type SystemKey, type World } from './test-kit.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

type Wish = {
  metric: 'cost' | 'tokens' | 'requests' | 'parallel'
  amount: number
  window?: 'minute' | 'hour' | 'day' | 'week' | 'month' | 'total'
}
type Subject = 'tenant' | 'group' | 'user' | 'agent' | 'access_key' | 'provider_key'

/** A user of the root tenant with an agent, in a group; the agent is bound to a key of its own. */
type Cast = { key: string; ids: Record<Subject, string>; bound: SystemKey }
let cast: Cast
let count = 0
beforeEach(async () => {
  const { root } = world.api
  for (const { id } of (await root(quotas.list, { query: {} })).items) await root(quotas.remove, { params: { id } })
  const bound = await world.systemKey('openai', `quotas${++count}`)
  const agent = await root(agents.create, { body: { name: 'limited', key_id: bound.id } })
  const access = await world.accessKey(root, { agent_id: agent.id })
  const group = await root(groups.create, { body: { name: `group ${count}` } })
  await root(groups.addMember, { params: { id: group.id }, body: { user_id: root.userId } })
  const ids = { tenant: root.tenantId, group: group.id, user: root.userId, agent: agent.id, access_key: access.id, provider_key: bound.id }
  cast = { key: access.key, ids, bound }
})

const quota = (subject: Subject, wish: Wish, more: { model?: string; provider?: 'openai' | 'groq'; hard?: boolean } = {}) =>
  world.api.root(quotas.create, { body: { subject_type: subject, subject_id: cast.ids[subject], ...wish, ...more } })
const lift = (id: string) => world.api.root(quotas.remove, { params: { id } })
const call = (content = 'hi', model = 'openai/gpt-4o-mini') =>
  world.post('/v1/chat/completions', cast.key, { model, max_tokens: 10, messages: message(content) })
const statuses = async (calls: number, content?: string) =>
  (await Promise.all(Array.from({ length: calls }, async () => (await call(content)).status))).toSorted((a, b) => a - b)

describe.each(['tenant', 'group', 'user', 'agent', 'access_key', 'provider_key'] as const)('a limit on a %s', (subject) => {
  test('of requests refuses the one too many with 429, and says when to come again', async () => {
    const { id } = await quota(subject, { metric: 'requests', amount: 2, window: 'hour' })
    expect(await statuses(5)).toEqual([200, 200, 429, 429, 429])
    const refused = await call()
    const { error } = (await refused.json()) as { error: Record<string, unknown> }
    expect(error).toMatchObject({
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
      scope: subject,
      unit: 'requests',
      limit: 2,
      used: 2,
      window: 'hour',
    })
    const waitS = Number(refused.headers.get('retry-after'))
    expect(Math.abs(Date.parse(String(error.resets_at)) - Date.now() - waitS * 1000)).toBeLessThan(2000)
    expect(refused.headers.get('x-llm-error-source')).toBe('gateway')
    await lift(id)
    expect((await call()).status).toBe(200)
  })

  test('of cost refuses with 402, for good', async () => {
    const { id } = await quota(subject, { metric: 'cost', amount: 0.000001, window: 'month' })
    const refused = await call()
    expect({ status: refused.status, retry: refused.headers.get('x-should-retry'), wait: refused.headers.get('retry-after') }).toEqual({
      status: 402,
      retry: 'false',
      wait: null,
    })
    expect(((await refused.json()) as { error: unknown }).error).toMatchObject({
      code: 'budget_exceeded',
      scope: subject,
      unit: 'usd',
      window: 'month',
      used: 0,
    })
    await lift(id)
  })

  test('of tokens counts what is reserved and then what was used', async () => {
    const { id } = await quota(subject, { metric: 'tokens', amount: 1000, window: 'day' })
    expect((await call()).status).toBe(200)
    await world.events(cast.bound.id, 1)
    await expect.poll(async () => (await world.api.root(quotas.get, { params: { id } })).used).toBe(14)
    await lift(id)
  })

  test('of calls at once lets in as many as there are places, and again when one is free', async () => {
    const { id } = await quota(subject, { metric: 'parallel', amount: 3 })
    expect(await statuses(8, 'hi [[latency_ms=400]]')).toEqual([200, 200, 200, 429, 429, 429, 429, 429])
    expect((await call()).status).toBe(200)
    await lift(id)
  })
})

test('a limit that is only watched refuses nothing', async () => {
  const { id } = await quota('agent', { metric: 'requests', amount: 1, window: 'day' }, { hard: false })
  expect(await statuses(3)).toEqual([200, 200, 200])
  await expect.poll(async () => (await world.api.root(quotas.get, { params: { id } })).used).toBe(3)
})

test('a limit for one model, or one provider, counts no other', async () => {
  await quota('agent', { metric: 'requests', amount: 1, window: 'day' }, { model: 'gpt-4o-mini-2024-07-18' })
  await quota('agent', { metric: 'requests', amount: 1, window: 'day' }, { provider: 'groq' })
  expect(await statuses(3)).toEqual([200, 200, 200])
  expect((await call('hi', 'openai/gpt-4o-mini-2024-07-18')).status).toBe(200)
  expect((await call('hi', 'openai/gpt-4o-mini-2024-07-18')).status).toBe(429)
})

test('who leaves a group leaves its limits', async () => {
  await quota('group', { metric: 'requests', amount: 1, window: 'day' })
  expect(await statuses(2)).toEqual([200, 429])
  await world.api.root(groups.removeMember, { params: { id: cast.ids.group, user_id: cast.ids.user } })
  expect((await call()).status).toBe(200)
})

test('a raised limit lets in at once, a lowered one no longer, and counting can start over', async () => {
  const { id } = await quota('agent', { metric: 'requests', amount: 2, window: 'day' })
  expect(await statuses(3)).toEqual([200, 200, 429])
  await world.api.root(quotas.change, { params: { id }, body: { amount: 3 } })
  expect(await statuses(2)).toEqual([200, 429])
  await world.api.root(quotas.change, { params: { id }, body: { amount: 1 } })
  expect(await statuses(1)).toEqual([429])
  await world.api.root(quotas.change, { params: { id }, body: { usage: 'start_over' } })
  expect(await statuses(2)).toEqual([200, 429])
  await expect
    .poll(async () => (await world.api.root(quotas.history, { params: { id } })).items.map(({ used, is_current }) => [used, is_current]))
    .toEqual([
      [1, true],
      [3, false],
    ])
})

test('an answer says what rate limits leave, under the names that OpenAI gives them', async () => {
  await quota('agent', { metric: 'requests', amount: 50, window: 'minute' })
  await quota('access_key', { metric: 'requests', amount: 9, window: 'minute' })
  await quota('agent', { metric: 'tokens', amount: 10_000, window: 'minute' })
  const { headers } = await call()
  expect(headers.get('x-ratelimit-limit-requests')).toBe('9')
  expect(headers.get('x-ratelimit-remaining-requests')).toBe('8')
  expect(headers.get('x-ratelimit-reset-requests')).toMatch(/^(\d|[1-5]\d|1m0)s$/)
  expect(headers.get('x-ratelimit-limit-tokens')).toBe('10000')
  // 4 input and 10 output tokens, or what was reserved for them where another process still counts that.
  expect(headers.get('x-ratelimit-remaining-tokens')).toBe('9986')
})

test('the SDKs raise their own error for a rate and for a budget, and try a rate again by themselves', async () => {
  const { id } = await quota('agent', { metric: 'requests', amount: 1, window: 'hour' })
  const openai = new OpenAI({ apiKey: cast.key, baseURL: `${world.api.origin}/v1`, maxRetries: 0 })
  const ask = () => openai.chat.completions.create({ model: 'openai/gpt-4o-mini', max_tokens: 10, messages: message('hi') })
  await ask()
  await expect(ask()).rejects.toBeInstanceOf(OpenAI.RateLimitError)
  await lift(id)
  await quota('agent', { metric: 'cost', amount: 0, window: 'hour' })
  await expect(ask()).rejects.toMatchObject({ status: 402, code: 'budget_exceeded' })
})

test('Anthropic is told in its own way', async () => {
  const { root } = world.api
  const bound = await world.systemKey('anthropic', 'claude-quota')
  const agent = await root(agents.create, { body: { name: 'claude', key_id: bound.id } })
  const { key } = await world.accessKey(root, { agent_id: agent.id })
  await root(quotas.create, { body: { subject_type: 'agent', subject_id: agent.id, metric: 'requests', amount: 1, window: 'minute' } })
  const anthropic = new Anthropic({ apiKey: key, baseURL: world.api.origin, maxRetries: 0 })
  const ask = () => anthropic.messages.create({ model: 'claude-sonnet-4-5', max_tokens: 10, messages: message('hi') })
  await ask()
  await expect(ask()).rejects.toBeInstanceOf(Anthropic.RateLimitError)
  await expect(ask()).rejects.toMatchObject({
    error: { type: 'error', error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', scope: 'agent' } },
  })
})
