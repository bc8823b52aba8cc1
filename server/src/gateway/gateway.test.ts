import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ProviderName } from '../providers/provider.ts'
import { message, openWorld, type World } from './test-kit.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

/**
 * The simulator counts a token for each four bytes of text, and three for each message. 13 bytes of greeting, a blank, and the directives
 * in brackets make up what is counted below.
 */
const hello = 'hello gateway'

test("a plain call of OpenAI's own client costs what its provider bills, and says so", async () => {
  const { id, key, billed } = await world.bound('openai', 'plain')
  const { data, response } = await world
    .openai(key)
    .chat.completions.create({ model: 'gpt-4o-mini', messages: message(`${hello} [[words=10 cached=4]]`) })
    .withResponse()
  expect(data.choices[0]?.message.content).toContain('the gateway answers plainly')
  // 35 bytes: 9 + 3 = 12 tokens, 4 of them from the cache; 8 × 0.15 + 4 × 0.075 + 10 × 0.6 = 7.5 millionths of a dollar.
  expect(response.headers.get('x-llm-cost')).toBe('0.0000075')
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  expect(response.headers.get('openai-organization')).toBe('org-simulator')
  const [event] = await world.events(id, 1)
  expect(event).toMatchObject({
    outcome: 'ok',
    http_status: 200,
    tokens_input: '8',
    tokens_cache_read: '4',
    tokens_output: '10',
    cost_nanos: '7500',
    estimated: false,
    unresolved: false,
    stream: false,
  })
  expect(event?.price.per_million_nanos).toMatchObject({ input: '150000000', cache_read: '75000000', output: '600000000' })
  expect(billed().map((entry) => entry.cost_nanos)).toEqual([7500])
})

test("a stream of OpenAI's own client is charged alike, and shows no usage to whoever did not ask", async () => {
  const { id, key, billed } = await world.bound('openai', 'stream')
  const stream = await world
    .openai(key)
    .chat.completions.create({ model: 'gpt-4o-mini', messages: message(`${hello} [[words=10]]`), stream: true })
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toContain('plainly')
  expect(chunks.every((chunk) => chunk.choices.length > 0 && !chunk.usage)).toBe(true)
  const [event] = await world.events(id, 1)
  // 26 bytes: 7 + 3 = 10 tokens; 10 × 0.15 + 10 × 0.6 = 7.5 millionths.
  expect(event).toMatchObject({
    outcome: 'ok',
    stream: true,
    tokens_input: '10',
    tokens_output: '10',
    cost_nanos: '7500',
    estimated: false,
  })
  expect(billed().map((entry) => entry.cost_nanos)).toEqual([7500])
})

test('a client that asks for usage in the stream gets the very bytes of the provider', async () => {
  const { secret, key } = await world.bound('openai', 'bytes')
  for (const cut of ['', ' bytewise=1', ' bytewise=7']) {
    const body = {
      model: 'gpt-4o-mini',
      messages: message(`${hello} [[words=40${cut}]]`),
      stream: true,
      stream_options: { include_usage: true },
    }
    const through = await (await world.post('/v1/chat/completions', key, body)).text()
    const direct = await (
      await fetch(`${world.api.simulator.baseUrls.openai}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
        body: JSON.stringify(body),
      })
    ).text()
    expect(withoutIds(through)).toBe(withoutIds(direct))
    expect(through).toContain('"usage":{')
  }
})

test('the usage that only the gateway asked for is taken out however the network cuts the stream', async () => {
  const { id, secret, key } = await world.bound('openai', 'hidden')
  const body = { model: 'gpt-4o-mini', messages: message(`${hello} [[words=40 bytewise=3]]`), stream: true }
  const through = await (await world.post('/v1/chat/completions', key, body)).text()
  const direct = await (
    await fetch(`${world.api.simulator.baseUrls.openai}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
      body: JSON.stringify(body),
    })
  ).text()
  expect(dataOf(through)).toEqual(dataOf(direct))
  expect((await world.events(id, 1))[0]).toMatchObject({ outcome: 'ok', tokens_output: '40', estimated: false })
})

test("plain and streamed calls of Anthropic's own client are charged to the nano-dollar", async () => {
  const { id, key, billed } = await world.bound('anthropic', 'both')
  const client = world.anthropic(key)
  const answer = await client.messages.create({ model: 'claude-sonnet-4-5', max_tokens: 100, messages: message(`${hello} [[words=10]]`) })
  expect(answer.content[0]).toMatchObject({ type: 'text' })
  const streamed = await client.messages
    .stream({ model: 'claude-sonnet-4-5', max_tokens: 100, messages: message(`${hello} [[words=20]]`) })
    .finalMessage()
  expect(streamed.usage.output_tokens).toBe(20)
  const events = await world.events(id, 2)
  // 10 × 3 + 10 × 15 = 180 millionths; 10 × 3 + 20 × 15 = 330 millionths.
  expect(events.map((event) => event.cost_nanos)).toEqual(['180000', '330000'])
  expect(events.map((event) => event.stream)).toEqual([false, true])
  expect(billed().map((entry) => entry.cost_nanos)).toEqual([180_000, 330_000])
})

