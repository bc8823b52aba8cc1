import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { message, openWorld, type World } from './test-kit.ts'

let world: World
const closing: (() => void)[] = []
beforeAll(async () => {
  world = await openWorld({ EGRESS_ALLOW: '127.0.0.0/8' })
})
afterAll(async () => {
  for (const close of closing) close()
  await world.close()
})

const request = (directives: string, stream: boolean) => ({
  model: 'openai/gpt-4o-mini',
  max_tokens: 1000,
  messages: message(`hello [[${directives}]]`),
  stream,
})

/** An upstream of our own making, for what no provider should do. */
async function upstream(answer: RequestListener): Promise<string> {
  const server = createServer((req, res) => void req.resume().once('end', () => answer(req, res)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

const frame = (content: string) =>
  `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`
const startStream = (res: ServerResponse) => res.writeHead(200, { 'content-type': 'text/event-stream' })

test('a client that leaves a stream is charged for all that its provider billed', async () => {
  const { id, key, billed } = await world.bound('openai', 'leaving')
  const answer = await world.post('/v1/chat/completions', key, request('words=60 chunk_ms=5', true))
  const reader = answer.body!.getReader()
  await reader.read()
  await reader.cancel()
  const [event] = await world.events(id, 1)
  // 29 bytes: 8 + 3 = 11 tokens; 11 × 150 + 60 × 600 = 37650 nano-dollars. The answer was read to its end.
  expect(event).toMatchObject({
    outcome: 'client_gone',
    error_source: 'client',
    tokens_output: '60',
    cost_nanos: '37650',
    estimated: false,
  })
  expect(billed().map(({ cost_nanos, outcome }) => ({ cost_nanos, outcome }))).toEqual([{ cost_nanos: 37_650, outcome: 'complete' }])
})

test('a client that leaves before a plain answer is charged for it', async () => {
  let arrived: () => void = () => {}
  const isThere = new Promise<void>((resolve) => (arrived = resolve))
  const base = await upstream((_, res) => {
    arrived()
    setTimeout(
      () =>
        res
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 9 } })),
      200,
    )
  })
  const { id, key } = await world.bound('openai', 'leavingplain', { base_url: base })
  const abort = new AbortController()
  const call = fetch(`${world.api.origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(request('', false)),
    signal: abort.signal,
  })
  await isThere
  abort.abort()
  await expect(call).rejects.toThrow()
  // 3 × 150 + 9 × 600 = 5850 nano-dollars.
  expect((await world.events(id, 1))[0]).toMatchObject({ outcome: 'client_gone', cost_nanos: '5850', estimated: false })
})

test('a stream that breaks off is charged by what was received, flagged, and the client is told', async () => {
  const { id, key } = await world.bound('openai', 'breaking')
  const text = await (await world.post('/v1/chat/completions', key, request('words=100 cut_after=30', true))).text()
  expect(text).toContain('upstream_lost')
  expect(text).not.toContain('[DONE]')
  const [event] = await world.events(id, 1)
  expect(event).toMatchObject({ outcome: 'error', error_source: 'provider', error_code: 'answer_cut', estimated: true, unresolved: false })
  expect(Number(event?.tokens_output)).toBeGreaterThan(10)
  expect(Number(event?.tokens_output)).toBeLessThan(100)
  expect(Number(event?.cost_nanos)).toBeGreaterThan(0)
})

test('a plain answer that breaks off is charged by what was received, flagged, and told as lost', async () => {
  const { id, key } = await world.bound('openai', 'halved')
  const answer = await world.post('/v1/chat/completions', key, request('words=100 cut_after=1', false))
  expect({ status: answer.status, code: ((await answer.json()) as { error: { code: string } }).error.code }).toEqual({
    status: 502,
    code: 'upstream_lost',
  })
  const [event] = await world.events(id, 1)
  expect(event).toMatchObject({ outcome: 'error', error_source: 'provider', error_code: 'answer_cut', estimated: true })
  expect(Number(event?.cost_nanos)).toBeGreaterThan(0)
})

test('a price with tiers is that of the tier which the whole input reaches, in the charge and in what is kept of it', async () => {
  const usage = { prompt_tokens: 250_000, completion_tokens: 100, total_tokens: 250_100 }
  const base = await upstream(
    (_, res) => void res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices: [], usage })),
  )
  const { id, key } = await world.bound('google', 'tiers', { base_url: base })
  const answer = await world.post('/v1/chat/completions', key, { model: 'google/gemini-2.5-pro', messages: message('x') })
  // Above 200,000 tokens of input: 250000 × 2.5 + 100 × 15 = 626500 millionths of a dollar.
  expect(answer.headers.get('x-llm-cost')).toBe('0.6265')
  expect((await world.events(id, 1))[0]).toMatchObject({
    cost_nanos: '626500000',
    price: { per_million_nanos: { input: '2500000000', output: '15000000000' } },
  })
})

test('an error in the middle of a stream reaches the client as it is, and what came before it is charged', async () => {
  const { id, key } = await world.bound('openai', 'erring')
  const text = await (await world.post('/v1/chat/completions', key, request('words=50 error_after=20', true))).text()
  expect(text).toMatch(/"error":\s*\{/)
  const [event] = await world.events(id, 1)
  expect(event).toMatchObject({ outcome: 'error', error_source: 'provider', estimated: true })
  expect(Number(event?.tokens_output)).toBeGreaterThan(5)
  expect(Number(event?.tokens_output)).toBeLessThan(50)
})

test('an error of Anthropic in the middle of a stream is charged by its own count of the input', async () => {
  const { id, key } = await world.bound('anthropic', 'erring')
  const body = { model: 'claude-haiku-4-5', max_tokens: 100, stream: true, messages: message('hello [[words=50 error_after=20]]') }
  await (await world.post('/v1/messages', key, body)).text()
  const [event] = await world.events(id, 1)
  // 33 bytes: 9 + 3 = 12 tokens.
  expect(event).toMatchObject({ outcome: 'error', tokens_input: '12', estimated: true })
  expect(Number(event?.tokens_output)).toBeGreaterThan(5)
})

test.each([false, true])('an error with status 200 costs nothing and is no success (stream: %s)', async (stream) => {
  const { id, key } = await world.bound('openai', 'smiling')
  const answer = await world.post('/v1/chat/completions', key, request('error_in_200', stream))
  expect(answer.status).toBe(200)
  expect(await answer.text()).toContain('"error"')
  expect((await world.events(id, 1))[0]).toMatchObject({ outcome: 'error', error_source: 'provider', cost_nanos: '0', http_status: 200 })
})

test.each([false, true])('an answer without usage is charged by a count of its text (stream: %s)', async (stream) => {
  const { id, key } = await world.bound('openai', 'silent')
  const answer = await world.post('/v1/chat/completions', key, request('words=40 no_usage', stream))
  const text = await answer.text()
  if (stream) expect(text).toContain('[DONE]')
  const [event] = await world.events(id, 1)
  expect(event).toMatchObject({ outcome: 'ok', estimated: true, unresolved: false })
  expect(Number(event?.tokens_output)).toBeGreaterThanOrEqual(40)
  expect(Number(event?.tokens_output)).toBeLessThanOrEqual(80)
  expect(Number(event?.tokens_input)).toBeGreaterThan(5)
})

test('a stream that ends without an end mark is charged as reported', async () => {
  const { id, key } = await world.bound('openai', 'endless')
  await (await world.post('/v1/chat/completions', key, request('words=12 no_done', true))).text()
  expect((await world.events(id, 1))[0]).toMatchObject({ outcome: 'ok', tokens_output: '12', estimated: false })
})

test('a connection lost after the request went out is charged at its reservation, unresolved', async () => {
  const { id, key } = await world.bound('openai', 'reset')
  const answer = await world.post('/v1/chat/completions', key, request('words=1', false))
  expect(answer.status).toBe(502)
  expect(((await answer.json()) as { error: { code: string } }).error.code).toBe('upstream_lost')
  const [event] = await world.events(id, 1)
  expect(event).toMatchObject({ outcome: 'upstream_lost', unresolved: true, estimated: true })
  expect(event?.cost_nanos).toBe(event?.reserved_nanos)
  expect(Number(event?.cost_nanos)).toBeGreaterThan(600_000)
})

test.each([
  ['OpenAI', '/v1/chat/completions', 'openai', 'gpt-4o-mini'],
  ['Anthropic', '/v1/messages', 'anthropic', 'claude-haiku-4-5'],
] as const)('a refusal of %s passes with its own body and status, and without our key', async (_, path, provider, model) => {
  const { id, key, secret } = await world.bound(provider, 'invalid')
  const answer = await world.post(path, key, { model, max_tokens: 5, messages: message('hi') })
  expect(answer.status).toBe(401)
  expect(answer.headers.get('x-llm-error-source')).toBe('provider')
  const text = await answer.text()
  expect(text).toContain('"error"')
  expect(text).not.toContain(secret.slice(0, 20))
  expect((await world.events(id, 1))[0]).toMatchObject({
    outcome: 'error',
    error_source: 'provider',
    error_code: 'auth_invalid',
    http_status: 401,
    cost_nanos: '0',
  })
})

test('a key that an upstream quotes in its error is taken out of what the client sees', async () => {
  const base = await upstream(
    (req, res) =>
      void res
        .writeHead(400, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: { message: `bad: ${req.headers.authorization}` } })),
  )
  const { key, secret } = await world.bound('openai', 'quoted', { base_url: base })
  const text = await (await world.post('/v1/chat/completions', key, request('', false))).text()
  expect(text).not.toContain(secret)
  expect(text).toContain('[secret]')
})

test('a redirect is not followed', async () => {
  let calls = 0
  const base = await upstream((_, res) => {
    calls++
    res.writeHead(307, { location: '/v1/elsewhere' }).end()
  })
  const { key } = await world.bound('openai', 'moved', { base_url: base })
  expect((await world.post('/v1/chat/completions', key, request('', false))).status).toBe(502)
  expect(calls).toBe(1)
})

test('an answer that is no JSON is told as such, and charged by the request', async () => {
  const base = await upstream((_, res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>all is well</html>'))
  const { id, key } = await world.bound('openai', 'html', { base_url: base })
  const answer = await world.post('/v1/chat/completions', key, request('', false))
  expect({ status: answer.status, code: ((await answer.json()) as { error: { code: string } }).error.code }).toEqual({
    status: 502,
    code: 'bad_upstream_answer',
  })
  expect((await world.events(id, 1))[0]).toMatchObject({
    outcome: 'error',
    error_code: 'unreadable_answer',
    estimated: true,
    tokens_output: '0',
  })
})

test('letters that look like the end of a stream, within its text, hold nothing up', async () => {
  const base = await upstream((_, res) => {
    startStream(res)
    res.write(frame('they write [DONE]'))
    res.write(frame(' and go on'))
    setTimeout(
      () =>
        res.end(
          `${frame(' for long')}data: {"id":"x","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: {"id":"x","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":9}}\n\ndata: [DONE]\n\n`,
        ),
      50,
    )
  })
  const { id, key } = await world.bound('openai', 'lookalike', { base_url: base })
  const stream = await world.openai(key).chat.completions.create({ model: 'gpt-4o-mini', messages: message('x'), stream: true })
  let text = ''
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
  expect(text).toBe('they write [DONE] and go on for long')
  // 3 × 150 + 9 × 600 = 5850 nano-dollars.
  expect((await world.events(id, 1))[0]).toMatchObject({ outcome: 'ok', cost_nanos: '5850', estimated: false })
})

