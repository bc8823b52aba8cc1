import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROVIDER_NAMES, type ProviderName } from '../src/provider.ts'
import { startSimulator, type Simulator } from '../src/simulator.ts'
import { chatBody, REACH, send } from './harness.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator()
})
afterAll(() => simulator.close())

function check(provider: ProviderName, headers: Record<string, string>): Promise<Response> {
  const { method, path, body } = REACH[provider].check
  return send(simulator.baseUrls[provider] + path, headers, body ?? (method === 'POST' ? {} : undefined))
}

function chat(provider: ProviderName, key: string): Promise<Response> {
  return send(simulator.baseUrls[provider] + REACH[provider].chatPath, REACH[provider].auth(key), chatBody(provider, 'hello'))
}

/** Statuses of the key check, and of a chat without money; `bad` is a mark of the provider's own answer to a bad key. */
const EXPECTED: Record<
  ProviderName,
  { good: number; invalid: number; bad: string; nocredit: [check: number, chat: number]; down: number }
> = {
  openai: { good: 200, invalid: 401, bad: '"code":"invalid_api_key"', nocredit: [429, 429], down: 500 },
  anthropic: { good: 200, invalid: 401, bad: '"type":"authentication_error"', nocredit: [400, 400], down: 500 },
  google: { good: 200, invalid: 400, bad: '"reason":"API_KEY_INVALID"', nocredit: [200, 402], down: 500 },
  groq: { good: 200, invalid: 401, bad: '"code":"invalid_api_key"', nocredit: [400, 400], down: 500 },
  // The check of ollama.com is an empty chat: 400 says that the key was good.
  ollama: { good: 400, invalid: 401, bad: 'unauthorized', nocredit: [402, 402], down: 500 },
  mistral: { good: 200, invalid: 401, bad: '{"detail":"Unauthorized"}', nocredit: [402, 402], down: 500 },
  cohere: { good: 200, invalid: 401, bad: '"message":"invalid api token"', nocredit: [402, 402], down: 500 },
  deepseek: { good: 200, invalid: 401, bad: '"type":"authentication_error"', nocredit: [200, 402], down: 500 },
  azure: { good: 200, invalid: 401, bad: '"code":"401"', nocredit: [429, 429], down: 500 },
  openrouter: { good: 200, invalid: 401, bad: '{"message":"User not found.","code":401}', nocredit: [200, 402], down: 502 },
}

