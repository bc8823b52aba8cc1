import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../src/json.ts'
import { PROVIDER_NAMES, type ProviderName } from '../src/provider.ts'
import { startSimulator, type Simulator } from '../src/simulator.ts'
import { chatBody, dataOf, REACH, send } from './harness.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator()
})
afterAll(() => simulator.close())

function ask(provider: ProviderName, text: string, more: JsonObject = {}): Promise<Response> {
  return send(simulator.baseUrls[provider] + REACH[provider].chatPath, REACH[provider].auth('good-key-123'), chatBody(provider, text, more))
}

async function askText(provider: ProviderName, text: string, more: JsonObject = {}): Promise<string> {
  return (await ask(provider, text, more)).text()
}

const ASK = { stream: true, stream_options: { include_usage: true } }

test('OpenAI sends usage in a chunk of its own, only when asked', async () => {
  const asked = dataOf(await askText('openai', 'hi [[words=2]]', ASK))
  expect(asked.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 2 } })
  expect(asked.slice(0, -1).every(({ usage }) => usage === null)).toBe(true)
  const unasked = dataOf(await askText('openai', 'hi [[words=2]]', { stream: true }))
  expect(unasked.every((chunk) => !('usage' in chunk))).toBe(true)
  expect(unasked.every((chunk) => typeof chunk['obfuscation'] === 'string')).toBe(true)
  expect(unasked[0]).toMatchObject({ model: 'gpt-4o-mini-2024-07-18', object: 'chat.completion.chunk' })
})

test('OpenAI’s reasoning models refuse max_tokens and sampling', async () => {
  const capped = await ask('openai', 'hi', { model: 'gpt-5-mini', max_tokens: 10 })
  expect(capped.status).toBe(400)
  expect(await capped.json()).toMatchObject({ error: { code: 'unsupported_parameter', param: 'max_tokens' } })
  expect((await ask('openai', 'hi', { model: 'gpt-5-mini', temperature: 0.2 })).status).toBe(400)
  expect((await ask('openai', 'hi', { model: 'gpt-5-mini', max_completion_tokens: 10 })).status).toBe(200)
  expect((await ask('azure', 'hi', { model: 'my-gpt-5-mini', max_tokens: 10 })).status).toBe(400)
})

test('a prompt beyond the context is refused', async () => {
  // 128 000 tokens are 512 000 bytes.
  const answer = await ask('openai', 'x'.repeat(512_100))
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({ error: { code: 'context_length_exceeded' } })
})

test('Azure opens with a chunk of nothing but filter results, and knows any deployment', async () => {
  const chunks = dataOf(await askText('azure', 'hi [[words=2]]', { ...ASK, model: 'any-deployment' }))
  expect(chunks[0]).toMatchObject({ choices: [], id: '', model: '', prompt_filter_results: [{ prompt_index: 0 }] })
  expect(chunks[1]).toMatchObject({ model: 'gpt-4o-mini' })
  expect((await ask('azure', 'hi', { model: 'missing-deployment' })).status).toBe(404)
})

test('Azure’s older paths name the deployment and need an api-version', async () => {
  const url = `${simulator.origin}/azure/openai/deployments/team-gpt-5-mini/chat/completions`
  const body = { messages: [{ role: 'user', content: 'hi' }] }
  expect((await send(url, REACH.azure.auth('good-key-123'), body)).status).toBe(404)
  const dated = await send(`${url}?api-version=2024-10-21`, REACH.azure.auth('good-key-123'), body)
  expect(await dated.json()).toMatchObject({ model: 'gpt-5-mini', prompt_filter_results: [{ prompt_index: 0 }] })
})

test('Groq sends usage unasked and twice, on the finish chunk', async () => {
  const last = dataOf(await askText('groq', 'hi [[words=2 reasoning=1]]', { stream: true })).at(-1)
  const usage = { completion_tokens: 3 }
  expect(last).toMatchObject({ choices: [{ finish_reason: 'stop' }], usage, x_groq: { usage } })
  expect((await ask('groq', 'hi', { n: 2 })).status).toBe(400)
})

test('Mistral refuses what it does not know with 422, each field named', async () => {
  const answer = await ask('mistral', 'hi', ASK)
  expect(answer.status).toBe(422)
  expect(await answer.json()).toMatchObject({ detail: [{ type: 'extra_forbidden', loc: ['body', 'stream_options'] }] })
  expect((await ask('mistral', 'hi', { max_completion_tokens: 5 })).status).toBe(422)
  expect((await ask('mistral', 'hi', { tools: [] })).status).toBe(422)
  const foreign = { messages: [{ role: 'tool', tool_call_id: 'call_0123456789', content: 'x' }] }
  expect(await (await ask('mistral', 'hi', foreign)).json()).toMatchObject({ code: '3280' })
})

