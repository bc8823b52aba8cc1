import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { usage } from '@llm-manager/contract/usage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ProviderName } from '../../providers/provider.ts'
import { message, openWorld, type World } from '../test-kit.ts'

/** Charges by what providers report, and the simulator does not. */

let world: World
let provider: Server
let origin: string
let answer: unknown
beforeAll(async () => {
  provider = createServer((req, res) => {
    req.resume().on('end', () => res.setHeader('content-type', 'application/json').end(JSON.stringify(answer)))
  })
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  world = await openWorld({ EGRESS_ALLOW: '127.0.0.1' })
})
afterAll(async () => {
  await world.close()
  provider.closeAllConnections()
  provider.close()
})

/** The event of one call of a new tenant, whose key leads to an answer. */
async function eventOf(name: ProviderName, path: string, model: string, answered: unknown, more: object = {}) {
  answer = answered
  const admin = await world.api.newActor('admin', await world.api.newTenant('enterprise'))
  const body = { provider: name, api_key: 'sk-of-a-provider-of-our-own-abcdef', base_url: origin, validate: false }
  const { id } = await admin(systemKeys.create, { body })
  const { key } = await world.accessKey(admin)
  const response = await world.post(path, key, { model: `${name}/${model}`, max_tokens: 100, messages: message('hi'), ...more })
  expect(response.status).toBe(200)
  const [event] = await world.events(id, 1)
  return await admin(usage.event, { params: { id: event!.id } })
}

test('web searches that Anthropic made are charged besides the tokens, each in a line of its own', async () => {
  const tools = [{ type: 'web_search_20250305', name: 'web_search' }]
  const used = { input_tokens: 10, output_tokens: 5, server_tool_use: { web_search_requests: 3 } }
  const told = await eventOf('anthropic', '/v1/messages', 'claude-haiku-4-5', { type: 'message', content: [], usage: used }, { tools })
  // $1 and $5 a million tokens, $10 a thousand searches: 10×1000 + 5×5000 + 3×10000000
  expect(told).toMatchObject({
    cost: 0.030035,
    estimated: false,
    lines: [
      { bucket: 'input', tokens: 10, usd_per_million: 1, cost: 0.00001 },
      { bucket: 'output', tokens: 5, usd_per_million: 5, cost: 0.000025 },
      { bucket: 'web_search', tokens: 3, usd_per_million: 10_000, cost: 0.03 },
    ],
    raw_usage: { server_tool_use: { web_search_requests: 3 } },
  })
  const range = { from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' }
  expect(await world.api.root(usage.rerate, { body: { ...range, model: 'claude-haiku-4-5' } })).toMatchObject({ items: [], unchanged: 1 })
})

const plain = (more: object = {}) => ({
  choices: [{ message: { role: 'assistant', content: 'hi' } }],
  usage: { prompt_tokens: 10, completion_tokens: 5 },
  ...more,
})

test('what a provider served in another tier than the usual is charged by the usual price, and flagged', async () => {
  // 10×150 + 5×600
  const shown = { cost: 0.0000045 }
  const tier = async (service_tier: string) => await eventOf('openai', '/v1/chat/completions', 'gpt-4o-mini', plain({ service_tier }))
  expect(await tier('priority')).toMatchObject({ ...shown, estimated: true })
  expect(await tier('default')).toMatchObject({ ...shown, estimated: false })
})

test('tools that the provider ran, and whose price it does not tell, make an estimate of the charge', async () => {
  const told = await eventOf('openai', '/v1/chat/completions', 'gpt-4o-mini', plain(), {
    web_search_options: { search_context_size: 'low' },
  })
  expect(told).toMatchObject({ cost: 0.0000045, estimated: true })
})

test('what OpenRouter charged is rounded half up, its fee and the upstream together', async () => {
  const cost = { cost: 0.0000315005, is_byok: true, cost_details: { upstream_inference_cost: 0.000001 } }
  const answered = { choices: [], usage: { prompt_tokens: 10, completion_tokens: 5, ...cost } }
  const told = await eventOf('openrouter', '/v1/chat/completions', 'openai/gpt-4o-mini', answered)
  expect(told).toMatchObject({ cost: 0.000032501, lines: [{ bucket: 'provider', tokens: 15, cost: 0.000032501 }], estimated: false })
})

test('tokens for which the model has no price are charged at the reservation, and flagged', async () => {
  const heard = { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { audio_tokens: 4 } }
  const told = await eventOf('openai', '/v1/chat/completions', 'gpt-4o-mini', plain({ usage: heard }))
  expect(told).toMatchObject({ estimated: true, unresolved: false, lines: [{ bucket: 'reserved', tokens: 15, usd_per_million: null }] })
  expect(told.cost).toBe(told.reserved)
})
