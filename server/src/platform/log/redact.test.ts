import fc from 'fast-check'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { redact, redactHeaders } from './redact.ts'

const CHARS = 'Zq2LmN4pR6tVxYb8Kc0Wd3Ue5Sf7Tg9HhJiQjPkOlMnBvCxZaAsDdFfGgHhJjKkLlQqWwEeRrTtYy'

describe('key-looking text is taken out wherever it stands', () => {
  const keys: [string, string][] = [
    ['Anthropic', `sk-ant-api03-${CHARS}AA`],
    ['Anthropic admin', `sk-ant-admin01-${CHARS.slice(0, 30)}`],
    ['OpenRouter', `sk-or-v1-${'0123456789abcdef'.repeat(4)}`],
    ['OpenAI project', `sk-proj-${CHARS.slice(0, 40)}-_${CHARS.slice(0, 40)}`],
    ['OpenAI service account', `sk-svcacct-${CHARS.slice(0, 30)}`],
    ['OpenAI legacy', `sk-${CHARS.slice(0, 20)}T3BlbkFJ${CHARS.slice(20, 40)}`],
    ['Groq', `gsk_${CHARS.slice(0, 52)}`],
    ['DeepSeek', 'sk-0123456789abcdef0123456789abcdef'],
    ['Gemini', `AIza${CHARS.slice(0, 35)}`],
    ['Gemini new', `AQ.Ab8RN6${CHARS.slice(0, 40)}`],
    ['Google OAuth', `ya29.${CHARS.slice(0, 40)}`],
    ['our live key', `lm_live_${CHARS.slice(0, 32)}`],
    ['our test key', `lm_test_${CHARS.slice(0, 32)}`],
    ['JSON web token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dGhpcyBpcyBubyBzaWduYXR1cmU'],
    ['unsigned token', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.'],
    ['Fernet token', `gAAAAABn${CHARS}${CHARS.slice(0, 20)}==`],
    ['canary', 'sk-CANARY-system-01890a5d-ac96-774b-bcce-b302099a8057'],
  ]

  test.each(keys)('%s', (_name, key) => {
    for (const text of [
      key,
      `Incorrect API key provided: ${key}.`,
      `{"message":"bad key '${key}'"}`,
      `at line 1\nkey_${key}\nend`,
      `https://h/p/${key}/x`,
    ]) {
      expect(redact(text)).toContain('[secret]')
      expect(redact(text)).not.toContain(key.slice(-12))
      expect(redact(text)).not.toContain(key.slice(0, 12))
    }
  })

  test('whatever stands around it', () => {
    const noise = fc.string({ maxLength: 20 })
    const specific = keys.filter(([, key]) => /^(?:lm_|sk-(?:ant|or|proj|svcacct)|gsk_|AIza|ya29)/.test(key)).map(([, key]) => key)
    expect(specific).toHaveLength(10)
    fc.assert(
      fc.property(noise, fc.constantFrom(...specific), noise, (before, key, after) => {
        expect(redact(before + key + after)).not.toContain(key.slice(-12))
      }),
    )
  })

  test.each([
    ['Incorrect API key provided: sk-proj-*****************abcd. You can find', 'Incorrect API key provided: [secret]. You can find'],
    ['Incorrect API key provided: sk-...abcd.', 'Incorrect API key provided: [secret].'],
    ['Your api key: ****abcd is invalid', 'Your api key: [secret] is invalid'],
  ])('a key that a provider half masked: %s', (text, redacted) => {
    expect(redact(text)).toBe(redacted)
  })
})

describe('keys without a prefix are taken out by place', () => {
  const KEY = '0a1b2c3d4e5f60718293a4b5c6d7e8f9'

  test.each([
    [`GET https://host/v1/models?key=${KEY}&alt=sse`, 'GET https://host/v1/models?key=[secret]&alt=sse'],
    [`https://host/cb?state=1&access_token=${KEY}#top`, 'https://host/cb?state=1&access_token=[secret]#top'],
    [`https://user:${KEY}@host/path`, 'https://[secret]@host/path'],
    [`postgres://app:${KEY}@db:5432/x failed`, 'postgres://[secret]@db:5432/x failed'],
    [`Authorization: Basic ${KEY}\r\nAccept: */*`, 'Authorization: [secret]\r\nAccept: */*'],
    [`api-key: ${KEY}\nx: 1`, 'api-key: [secret]\nx: 1'],
    [`{"x-api-key":"${KEY}","accept":"*/*"}`, '{"x-api-key":"[secret]","accept":"*/*"}'],
    [`{"set-cookie":["a=${KEY}","b=${KEY}"],"x":1}`, '{"set-cookie":["[secret]"],"x":1}'],
    [`['x-goog-api-key', '${KEY}', 'accept', 'x']`, "['x-goog-api-key', '[secret]', 'accept', 'x']"],
    [inspect({ authorization: `Basic ${KEY}`, n: 1 }), "{ authorization: '[secret]', n: 1 }"],
    [`{"api_key": "${KEY}", "provider": "azure"}`, '{"api_key": "[secret]", "provider": "azure"}'],
    [`{"api_key":"a\\"${KEY}","n":1}`, '{"api_key":"[secret]","n":1}'],
    [inspect({ apiKey: KEY, n: 1 }), '{ apiKey: "[secret]", n: 1 }'],
    [JSON.stringify({ body: JSON.stringify({ password: KEY, n: 1 }) }), '{"body":"{\\"password\\":\\"[secret]\\",\\"n\\":1}"}'],
    [`grant_type=refresh&client_secret=${KEY}&x=1`, 'grant_type=refresh&client_secret=[secret]&x=1'],
    [`sent Bearer ${KEY} to it`, 'sent Bearer [secret] to it'],
  ])('%s', (text, redacted) => {
    expect(redact(text)).toBe(redacted)
  })
})

describe('known values are taken out in every form', () => {
  const KEY = 'p/9+ k"ç=~0a1b2c3d4e5f'

  test.each<[string, string]>([
    ['as it is', KEY],
    ['URL-encoded', encodeURIComponent(KEY)],
    ['form-encoded', new URLSearchParams({ q: KEY }).toString().slice(2)],
    ['in JSON', JSON.stringify({ q: KEY })],
    ['in base64', Buffer.from(KEY).toString('base64')],
    ['in base64url', Buffer.from(KEY).toString('base64url')],
    ['in hex', Buffer.from(KEY).toString('hex')],
    ['behind one byte in base64', Buffer.from(`:${KEY}`).toString('base64')],
    ['behind two bytes in base64', Buffer.from(`a:${KEY}:b`).toString('base64')],
    ['behind a name in base64url', Buffer.from(`name:${KEY}`).toString('base64url')],
  ])('%s', (_form, text) => {
    const redacted = redact(`before ${text} after`, [KEY])
    expect(redacted).toContain('[secret]')
    expect(redacted).not.toContain(text.slice(8, -8))
  })

  test('whatever the value and its neighbours', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, maxLength: 60 }),
        fc.string({ maxLength: 5 }),
        fc.string({ maxLength: 5 }),
        (key, before, after) => {
          fc.pre(!'[secret]'.includes(key))
          expect(redact(`${before}${key}${after}`, [key])).not.toContain(key)
          const encoded = Buffer.from(before + key + after).toString('base64')
          expect(Buffer.from(redact(encoded, [key]), 'base64').includes(key)).toBe(false)
        },
      ),
    )
  })

  test('a known value too short to be a key leaves the text readable', () => {
    expect(redact('a cat sat', ['a'])).toBe('a cat sat')
  })
})

