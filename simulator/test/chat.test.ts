import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { JsonObject } from '../src/json.ts'
import type { ProviderName } from '../src/provider.ts'
import { startSimulator, type Simulator } from '../src/simulator.ts'
import { chatBody, dataOf, REACH, send } from './harness.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator()
})
afterAll(() => simulator.close())
beforeEach(() => simulator.clearLedger())

const KEY = 'key-of-good-standing'

interface Case {
  name: string
  provider: ProviderName
  path: string
  streamPath?: string
  auth?: Record<string, string>
  body: JsonObject
  streamBody: JsonObject
  /** The usage of a whole answer: input 14 and output 6, of which 2 reasoning. */
  plain: JsonObject
  /** Where a stream carries usage: the JSON it stands in, and what it must be. */
  streamed: (events: JsonObject[]) => unknown
}

// 42 bytes: ceil(42 / 4) + 3 = 14 input tokens; 4 words and 2 of thinking.
const TEXT = 'Please answer this [[words=4 reasoning=2]]'
const TOTALS = { prompt_tokens: 14, completion_tokens: 6, total_tokens: 20 }
const ASK = { stream: true, stream_options: { include_usage: true } }

function openAiCase(provider: ProviderName, more: Partial<Case> & { plain?: JsonObject } = {}): Case {
  return {
    name: provider,
    provider,
    path: REACH[provider].chatPath,
    body: chatBody(provider, TEXT),
    streamBody: chatBody(provider, TEXT, ASK),
    plain: { usage: { ...TOTALS } },
    streamed: (events) => ({ usage: events.at(-1)?.['usage'] }),
    ...more,
  }
}

const MESSAGES = { messages: [{ role: 'user', content: TEXT }] }

const CASES: Case[] = [
  openAiCase('openai'),
  openAiCase('groq', { streamBody: chatBody('groq', TEXT, { stream: true }) }),
  openAiCase('ollama'),
  openAiCase('mistral', { streamBody: chatBody('mistral', TEXT, { stream: true }) }),
  openAiCase('cohere'),
  openAiCase('deepseek'),
  openAiCase('azure'),
  openAiCase('openrouter', { streamBody: chatBody('openrouter', TEXT, { stream: true }) }),
  openAiCase('google', {
    name: 'google, compatible',
    path: '/v1beta/openai/chat/completions',
    auth: { authorization: `Bearer ${KEY}` },
    body: { model: 'gemini-2.5-flash', ...MESSAGES },
    streamBody: { model: 'models/gemini-2.5-flash', ...MESSAGES, ...ASK },
    // Thoughts are within the total only.
    plain: { usage: { prompt_tokens: 14, completion_tokens: 4, total_tokens: 20 } },
  }),
  {
    name: 'google, native',
    provider: 'google',
    path: '/v1beta/models/gemini-2.5-flash:generateContent',
    streamPath: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    body: chatBody('google', TEXT),
    streamBody: chatBody('google', TEXT),
    plain: { usageMetadata: { promptTokenCount: 14, candidatesTokenCount: 4, thoughtsTokenCount: 2, totalTokenCount: 20 } },
    streamed: (events) => ({ usageMetadata: events.at(-1)?.['usageMetadata'] }),
  },
  {
    name: 'anthropic',
    provider: 'anthropic',
    path: '/v1/messages',
    body: chatBody('anthropic', TEXT),
    streamBody: chatBody('anthropic', TEXT, { stream: true }),
    plain: { usage: { input_tokens: 14, output_tokens: 6 } },
    streamed: (events) => ({ usage: events.find(({ type }) => type === 'message_delta')?.['usage'] }),
  },
  {
    name: 'cohere, native',
    provider: 'cohere',
    path: '/v2/chat',
    body: chatBody('cohere', TEXT),
    streamBody: chatBody('cohere', TEXT, { stream: true }),
    plain: { usage: { billed_units: { input_tokens: 14, output_tokens: 6 }, tokens: { input_tokens: 514 } } },
    streamed: (events) => events.at(-1)?.['delta'],
  },
  {
    name: 'ollama, native',
    provider: 'ollama',
    path: '/api/chat',
    body: chatBody('ollama', TEXT, { stream: false }),
    streamBody: chatBody('ollama', TEXT),
    plain: { done: true, prompt_eval_count: 14, eval_count: 6 },
    streamed: (lines) => lines.at(-1),
  },
]

