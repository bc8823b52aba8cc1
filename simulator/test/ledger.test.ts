import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openLedger } from '../src/billing/ledger.ts'
import { noTokens } from '../src/billing/tokens.ts'
import type { JsonObject } from '../src/json.ts'
import type { ProviderName } from '../src/provider.ts'
import { startSimulator, type Simulator } from '../src/simulator.ts'
import { chatBody, REACH, send } from './harness.ts'

let simulator: Simulator
const folder = mkdtempSync(join(tmpdir(), 'simulator-ledger-'))
const file = join(folder, 'ledger.jsonl')

beforeAll(async () => {
  simulator = await startSimulator({ ledgerFile: file })
})
afterAll(async () => {
  await simulator.close()
  rmSync(folder, { recursive: true })
})
beforeEach(() => simulator.clearLedger())

async function ask(provider: ProviderName, text: string, more: JsonObject = {}): Promise<JsonObject> {
  const answer = await send(
    simulator.baseUrls[provider] + REACH[provider].chatPath,
    REACH[provider].auth('good-key-7777'),
    chatBody(provider, text, more),
  )
  return (await answer.json()) as JsonObject
}

// Figures by hand. Nano-dollars per token: a price of 0.15 dollars a million is 150 nano-dollars a token.
const BY_HAND: [ProviderName, string, JsonObject, JsonObject, number][] = [
  // 21 bytes: 6 + 3 = 9 in. 9 × 150 + 5 × 600.
  ['openai', 'Say hello [[words=5]]', {}, { input: 9, cache_read: 0, output: 5 }, 4350],
  // 34 bytes: 9 + 3 = 12 in, of which 4 cached. 8 × 250 + 4 × 25 + (3 + 2) × 2000; reasoning at the output price.
  ['openai', '[[words=3 reasoning=2 cached=4  ]]', { model: 'gpt-5-mini' }, { input: 8, cache_read: 4, output: 3, reasoning: 2 }, 12_100],
  // 34 bytes: 9 + 3 = 12 in: 4 read, 5 written, 3 fresh. 3 × 1000 + 4 × 100 + 5 × 1250 + 1 × 5000.
  ['anthropic', '[[words=1 cached=4 cache_write=5]]', {}, { input: 3, cache_read: 4, cache_write: 5, output: 1 }, 14_650],
  // 20 bytes: 5 + 3 = 8 in, 1 cached. 7 × 165 + 82.5 + 660 = 1897.5, half up.
  ['azure', '[[words=1 cached=1]]', {}, { input: 7, cache_read: 1, output: 1 }, 1898],
  // 8 in, 2 cached. 6 × 140 + 2 × 2.8 + 3 × 280 = 1685.6.
  ['deepseek', '[[words=3 cached=2]]', { model: 'deepseek-v4-flash' }, { input: 6, cache_read: 2, output: 3 }, 1686],
  // Nothing has a price at Ollama; cached tokens are not told there.
  ['ollama', '[[words=3 cached=2]]', {}, { input: 8, cache_read: 0, output: 3 }, 0],
  // 28 bytes: 7 + 3 = 10 in. The cap is 10, 4 words were written, 10 + 4 are billed. 10 × 130 + 14 × 380.
  [
    'openrouter',
    '[[words=4 usage_excess=4  ]]',
    { model: 'meta-llama/llama-3.3-70b-instruct', max_tokens: 10 },
    { input: 10, output: 14 },
    6620,
  ],
]

test.each(BY_HAND)('%s bills %s as written by hand', async (provider, text, more, tokens, cost) => {
  await ask(provider, text, more)
  expect(simulator.ledger()).toMatchObject([{ provider, tokens, cost_nanos: cost, key_hint: '7777' }])
})

test('several answers multiply the output, not the prompt', async () => {
  const answer = await ask('openai', 'Say hello [[words=5]]', { n: 3 })
  expect(answer['choices']).toHaveLength(3)
  // 9 × 150 + 15 × 600.
  expect(simulator.ledger()).toMatchObject([{ tokens: { input: 9, output: 15 }, cost_nanos: 10_350 }])
})