test('Mistral thinks in arrays and sends usage on the finish chunk', async () => {
  const chunks = dataOf(await askText('mistral', 'hi [[words=2 reasoning=1 cached=2]]', { stream: true, model: 'mistral-small-latest' }))
  expect(chunks[1]).toMatchObject({ choices: [{ delta: { content: [{ type: 'thinking' }] } }] })
  expect(chunks.at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop' }], usage: { num_cached_tokens: 2 } })
})

test('DeepSeek keeps alive with comments and blank lines, and splits its cache', async () => {
  const stream = await askText('deepseek', 'hi [[words=2 reasoning=1 cached=3]]', ASK)
  expect(stream.startsWith(': keep-alive\n\n')).toBe(true)
  // 35 bytes: 9 + 3 = 12 in.
  const hit = { prompt_cache_hit_tokens: 3, prompt_cache_miss_tokens: 9 }
  expect(dataOf(stream).at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop' }], usage: hit })
  expect(stream).toContain('"reasoning_content":"the"')
  const queued = await askText('deepseek', 'hi [[latency_ms=5]]')
  expect(queued.startsWith('\n')).toBe(true)
  expect(JSON.parse(queued)).toHaveProperty('usage')
  const refused = await ask('deepseek', 'hi', { messages: [] })
  expect(refused.headers.get('content-type')).toBe('application/octet-stream')
})

test('OpenRouter comments while it waits, and always tells usage and cost', async () => {
  const stream = await askText('openrouter', 'hi [[words=2 reasoning=1]]', { stream: true })
  expect(stream.startsWith(': OPENROUTER PROCESSING\n\n')).toBe(true)
  expect(dataOf(stream).at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 3, is_byok: false } })
  const repeated = dataOf(await askText('openrouter', 'hi [[usage_with_choices]]', { stream: true })).at(-1)
  expect(repeated).toMatchObject({ choices: [{ finish_reason: 'stop' }], usage: { is_byok: false } })
})

test('Ollama tells three totals, and natively streams lines unless told not to', async () => {
  const usage = ((await (await ask('ollama', 'hi [[words=2]]')).json()) as JsonObject)['usage']
  expect(usage).toEqual({ prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 })
  const native = await send(`${simulator.baseUrls.ollama}/api/chat`, {}, chatBody('ollama', 'hi [[words=2]]'))
  expect(native.headers.get('content-type')).toBe('application/x-ndjson')
  const lines = (await native.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as JsonObject)
  expect(lines.map(({ done }) => done)).toEqual([false, false, true])
  const none = await send(`${simulator.baseUrls.ollama}/api/chat`, {}, { messages: [] })
  expect(await none.json()).toEqual({ error: 'model is required' })
})

test('Anthropic’s events come in order, with the prompt first and the output last', async () => {
  const stream = await askText('anthropic', 'hi [[words=2 reasoning=1 cached=2 cache_write=3]]', { stream: true })
  const names = [...stream.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name)
  expect(names).toEqual([
    'message_start',
    // The thinking: one word and its signature.
    'content_block_start',
    'content_block_delta',
    'content_block_delta',
    'content_block_stop',
    // The text: two words.
    'content_block_start',
    'ping',
    'content_block_delta',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ])
  const [start] = dataOf(stream)
  // 49 bytes: 13 + 3 = 16 in, of which 2 read and 3 written.
  expect(start).toMatchObject({ message: { usage: { input_tokens: 11, cache_read_input_tokens: 2, cache_creation_input_tokens: 3 } } })
  expect(dataOf(stream).at(-2)).toMatchObject({ delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } })
})

test('Anthropic insists on max_tokens, and its newer version on no sampling', async () => {
  const url = `${simulator.baseUrls.anthropic}/v1/messages`
  const { max_tokens: _cap, ...uncapped } = chatBody('anthropic', 'hi')
  expect((await send(url, REACH.anthropic.auth('good-key-123'), uncapped)).status).toBe(400)
  const newer = { authorization: 'Bearer good-key-123', 'anthropic-version': '2026-10-21' }
  expect((await send(url, newer, chatBody('anthropic', 'hi'))).status).toBe(200)
  expect((await send(url, newer, chatBody('anthropic', 'hi', { temperature: 1 }))).status).toBe(400)
  const counted = await send(`${url}/count_tokens`, newer, chatBody('anthropic', '12345678'))
  expect(await counted.json()).toEqual({ input_tokens: 5 })
})