test("an older Anthropic client's x-api-key opens the same door", async () => {
  const { key } = await world.bound('anthropic', 'older')
  const answer = await fetch(`${world.api.origin}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model: 'anthropic/claude-haiku-4-5', max_tokens: 16, messages: message(hello) }),
  })
  expect(answer.status).toBe(200)
  // 10 bytes short of four tokens: 4 + 3 = 7; 7 × 1 + 16 × 5 = 87 millionths.
  expect(answer.headers.get('x-llm-cost')).toBe('0.000087')
})

const shaped: [ProviderName, string, { input: number; output: number }, number][] = [
  // 26 bytes of text: 7 + 3 = 10 tokens in, 10 out.
  ['groq', 'llama-3.3-70b-versatile', { input: 0.59, output: 0.79 }, 13_800],
  ['mistral', 'mistral-small-latest', { input: 0.1, output: 0.3 }, 4_000],
  ['deepseek', 'deepseek-chat', { input: 0.28, output: 0.42 }, 7_000],
  ['azure', 'gpt-4o-mini', { input: 0.165, output: 0.66 }, 8_250],
  ['openrouter', 'openai/gpt-4o-mini', { input: 0.15, output: 0.6 }, 7_500],
  ['google', 'gemini-2.5-flash', { input: 0.3, output: 2.5 }, 28_000],
  ['ollama', 'llama3.2', { input: 0, output: 0 }, 0],
]
test.each(shaped)(
  '%s is called in the dialect of OpenAI, plain and streamed, and charged to the nano-dollar',
  async (provider, model, perMillion, nanos) => {
    await world.price(provider, model, perMillion)
    const { id, key, billed } = await world.bound(provider, 'shaped')
    const client = world.openai(key)
    const request = { model: `${provider}/${model}`, messages: message(`${hello} [[words=10]]`) }
    const plain = await client.chat.completions.create(request)
    expect(plain.choices[0]?.message.content).toContain('plainly')
    let text = ''
    for await (const chunk of await client.chat.completions.create({ ...request, stream: true }))
      text += chunk.choices[0]?.delta.content ?? ''
    expect(text).toBe(plain.choices[0]?.message.content)
    const events = await world.events(id, 2)
    expect(events.map(({ provider: at, outcome, cost_nanos, estimated }) => ({ at, outcome, cost_nanos, estimated }))).toEqual(
      Array.from({ length: 2 }, () => ({ at: provider, outcome: 'ok', cost_nanos: String(nanos), estimated: false })),
    )
    expect(billed().map((entry) => entry.cost_nanos)).toEqual([nanos, nanos])
  },
)

test('a provider that reports no usage in its streams is charged by a count of the text, flagged as an estimate', async () => {
  await world.price('cohere', 'command-r-plus', { input: 2.5, output: 10 })
  const { id, key } = await world.bound('cohere', 'silent')
  const request = { model: 'command-r-plus', messages: message(`${hello} [[words=10]]`) }
  await world.openai(key).chat.completions.create(request)
  for await (const chunk of await world.openai(key).chat.completions.create({ ...request, stream: true }))
    expect(chunk.usage ?? null).toBe(null)
  const [plain, streamed] = await world.events(id, 2)
  expect(plain).toMatchObject({ cost_nanos: '125000', estimated: false })
  expect(streamed).toMatchObject({ outcome: 'ok', estimated: true })
  // Ten words are at least ten tokens, and the tokenizer finds no more than two in each.
  expect(Number(streamed?.tokens_output)).toBeGreaterThanOrEqual(10)
  expect(Number(streamed?.tokens_output)).toBeLessThanOrEqual(20)
})

test('embeddings are charged by their input', async () => {
  const { id, key } = await world.bound('openai', 'vectors')
  const { data, response } = await world
    .openai(key)
    .embeddings.create({ model: 'text-embedding-3-small', input: ['a text of twenty byte', 'another'] })
    .withResponse()
  expect(data.data).toHaveLength(2)
  // 21 bytes: 6 tokens; 7 bytes: 2 tokens; 8 × 0.02 = 0.16 millionths.
  expect(response.headers.get('x-llm-cost')).toBe('0.00000016')
  expect((await world.events(id, 1))[0]).toMatchObject({ tokens_input: '8', tokens_output: '0', cost_nanos: '160' })
})

test('large vectors are charged too, though their body is not parsed whole', async () => {
  const { id, key } = await world.bound('openai', 'many')
  const input = Array.from({ length: 40 }, () => 'four')
  const answer = await world.post('/v1/embeddings', key, { model: 'text-embedding-3-small', input, encoding_format: 'float' })
  expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(64 * 1024)
  expect((await world.events(id, 1))[0]).toMatchObject({ tokens_input: '40', cost_nanos: '800', estimated: false })
})

/** What differs from call to call of the simulator. */
function withoutIds(text: string): string {
  return text
    .replace(/chatcmpl-[0-9a-z]+/g, 'id')
    .replace(/"created":\d+/g, '"created":0')
    .replace(/"obfuscation":"[^"]*"/g, '')
}

/** The frames of a stream, less what differs from call to call and by whether usage was asked for. */
function dataOf(text: string): unknown[] {
  const same = { id: undefined, created: undefined, obfuscation: undefined, usage: undefined }
  return text
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => (frame === 'data: [DONE]' ? frame : { ...(JSON.parse(frame.slice(6)) as object), ...same }))
}