function events(text: string): JsonObject[] {
  return text.startsWith('{')
    ? text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as JsonObject)
    : dataOf(text)
}

test.each(CASES)('$name reports the same usage whole and streamed, and books it', async (one) => {
  const headers = one.auth ?? REACH[one.provider].auth(KEY)
  const base = simulator.baseUrls[one.provider]
  const plain = await send(base + one.path, headers, one.body)
  expect(plain.status).toBe(200)
  expect(await plain.json()).toMatchObject(one.plain)

  const stream = await send(base + (one.streamPath ?? one.path), headers, one.streamBody)
  expect(stream.status).toBe(200)
  expect(one.streamed(events(await stream.text()))).toMatchObject(one.plain)

  const tokens = { input: 14, cache_read: 0, cache_write: 0, output: 4, reasoning: 2 }
  const shared = { provider: one.provider, model: REACH[one.provider].model, key_hint: 'ding', tokens, status: 200, outcome: 'complete' }
  expect(simulator.ledger()).toMatchObject([
    { ...shared, stream: false },
    { ...shared, stream: true },
  ])
  const [first, second] = simulator.ledger()
  expect(first?.cost_nanos).toBe(second?.cost_nanos)
})

test.each(CASES)('$name stops at the cap that it obeys', async (one) => {
  const headers = one.auth ?? REACH[one.provider].auth(KEY)
  const caps: JsonObject =
    one.name === 'google, native'
      ? { generationConfig: { maxOutputTokens: 3 } }
      : one.name === 'ollama, native'
        ? { options: { num_predict: 3 } }
        : { max_tokens: 3 }
  const answer = await send(simulator.baseUrls[one.provider] + one.path, headers, { ...one.body, ...caps })
  const text = await answer.text()
  expect(text).toMatch(/"(length|MAX_TOKENS|max_tokens)"/)
  expect(simulator.ledger()).toMatchObject([{ tokens: { input: 14, output: 1, reasoning: 2 } }])
})

const SCHEMA = { type: 'object', properties: { city: { type: 'string' } } }
const TOOL = { type: 'function', function: { name: 'forecast', parameters: SCHEMA } }
const TOOLS: Record<string, JsonObject> = {
  anthropic: { tools: [{ name: 'forecast', input_schema: SCHEMA }] },
  'google, native': { tools: [{ functionDeclarations: [{ name: 'forecast', parameters: SCHEMA }] }] },
}

test.each(CASES)('$name calls the first tool when asked to', async (one) => {
  const headers = one.auth ?? REACH[one.provider].auth(KEY)
  const asked = JSON.parse(JSON.stringify(one.body).replace(TEXT, 'call tool')) as JsonObject
  const askedStream = JSON.parse(JSON.stringify(one.streamBody).replace(TEXT, 'call tool')) as JsonObject
  const tools = TOOLS[one.name] ?? { tools: [TOOL] }
  const base = simulator.baseUrls[one.provider]
  const plain = await (await send(base + one.path, headers, { ...asked, ...tools })).text()
  expect(plain).toContain('forecast')
  expect(plain.replaceAll('\\"', '"')).toMatch(/\{"city":"simulated"\}/)
  const stream = await (await send(base + (one.streamPath ?? one.path), headers, { ...askedStream, ...tools })).text()
  expect(stream).toContain('forecast')
  // {"city":"simulated"} is 20 characters: 3 pieces of up to 8, and 1 token for the name.
  expect(simulator.ledger()).toMatchObject([{ tokens: { output: 4 } }, { tokens: { output: 4 } }])
})

test.each(CASES)('$name does not know a model without a price', async (one) => {
  const headers = one.auth ?? REACH[one.provider].auth(KEY)
  const path = one.path.replace('gemini-2.5-flash', 'no-such-model')
  const answer = await send(simulator.baseUrls[one.provider] + path, headers, { ...one.body, model: 'no-such-model' })
  const anyName = one.provider === 'ollama' || one.provider === 'azure'
  expect(answer.status).toBe(anyName ? 200 : 404)
  if (!anyName) expect(await answer.text()).toContain('no-such-model')
})