test('OpenRouter tells the same cost that it books', async () => {
  const answer = await ask('openrouter', 'Say hello [[words=5]]')
  expect(answer['usage']).toMatchObject({ cost: 0.00000435 })
  expect(simulator.totals().cost_nanos).toBe(4350)
})

test('embeddings bill their input', async () => {
  const body = { model: 'text-embedding-3-small', input: ['12345678', '123'], dimensions: 4 }
  const answer = await send(`${simulator.baseUrls.openai}/embeddings`, REACH.openai.auth('good-key-7777'), body)
  // 2 + 1 tokens × 20.
  expect(await answer.json()).toMatchObject({ usage: { prompt_tokens: 3, total_tokens: 3 } })
  expect(simulator.ledger()).toMatchObject([{ model: 'text-embedding-3-small', tokens: { input: 3, output: 0 }, cost_nanos: 60 }])
})

test('the same embedding comes as floats and as base64', async () => {
  const body = { model: 'text-embedding-3-small', input: 'once', dimensions: 4 }
  const url = `${simulator.baseUrls.openai}/embeddings`
  const floats = await (await send(url, REACH.openai.auth('good-key-7777'), body)).json()
  const packed = await (await send(url, REACH.openai.auth('good-key-7777'), { ...body, encoding_format: 'base64' })).json()
  const bytes = Buffer.from((packed as { data: { embedding: string }[] }).data[0]?.embedding ?? '', 'base64')
  expect(bytes.length).toBe(16)
  expect((floats as { data: { embedding: number[] }[] }).data[0]?.embedding[3]).toBeCloseTo(bytes.readFloatLE(12), 6)
})

test('totals are the sums of the entries, by provider and by key', async () => {
  await ask('openai', 'Say hello [[words=5]]')
  await ask('ollama', 'Say hello [[words=5]]')
  await ask('openai', '[[status=500]]')
  expect(simulator.totals()).toMatchObject({
    requests: 3,
    unbilled: 1,
    cost_nanos: 4350,
    tokens: { input: 18, output: 10 },
    by_provider: { openai: { requests: 2, cost_nanos: 4350 }, ollama: { requests: 1, cost_nanos: 0 } },
    by_key: { 'openai 7777': { requests: 2 } },
  })
})

test('the ledger can be read, continued and cleared over HTTP', async () => {
  await ask('openai', 'one')
  await ask('openai', 'two')
  const first = await (await fetch(`${simulator.origin}/_sim/ledger`)).json()
  const [{ seq }] = (first as { items: [{ seq: number }, unknown] }).items
  const rest = await (await fetch(`${simulator.origin}/_sim/ledger?since=${seq}`)).json()
  expect(rest).toMatchObject({ items: [{ seq: seq + 1, path: '/v1/chat/completions' }] })
  expect(await (await fetch(`${simulator.origin}/_sim/ledger/totals`)).json()).toMatchObject({ requests: 2 })
  await fetch(`${simulator.origin}/_sim/ledger`, { method: 'DELETE' })
  expect(await (await fetch(`${simulator.origin}/_sim/ledger`)).json()).toEqual({ items: [] })
  expect((await fetch(`${simulator.origin}/_sim/healthz`)).status).toBe(200)
})

test('each entry is also a line of the ledger file', async () => {
  await ask('openai', 'Say hello [[words=5]]')
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  expect(JSON.parse(lines.at(-1) ?? '')).toEqual(simulator.ledger()[0])
})

test('a bounded ledger forgets old entries but no cost', () => {
  const ledger = openLedger({ keep: 2 })
  const entry = {
    provider: 'openai',
    model: 'm',
    key_hint: null,
    path: '/',
    stream: false,
    status: 200,
    outcome: 'complete',
    request_id: 'r',
    completion_id: 'c',
  } as const
  for (let place = 0; place < 5; place++) ledger.record({ ...entry, tokens: { ...noTokens(), input: 1 }, cost_nanos: 10 })
  expect(ledger.entries().length).toBeLessThan(5)
  expect(ledger.entries().at(-1)?.seq).toBe(5)
  expect(ledger.totals()).toMatchObject({ requests: 5, cost_nanos: 50, tokens: { input: 5 } })
})