describe.each(PROVIDER_NAMES)('%s', (provider) => {
  const expected = EXPECTED[provider]
  const { auth } = REACH[provider]

  test('a good key passes the check', async () => {
    const answer = await check(provider, auth('key-of-good-standing'))
    expect(answer.status).toBe(expected.good)
    expect(answer.headers.get('x-simulator')).toBe('true')
  })

  test('a bad key is refused in the provider’s own words', async () => {
    const answer = await check(provider, auth('key-that-is-invalid'))
    expect(answer.status).toBe(expected.invalid)
    expect(await answer.text()).toContain(expected.bad)
    expect((await chat(provider, 'key-that-is-invalid')).status).toBe(expected.invalid)
  })

  test('a key without money passes or fails where the provider says so', async () => {
    expect((await check(provider, auth('key-nocredit-1'))).status).toBe(expected.nocredit[0])
    expect((await chat(provider, 'key-nocredit-1')).status).toBe(expected.nocredit[1])
  })

  test('a blocked, a restricted and a throttled key are told apart', async () => {
    expect((await check(provider, auth('key-blocked-1'))).status).toBe(403)
    expect((await check(provider, auth('key-restricted-1'))).status).toBe(403)
    expect((await check(provider, auth('key-throttled-1'))).status).toBe(429)
    expect((await chat(provider, 'key-throttled-1')).status).toBe(429)
  })

  test('a provider can be down, break the connection, or never answer', async () => {
    expect((await check(provider, auth('key-down-1'))).status).toBe(expected.down)
    await expect(check(provider, auth('key-reset-1'))).rejects.toThrow()
    const { method, path } = REACH[provider].check
    const unanswered = fetch(simulator.baseUrls[provider] + path, { method, headers: auth('key-hang-01'), signal: AbortSignal.timeout(80) })
    await expect(unanswered).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})

const FOREIGN: Record<ProviderName, Record<string, string>> = {
  openai: { 'x-api-key': 'good-key-123' },
  anthropic: { 'api-key': 'good-key-123', 'anthropic-version': '2023-06-01' },
  google: { authorization: 'Bearer good-key-123' },
  groq: { 'api-key': 'good-key-123' },
  ollama: {},
  mistral: { 'x-api-key': 'good-key-123' },
  cohere: { 'x-api-key': 'good-key-123' },
  deepseek: { 'x-goog-api-key': 'good-key-123' },
  azure: { 'x-api-key': 'good-key-123' },
  openrouter: { 'api-key': 'good-key-123' },
}

test.each(PROVIDER_NAMES.filter((name) => name !== 'ollama'))('%s takes no other provider’s auth header', async (provider) => {
  expect((await check(provider, FOREIGN[provider])).status).toBe(401)
})

test('anthropic takes both generations of header and insists on a version', async () => {
  const url = `${simulator.baseUrls.anthropic}/v1/models`
  expect((await send(url, { authorization: 'Bearer good-key-123', 'anthropic-version': '2026-10-21' })).status).toBe(200)
  expect((await send(url, { 'x-api-key': 'good-key-123' })).status).toBe(400)
  expect((await send(url, { 'x-api-key': 'good-key-123', 'anthropic-version': '1999-01-01' })).status).toBe(400)
})

test('google refuses two credentials and wraps compatible errors in an array', async () => {
  const url = `${simulator.baseUrls.google}/v1beta/openai/models`
  const both = await send(url, { authorization: 'Bearer good-key-123', 'x-goog-api-key': 'good-key-123' })
  expect(both.status).toBe(400)
  expect(await both.json()).toMatchObject([{ error: { status: 'INVALID_ARGUMENT' } }])
  expect((await send(url, { authorization: 'Bearer good-key-123' })).status).toBe(200)
})

test('a restricted OpenAI key still generates, and can also be refused with 401', async () => {
  const listing = await check('openai', { authorization: 'Bearer sk-restricted401' })
  expect(listing.status).toBe(401)
  expect(await listing.text()).toContain('Missing scopes: api.model.read')
  expect((await chat('openai', 'sk-restricted401')).status).toBe(200)
})

test('a Cohere key can be called invalid inside a 200', async () => {
  const answer = await check('cohere', { authorization: 'Bearer key-invalid-soft' })
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({ valid: false })
})

test('balances tell that the money is gone where the check passes all the same', async () => {
  const deepseek = await (await check('deepseek', { authorization: 'Bearer key-nocredit-1' })).json()
  expect(deepseek).toMatchObject({ is_available: false, balance_infos: [{ total_balance: '0.00' }] })
  const openrouter = await (await check('openrouter', { authorization: 'Bearer key-nocredit-1' })).json()
  expect(openrouter).toMatchObject({ data: { limit_remaining: 0 } })
})

test('public lists ask for no key, or take any', async () => {
  expect((await send(`${simulator.baseUrls.openrouter}/models`, {})).status).toBe(200)
  expect((await send(`${simulator.baseUrls.ollama}/api/tags`, { authorization: 'Bearer some-invalid-key' })).status).toBe(200)
  expect(await (await send(`${simulator.baseUrls.ollama}/api/version`, {})).json()).toEqual({ version: '0.13.3' })
  expect(await (await send(`${simulator.baseUrls.ollama}/`, {})).text()).toBe('Ollama is running')
})

test('a refused key costs nothing and only generations enter the ledger', async () => {
  simulator.clearLedger()
  await check('openai', { authorization: 'Bearer good-key-123' })
  await chat('openai', 'key-throttled-1')
  const entries = simulator.ledger()
  expect(entries).toMatchObject([{ provider: 'openai', key_hint: 'ed-1', status: 429, outcome: 'refused', cost_nanos: 0 }])
})
