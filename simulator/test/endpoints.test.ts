import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { JsonObject } from '../src/json.ts'
import { PROVIDER_NAMES, type ProviderName } from '../src/provider.ts'
import { startSimulator, type Simulator } from '../src/simulator.ts'
import { REACH, send } from './harness.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator()
})
afterAll(() => simulator.close())
beforeEach(() => simulator.clearLedger())

const BEARER = { authorization: 'Bearer good-key-123' }

function call(provider: ProviderName, path: string, body?: JsonObject, headers = REACH[provider].auth('good-key-123')): Promise<Response> {
  return send(simulator.baseUrls[provider] + path, headers, body)
}

/** Embeddings beside OpenAI's: '12345678' is 2 tokens, '1' is 1. Prices in nano-dollars a token: 150, 120, 100, 22, 20, 0. */
const EMBEDDINGS: [ProviderName, string, JsonObject, string, number][] = [
  [
    'google',
    '/v1beta/models/gemini-embedding-001:embedContent',
    { content: { parts: [{ text: '12345678' }] }, outputDimensionality: 2 },
    'embedding.values',
    300,
  ],
  [
    'google',
    '/v1beta/models/gemini-embedding-001:batchEmbedContents',
    { requests: [{ content: { parts: [{ text: '12345678' }] } }, { content: { parts: [{ text: '1' }] } }] },
    'embeddings[1].values',
    450,
  ],
  [
    'cohere',
    '/v2/embed',
    { model: 'embed-v4.0', texts: ['12345678', '1'], input_type: 'search_query', output_dimension: 2 },
    'embeddings.float[1]',
    360,
  ],
  ['cohere', '/compatibility/v1/embeddings', { model: 'embed-v4.0', input: ['12345678', '1'] }, 'data[1].embedding', 360],
  ['mistral', '/embeddings', { model: 'mistral-embed', input: ['12345678', '1'] }, 'data[1].embedding', 300],
  ['azure', '/embeddings', { model: 'my-vectors', input: ['12345678', '1'] }, 'data[1].embedding', 66],
  ['openrouter', '/embeddings', { model: 'openai/text-embedding-3-small', input: ['12345678', '1'] }, 'data[1].embedding', 60],
  ['ollama', '/v1/embeddings', { model: 'any-embedder', input: ['12345678', '1'] }, 'data[1].embedding', 0],
  ['openai', '/embeddings', { model: 'text-embedding-3-small', input: [1, 2, 3] }, 'data[0].embedding', 60],
]

test.each(EMBEDDINGS)('%s%s embeds and bills the input', async (provider, path, body, member, cost) => {
  const answer = (await (await call(provider, path, body)).json()) as JsonObject
  expect(answer).toHaveProperty(member)
  expect(simulator.ledger()).toMatchObject([{ provider, outcome: 'complete', cost_nanos: cost, tokens: { output: 0 } }])
})

test('embeddings are refused without input, without a model of theirs, and when asked to fail', async () => {
  expect((await call('openai', '/embeddings', { model: 'text-embedding-3-small' })).status).toBe(400)
  expect((await call('openai', '/embeddings', { model: 'gpt-4o-mini', input: 'x' })).status).toBe(404)
  expect((await call('openai', '/embeddings', { model: 'text-embedding-3-small', input: '[[status=503]]' })).status).toBe(503)
  expect((await call('cohere', '/v2/embed', { model: 'embed-v4.0', texts: ['x'] })).status).toBe(400)
  expect(simulator.totals()).toMatchObject({ unbilled: 4, cost_nanos: 0 })
})

test('counting tokens is free', async () => {
  const body = { contents: [{ parts: [{ text: '12345678' }] }], systemInstruction: { parts: [{ text: '1234' }] } }
  const counted = await call('google', '/v1beta/models/gemini-2.5-flash:countTokens', body)
  // 12 bytes are 3 tokens, and 3 for each of two messages.
  expect(await counted.json()).toMatchObject({ totalTokens: 9 })
  expect(simulator.ledger()).toEqual([])
})

test('single models, older and compatible lists, and credits can be read', async () => {
  expect(await (await call('openai', '/models/gpt-5-mini')).json()).toMatchObject({ id: 'gpt-5-mini', object: 'model' })
  expect((await call('openai', '/models/nothing')).status).toBe(404)
  expect(await (await call('anthropic', '/v1/models/claude-haiku-4-5')).json()).toMatchObject({ type: 'model', max_tokens: 64000 })
  expect((await call('anthropic', '/v1/models/nothing')).status).toBe(404)
  expect(await (await call('google', '/v1beta/models/gemini-2.5-flash')).json()).toMatchObject({ name: 'models/gemini-2.5-flash' })
  expect(await (await call('google', '/v1beta/openai/models', undefined, BEARER)).json()).toMatchObject({
    data: [{ id: 'models/gemini-2.5-flash' }, {}, {}],
  })
  expect(await (await call('cohere', '/v1/models?endpoint=embed')).json()).toMatchObject({ models: [{ name: 'embed-v4.0' }] })
  expect(await (await call('openrouter', '/credits')).json()).toMatchObject({ data: { total_credits: 100 } })
  const older = await send(`${simulator.origin}/azure/openai/models?api-version=2024-10-21`, REACH.azure.auth('good-key-123'))
  expect(older.status).toBe(200)
})

test('lists are read page by page where the provider pages them', async () => {
  const first = await (await call('anthropic', '/v1/models?limit=3')).json()
  expect(first).toMatchObject({ has_more: true, last_id: 'claude-haiku-4-5' })
  expect(await (await call('anthropic', '/v1/models?limit=3&after_id=claude-haiku-4-5')).json()).toMatchObject({
    has_more: false,
    data: [{}],
  })
  const page = (await (await call('google', '/v1beta/models?pageSize=2')).json()) as { nextPageToken: string }
  const next = await (await call('google', `/v1beta/models?pageSize=2&pageToken=${page.nextPageToken}`)).json()
  expect(next).toEqual({ models: [expect.objectContaining({ name: 'models/gemini-embedding-001' })] })
})

test.each(PROVIDER_NAMES)('%s refuses an unknown path in its own form', async (provider) => {
  const answer = await call(provider, '/no/such/path')
  expect(answer.status).toBe(404)
  expect(answer.headers.get('content-type')).toBe('application/json')
})

test('a malformed body is refused, and an unknown provider', async () => {
  const url = `${simulator.baseUrls.openai}/chat/completions`
  const broken = await fetch(url, { method: 'POST', headers: BEARER, body: '{"model":' })
  expect(broken.status).toBe(400)
  expect((await fetch(`${simulator.origin}/nobody/v1/models`)).status).toBe(404)
  expect((await fetch(`${simulator.origin}/_sim/nothing`)).status).toBe(404)
})

test('calls are counted by route and status, free ones too', async () => {
  await fetch(`${simulator.origin}/_sim/ledger`, { method: 'DELETE' })
  await (await call('openai', '/models')).text()
  await (await call('openai', '/models')).text()
  expect(await (await fetch(`${simulator.origin}/_sim/calls`)).json()).toEqual({ 'openai GET /v1/models 200': 2 })
})

test('two simulators cannot share a port', async () => {
  await expect(startSimulator({ port: simulator.port })).rejects.toThrow('EADDRINUSE')
})