test('Gemini streams cumulative usage on every chunk, as events or as one array', async () => {
  const url = `${simulator.baseUrls.google}/v1beta/models/gemini-2.5-flash:streamGenerateContent`
  const body = chatBody('google', 'hi [[words=2 reasoning=5 cached=2]]')
  const events = dataOf(await (await send(`${url}?alt=sse`, REACH.google.auth('good-key-123'), body)).text())
  expect(events.map((event) => (event['usageMetadata'] as JsonObject)['candidatesTokenCount'])).toEqual([1, 2, 2])
  expect(events.at(-1)).toMatchObject({ usageMetadata: { thoughtsTokenCount: 5, cachedContentTokenCount: 2 } })
  const array = (await (await send(url, REACH.google.auth('good-key-123'), body)).json()) as JsonObject[]
  expect(array).toHaveLength(3)
})

test('Gemini that thinks up its whole cap answers without parts', async () => {
  const answer = (await (await ask('google', 'hi [[reasoning=50]]', { generationConfig: { maxOutputTokens: 20 } })).json()) as JsonObject
  expect(answer).toMatchObject({
    candidates: [{ content: { role: 'model' }, finishReason: 'MAX_TOKENS' }],
    usageMetadata: { thoughtsTokenCount: 20, candidatesTokenCount: 0 },
  })
  expect(JSON.stringify(answer)).not.toContain('parts')
})

test('Cohere’s native stream ends with billed and processed tokens apart', async () => {
  const url = `${simulator.baseUrls.cohere}/v2/chat`
  const stream = await (
    await send(url, REACH.cohere.auth('good-key-123'), chatBody('cohere', 'hi [[words=2 cached=7]]', { stream: true }))
  ).text()
  const types = dataOf(stream).map(({ type }) => type)
  expect(types).toEqual(['message-start', 'content-start', 'content-delta', 'content-delta', 'content-end', 'message-end'])
  // 23 bytes: 6 + 3 = 9 billed; 500 more were processed.
  expect(dataOf(stream).at(-1)).toMatchObject({
    delta: { usage: { billed_units: { input_tokens: 9 }, tokens: { input_tokens: 509 }, cached_tokens: 7 } },
  })
})

const LISTS: [ProviderName, string, string, number][] = [
  ['openai', '/models', 'data', 5],
  ['anthropic', '/v1/models?limit=100', 'data', 4],
  ['google', '/v1beta/models', 'models', 3],
  ['groq', '/models', 'data', 3],
  ['ollama', '/api/tags', 'models', 3],
  ['ollama', '/v1/models', 'data', 3],
  ['mistral', '/models', 'data', 3],
  ['cohere', '/v1/models', 'models', 3],
  ['deepseek', '/models', 'data', 3],
  ['azure', '/models', 'data', 3],
  ['openrouter', '/models', 'data', 4],
]

test.each(LISTS)('%s%s lists exactly the priced models', async (provider, path, member, count) => {
  const list = (await (await send(simulator.baseUrls[provider] + path, REACH[provider].auth('good-key-123'))).json()) as JsonObject
  expect(list[member]).toHaveLength(count)
})

test('every price file entry belongs to one of the ten providers', async () => {
  const prices = (await (await fetch(`${simulator.origin}/_sim/prices`)).json()) as { provider: ProviderName }[]
  expect(new Set(prices.map(({ provider }) => provider))).toEqual(new Set(PROVIDER_NAMES))
})

test('request ids travel in each provider’s own header and into the ledger', async () => {
  const headers: [ProviderName, string][] = [
    ['openai', 'x-request-id'],
    ['anthropic', 'request-id'],
    ['groq', 'x-request-id'],
    ['mistral', 'mistral-correlation-id'],
    ['azure', 'apim-request-id'],
    ['openrouter', 'x-generation-id'],
  ]
  for (const [provider, header] of headers) {
    simulator.clearLedger()
    const answer = await ask(provider, 'hi')
    expect(answer.headers.get(header)).toBe(simulator.ledger()[0]?.request_id)
    expect(((await answer.json()) as JsonObject)['id']).toBe(simulator.ledger()[0]?.completion_id)
  }
})