test.each([-5, 1.5, 1e300, '7', null])('usage of %s tokens is not believed', async (tokens) => {
  const body = {
    id: 'x',
    object: 'chat.completion',
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'four words of text' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: tokens },
  }
  const base = await upstream((_, res) => void res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)))
  const { id, key } = await world.bound('openai', 'lying', { base_url: base })
  expect((await world.post('/v1/chat/completions', key, request('', false))).status).toBe(200)
  const [event] = await world.events(id, 1)
  if (tokens === null) expect(Number(event?.cost_nanos)).toBeGreaterThan(0)
  else expect(event).toMatchObject({ outcome: 'ok', estimated: true, tokens_output: '4' })
})

test("of a provider's headers only those that concern the client pass", async () => {
  const base = await upstream((_, res) => {
    res.writeHead(200, {
      'content-type': 'application/json',
      'set-cookie': 'a=b',
      'alt-svc': 'h3=":443"',
      'x-llm-cost': '0',
      'x-ratelimit-limit-requests': '5',
      'x-request-id': 'req_theirs',
      connection: 'x-hop',
      'x-hop': '1',
    })
    res.end(JSON.stringify({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } }))
  })
  const { key } = await world.bound('openai', 'headers', { base_url: base })
  const { headers } = await world.post('/v1/chat/completions', key, request('', false))
  expect(headers.get('x-ratelimit-limit-requests')).toBe('5')
  expect(headers.get('x-llm-provider-request-id')).toBe('req_theirs')
  expect(headers.get('x-request-id')).not.toBe('req_theirs')
  expect(headers.get('x-llm-cost')).toBe('0.00000075')
  for (const name of ['set-cookie', 'alt-svc', 'x-hop']) expect(headers.has(name)).toBe(false)
})

test('nothing of a client but what a provider understands is passed on, and one credential', async () => {
  let seen: Record<string, unknown> = {}
  const base = await upstream((req, res) => {
    seen = req.headers
    res
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } }))
  })
  const { key, secret } = await world.bound('openai', 'clean', { base_url: base })
  await world.post('/v1/chat/completions', key, request('', false), {
    cookie: 'a=b',
    'x-forwarded-for': '1.2.3.4',
    'x-api-key': key,
    origin: 'https://example.com',
  })
  expect(seen.authorization).toBe(`Bearer ${secret}`)
  for (const name of ['cookie', 'x-forwarded-for', 'x-api-key', 'origin']) expect(seen[name]).toBeUndefined()
  expect(JSON.stringify(seen)).not.toContain(key)
})

test('a slow reader holds up nobody but itself, and is charged in full', async () => {
  const { id, key } = await world.bound('openai', 'slow')
  const answer = await world.post('/v1/chat/completions', key, { ...request('words=1000', true), max_tokens: 2000, n: 1 })
  const reader = answer.body!.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) await new Promise((resolve) => setTimeout(resolve, 2))
  expect((await world.events(id, 1))[0]).toMatchObject({ outcome: 'ok', tokens_output: '1000', estimated: false })
})
