import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { prices } from '@llm-manager/contract/prices'
import { status } from '@llm-manager/contract/status'
import { userKeys } from '@llm-manager/contract/user-keys'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { message, openWorld, type World } from '../../src/gateway/test-kit.ts'

/** Anybody can put a server of their own behind a key of their own. Whatever it answers is their affair alone. */

let world: World
let provider: Server
let keyId: string
let key: string
let answer: (res: ServerResponse) => void

beforeAll(async () => {
  provider = createServer((req, res) => req.resume().on('end', () => answer(res)))
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  const base_url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`
  world = await openWorld({ EGRESS_ALLOW: '127.0.0.1' })
  const { member } = world.api
  const body = { provider: 'openai' as const, api_key: 'sk-of-a-hostile-member-abcdefgh', base_url, validate: false }
  keyId = (await member(userKeys.create, { body })).id
  key = (await world.accessKey(member)).key
})
afterEach(async () => {
  answer = (res) => answerWith(res, { prompt_tokens: 3, completion_tokens: 2 })
  expect((await call()).status).toBe(200)
})
afterAll(async () => {
  await world.close()
  provider.closeAllConnections()
  provider.close()
})

const call = (more: object = {}): Promise<Response> =>
  world.post('/v1/chat/completions', key, { model: 'openai/gpt-4o', messages: message('hi'), ...more })

function answerWith(res: ServerResponse, usage: object): void {
  res.setHeader('content-type', 'application/json')
  res.end(JSON.stringify({ choices: [{ message: { role: 'assistant', content: 'hi' } }], usage }))
}

/** Once nothing waits in the journal any more. */
async function untilDrained(): Promise<void> {
  await expect.poll(async () => (await world.api.admin(status.get)).journal.waiting_events, { timeout: 15_000 }).toBe(0)
}

async function lastEvent() {
  await untilDrained()
  return (await world.events(keyId, 1)).at(-1)!
}

test('an answer that breaks off in the middle of a very long text ends its own call and nothing else', async () => {
  answer = (res) => {
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': 50_000_000 })
    res.write(`{"choices":[{"message":{"content":"${'word '.repeat(2_400_000)}`, () => setTimeout(() => res.destroy(), 300))
  }
  const response = await call()
  expect(response.status).toBe(502)
  expect(await response.json()).toMatchObject({ error: { code: 'upstream_lost' } })
  const event = await lastEvent()
  expect(event).toMatchObject({ error_code: 'answer_cut', estimated: true })
})

test('usage that no call can have is not believed, and holds up nothing', async () => {
  answer = (res) => answerWith(res, { prompt_tokens: 9_007_199_254_740_991, completion_tokens: 9_007_199_254_740_991 })
  expect((await call()).status).toBe(200)
  const event = await lastEvent()
  expect(event).toMatchObject({ outcome: 'ok', estimated: true })
  expect(Number(event.tokens_output)).toBeLessThan(100)
})

test('a request that asks for more than can be counted is refused, and holds up nothing', async () => {
  for (const more of [
    { n: 9_007_199_254_740_991, max_tokens: 9_007_199_254_740_991 },
    { n: 4_000_000_000, max_tokens: 4_000_000_000 },
  ]) {
    const response = await call(more)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_request', param: 'n' } })
  }
  await untilDrained()
})

test('absurd prices add up to no more than the accounts can hold, and hold up nothing', async () => {
  const per_million = { input: 1_000_000_000, output: 1_000_000_000 }
  await world.api.admin(prices.create, {
    body: { provider: 'openai', model: 'absurd', effective_from: '2020-01-01T00:00:00Z', per_million },
  })
  answer = (res) => answerWith(res, { prompt_tokens: 900_000_000, completion_tokens: 1 })
  for (let calls = 0; calls < 11; calls++) expect((await call({ model: 'openai/absurd', max_tokens: 1 })).status).toBe(200)
  await untilDrained()
})

test('an error within a 200 is passed on only up to the length of any other error', async () => {
  answer = (res) => {
    res.writeHead(200, { 'content-type': 'application/json' })
    res.end(JSON.stringify({ error: { message: 'x'.repeat(2_000_000), type: 'odd' } }))
  }
  const response = await call()
  expect(response.status).toBe(502)
  expect(await response.json()).toMatchObject({ error: { code: 'bad_upstream_answer' } })
})

test('a word for an error may be as long as it likes', async () => {
  answer = (res) => {
    res.writeHead(200, { 'content-type': 'application/json' })
    res.end(JSON.stringify({ error: { message: 'no', type: `sk-ant-${'a'.repeat(10_000_000)}` } }))
  }
  expect((await call()).status).toBe(502)
  expect(await lastEvent()).toMatchObject({ outcome: 'error', error_source: 'provider', estimated: false })
})

test('long words without a space are counted like any others', { timeout: 30_000 }, async () => {
  answer = (res) => {
    res.setHeader('content-type', 'application/json')
    res.end(JSON.stringify({ choices: [{ message: { role: 'assistant', content: `so ${'中'.repeat(65_536)}` } }] }))
  }
  expect((await call()).status).toBe(200)
  const event = await lastEvent()
  expect(event).toMatchObject({ estimated: true })
})
