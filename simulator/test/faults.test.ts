import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { JsonObject } from '../src/json.ts'
import { PROVIDER_NAMES, type ProviderName } from '../src/provider.ts'
import { startSimulator, type Simulator } from '../src/simulator.ts'
import { chatBody, dataOf, REACH, send } from './harness.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator()
})
afterAll(() => simulator.close())
beforeEach(() => simulator.clearLedger())

function ask(provider: ProviderName, text: string, more: JsonObject = {}, signal?: AbortSignal): Promise<Response> {
  return send(
    simulator.baseUrls[provider] + REACH[provider].chatPath,
    REACH[provider].auth('good-key-123'),
    chatBody(provider, text, more),
    signal,
  )
}

function askStream(provider: ProviderName, text: string, signal?: AbortSignal): Promise<Response> {
  return ask(provider, text, { stream: true }, signal)
}

async function bookedEntry() {
  while (simulator.ledger().length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  return simulator.ledger()[0]
}

describe.each(PROVIDER_NAMES)('%s', (provider) => {
  test('answers the asked status in its own form and bills nothing', async () => {
    for (const status of [400, 404, 429, 500, 503, 529]) {
      const answer = await ask(provider, `[[status=${status}]]`)
      expect(answer.status).toBe(status)
      expect(typeof (await answer.json())).toBe('object')
    }
    expect(simulator.totals()).toMatchObject({ requests: 6, unbilled: 6, cost_nanos: 0 })
  })
})

/** The text by which a gateway tells these errors apart, per provider. */
const WORDS: [ProviderName, string, number, string][] = [
  ['openai', 'insufficient_quota', 429, '"type":"insufficient_quota"'],
  ['openai', 'context_length', 400, '"code":"context_length_exceeded"'],
  ['openai', 'overloaded', 503, '"code":"server_is_overloaded"'],
  ['anthropic', 'insufficient_quota', 429, '"error_code":"enforced_spend_limit_reached"'],
  ['anthropic', 'context_length', 400, 'prompt is too long'],
  ['anthropic', 'overloaded', 529, '"type":"overloaded_error"'],
  ['google', 'insufficient_quota', 429, 'GenerateRequestsPerDay'],
  ['google', 'rate_limit', 429, '"retryDelay":"1s"'],
  ['google', 'context_length', 400, 'The input token count ('],
  ['google', 'overloaded', 503, '"status":"UNAVAILABLE"'],
  ['groq', 'request_too_large', 413, '"code":"rate_limit_exceeded"'],
  ['groq', 'insufficient_quota', 400, '"code":"blocked_api_access"'],
  ['mistral', 'rate_limit', 429, '"code":"1300"'],
  ['deepseek', 'no_credit', 402, 'Insufficient Balance'],
  ['azure', 'content_filter', 400, '"innererror"'],
  ['azure', 'model_not_found', 404, '"code":"DeploymentNotFound"'],
  ['openrouter', 'overloaded', 503, '"error_type":"provider_overloaded"'],
  ['openrouter', 'no_credit', 402, '"code":402'],
  ['cohere', 'rate_limit', 429, '"message":"too many requests'],
  ['ollama', 'model_not_found', 404, 'try pulling it first'],
]

test.each(WORDS)('%s words %s as status %d with %s', async (provider, error, status, words) => {
  const answer = await ask(provider, `[[error=${error}]]`)
  expect(answer.status).toBe(status)
  expect(await answer.text()).toContain(words)
})

test('a wait is told in each provider’s own place', async () => {
  const openai = await ask('openai', '[[status=429 retry_after=2]]')
  expect(openai.headers.get('retry-after')).toBe('2')
  expect(openai.headers.get('retry-after-ms')).toBe('2000')
  const azure = await ask('azure', '[[status=429 retry_after=2]]')
  expect(azure.headers.get('retry-after-ms')).toBe('2000')
  expect(azure.headers.get('retry-after')).toBeNull()
  expect(await (await ask('google', '[[status=429 retry_after=2]]')).text()).toContain('"retryDelay":"2s"')
})

test('directives are also read from a header, and those of the text win', async () => {
  const headers = { ...REACH.openai.auth('good-key-123'), 'x-simulate': 'words=3; status=500' }
  const url = simulator.baseUrls.openai + REACH.openai.chatPath
  expect((await send(url, headers, chatBody('openai', 'hello'))).status).toBe(500)
  const answer = await send(url, { ...headers, 'x-simulate': 'words=3' }, chatBody('openai', '[[words=7]]'))
  expect(await answer.json()).toMatchObject({ usage: { completion_tokens: 7 } })
})

test('OpenRouter fails inside a 200', async () => {
  const answer = await ask('openrouter', '[[error_in_200]]')
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({ error: { code: 503 } })
  expect(simulator.ledger()).toMatchObject([{ outcome: 'error_in_200', cost_nanos: 0 }])
})

test('a cut stream ends in a broken connection and bills what was generated', async () => {
  const answer = await askStream('openai', '[[words=20 cut_after=4]]')
  await expect(answer.text()).rejects.toThrow()
  // The role chunk and three words had left.
  expect(await bookedEntry()).toMatchObject({ outcome: 'cut', tokens: { output: 3 } })
})

test('a whole answer can break off in the middle', async () => {
  const answer = await ask('openai', '[[cut_after=1]]')
  await expect(answer.text()).rejects.toThrow()
})

test('a client that leaves is billed for what had been generated, no more', async () => {
  const leaving = new AbortController()
  const answer = await askStream('openai', '[[words=500 chunk_ms=10]]', leaving.signal)
  const reader = answer.body?.getReader()
  await reader?.read()
  await reader?.read()
  leaving.abort()
  const entry = await bookedEntry()
  expect(entry).toMatchObject({ outcome: 'disconnected', status: 499 })
  expect(entry?.tokens.output).toBeGreaterThan(0)
  expect(entry?.tokens.output).toBeLessThan(500)
})

test('a client that leaves before the first byte is billed for its prompt', async () => {
  // 21 bytes: 6 + 3.
  await expect(ask('openai', '[[latency_ms=60000 ]]', {}, AbortSignal.timeout(50))).rejects.toThrow()
  expect(await bookedEntry()).toMatchObject({ outcome: 'disconnected', tokens: { input: 9, output: 0 } })
})

test('a stream can hang in the middle, and a request from the start', async () => {
  const answer = await askStream('openai', '[[words=9 hang_after=3]]', AbortSignal.timeout(100))
  await expect(answer.text()).rejects.toThrow()
  expect(await bookedEntry()).toMatchObject({ outcome: 'disconnected', tokens: { output: 2 } })
  await expect(ask('openai', '[[hang]]', {}, AbortSignal.timeout(50))).rejects.toThrow()
})

test('usage can be missing, and so can the end mark', async () => {
  expect(await (await ask('openai', '[[no_usage]]')).json()).not.toHaveProperty('usage')
  const stream = await (await askStream('groq', '[[no_usage no_done]]')).text()
  expect(stream).not.toContain('usage')
  expect(stream).not.toContain('[DONE]')
  expect(stream).toContain('"finish_reason":"stop"')
})

const IN_BAND: [ProviderName, (text: string) => void][] = [
  ['openai', (text) => expect(dataOf(text).at(-1)).toHaveProperty('error.type', 'server_error')],
  ['azure', (text) => expect(dataOf(text).at(-1)).toHaveProperty('error.code', 'InternalServerError')],
  ['anthropic', (text) => expect(text).toMatch(/event: error\ndata: .*overloaded_error.*\n\n$/)],
  ['groq', (text) => expect(text).toMatch(/event: error\ndata: .*"status_code":500.*\n\n$/)],
  ['openrouter', (text) => expect(dataOf(text).at(-1)).toMatchObject({ error: { code: 502 }, choices: [{ finish_reason: 'error' }] })],
  // The text of the error is lost: an empty chunk, then nothing.
  ['ollama', (text) => expect(dataOf(text).at(-1)).toMatchObject({ choices: [{ delta: { content: '' }, finish_reason: null }] })],
  ['mistral', (text) => expect(dataOf(text).at(-1)).toMatchObject({ object: 'error' })],
  ['deepseek', (text) => expect(dataOf(text).at(-1)).toHaveProperty('error')],
  ['cohere', (text) => expect(dataOf(text).at(-1)).toHaveProperty('message')],
]

test.each(IN_BAND)('%s fails in the middle of a stream in its own way', async (provider, holds) => {
  const answer = await askStream(provider, '[[words=9 error_after=4]]')
  expect(answer.status).toBe(200)
  holds(await answer.text())
  expect(simulator.ledger()).toMatchObject([{ outcome: 'stream_error' }])
})

test.each(['openai', 'anthropic', 'openrouter', 'azure'] as const)('%s streams the same bytes in any chunking', async (provider) => {
  const masked = (text: string) => text.replace(/[0-9a-f]{24}|"created":\d+|gen-\d+/g, '#')
  const whole = masked(await (await askStream(provider, 'hello [[words=30]]')).text())
  for (const size of [1, 3, 7]) {
    const answer = await askStream(provider, `hello [[words=30 bytewise=${size}]]`)
    const pieces: Uint8Array[] = []
    for await (const piece of answer.body ?? []) pieces.push(piece)
    const text = Buffer.concat(pieces).toString('utf8')
    // The prompt is longer by the directive; only the usage differs by it.
    const counts = /"(prompt_tokens|total_tokens|input_tokens|cost|upstream_\w+)":[\d.e-]+/g
    expect(masked(text).replace(counts, '#')).toBe(whole.replace(counts, '#'))
    expect(pieces.length).toBeGreaterThan(10)
    expect(text).toContain('東京')
  }
})