describe('what is no key stays', () => {
  test.each([
    'The model `gpt-5.1-mini` does not exist',
    'task-abcdefghijklmnopqrstuvwxyz finished, risk-adjusted',
    '{"usage":{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46}}',
    'key sk-…abcd was refused',
    '**bold** and ***strong*** and a *star*',
    'Bearer authentication required',
    'request 01890a5d-ac96-774b-bcce-b302099a8057 took 12 ms',
    'https://api.openai.com/v1/models?limit=1',
    'anthropic-ratelimit-tokens-remaining: 1000',
  ])('%s', (text) => {
    expect(redact(text)).toBe(text)
  })
})

test('a megabyte of hostile text is redacted', () => {
  for (const piece of [
    'sk-',
    'eyJ',
    '-eyJ',
    '***',
    '"secret":"',
    'api_key',
    'authorization:',
    '://',
    '?key=',
    "'",
    'AQ.',
    'bearer ',
    'set-cookie:[',
  ]) {
    expect(redact(piece.repeat(1_000_000 / piece.length)).length).toBeGreaterThan(0)
  }
})

test('as many beginnings of tokens as an answer can hold are gone through once', () => {
  const text = '-eyJ'.repeat(1_000_000)
  expect(redact(text)).toBe(text)
  expect(redact(`${text}.e30.`)).not.toContain('.e30.')
})

test('headers that carry credentials are masked by name, the rest by sight', () => {
  expect(
    redactHeaders(
      {
        Authorization: 'Bearer x',
        'X-Api-Key': ['a', 'b'],
        cookie: 'sid=1',
        'content-type': 'application/json',
        'x-echo': [`lm_live_${CHARS}`, 'plain'],
        'content-length': 12,
        'x-known': 'see hunter2hunter2',
        'x-none': undefined,
      },
      ['hunter2hunter2'],
    ),
  ).toEqual({
    Authorization: '[secret]',
    'X-Api-Key': '[secret]',
    cookie: '[secret]',
    'content-type': 'application/json',
    'x-echo': ['[secret]', 'plain'],
    'content-length': '12',
    'x-known': 'see [secret]',
  })
})
