import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../../../test/harness.ts'

/** Every field of a provider key, wrong in every way: the documented status, the path that is meant, and nothing stored. */

let api: TestApi
let userKeyId: string
let systemKeyId: string
beforeAll(async () => {
  api = await startTestApi()
  userKeyId = await made('/user/keys')
  systemKeyId = await made('/system/keys')
})
afterAll(() => api.close())

const whole = { provider: 'openai', api_key: 'sk-good-0123456789' }
type Refusal = { detail: string; code: string; errors: { path: string; reason: string }[] }

async function send(method: string, path: string, text: string): Promise<Response> {
  return await api.fetch(`/api/llm${path}`, { as: api.admin, method, headers: { 'content-type': 'application/json' }, body: text })
}

async function made(path: string): Promise<string> {
  return ((await (await send('POST', path, JSON.stringify(whole))).json()) as { id: string }).id
}

async function rows(): Promise<unknown> {
  return await api.sql(
    'select to_jsonb(k) as key, (select jsonb_agg(l order by l.id) from limits l) as limits from provider_keys k order by id',
  )
}

/** A field, its value, and the path that the refusal names where it is another. */
const wrong: [field: string, value: unknown, named?: string][] = [
  ...[null, '', 'OpenAI', 'bedrock', 1, true, ['openai'], {}].map((value): [string, unknown] => ['provider', value]),
  ...[
    null,
    '',
    '   ',
    '""',
    1,
    [],
    {},
    'sk-\u0000bad-0123456789',
    'sk-line\nbreak-0123',
    'sk-ação-0123456789',
    'sk-with space-0123456789',
    'k'.repeat(4097),
    'k'.repeat(500_000),
  ].map((value): [string, unknown] => ['api_key', value]),
  ...['10', true, [], {}, -0.01, -1, 1_000_000_001, 1e300, 0.0000000001, 10.0000000001].map((value): [string, unknown] => [
    'usage_limit',
    value,
  ]),
  ...[null, 'true', 1, []].map((value): [string, unknown] => ['is_active', value]),
  ...[null, '', '  ', 1, [], 'x'.repeat(121), 'a\u0000b', 'a\nb', 'a\u007fb', '\ud800'].map((value): [string, unknown] => ['name', value]),
  ...[
    1,
    '',
    'x',
    'openai.com/v1',
    'ftp://example.com',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'http://',
    'http://10.0.0.1/v1',
    'http://127.0.0.1:5432/v1',
    'http://[::ffff:169.254.169.254]/',
    'http://0x7f000001/',
    'http://2130706433/',
    `https://example.com/${'x'.repeat(500)}`,
  ].map((value): [string, unknown] => ['base_url', value]),
  ...[null, 'x', 1, []].map((value): [string, unknown] => ['options', value]),
  ['options', { surprise: 'x' }, 'options.surprise'],
  ['options', { deployment: '' }, 'options.deployment'],
  ['options', { deployment: 'a\u0000b' }, 'options.deployment'],
  ['options', { deployment: 'x'.repeat(121) }, 'options.deployment'],
  ['options', { api_version: '2024-10-21&x=1' }, 'options.api_version'],
  ['options', { organization: 'org\r\nx-evil: 1' }, 'options.organization'],
  ['options', { project: 1 }, 'options.project'],
  ...['tomorrow', '2026-02-30T00:00:00Z', '2026-01-01', '2026-01-01T00:00:00', '2026-01-01T00:00:00+01:00', 1, true].map(
    (value): [string, unknown] => ['expires_at', value],
  ),
  ...[null, 'true', 0].map((value): [string, unknown] => ['sandbox', value]),
  ...[null, '1', 1.5, -1, 1001, 1e300].flatMap((value): [string, unknown][] => [
    ['weight', value],
    ['priority', value],
  ]),
  ...[null, 'false', 0].map((value): [string, unknown] => ['validate', value]),
  ['id', '01890000-0000-7000-8000-000000000000'],
  ['user_id', '01890000-0000-7000-8000-000000000000'],
  ['current_usage', 0],
  ['status', 'active'],
]
const shown = (value: unknown) => JSON.stringify(value)?.slice(0, 60) ?? 'undefined'

const calls = [
  ['POST', '/user/keys'],
  ['POST', '/system/keys'],
  ['PUT', '/user/keys/{id}'],
  ['PUT', '/system/keys/{id}'],
  ['POST', '/validate'],
] as const

describe.each(calls)('%s %s', (method, path) => {
  test.each(wrong.map(([field, value, named]) => [field, shown(value), value, named] as const))(
    '%s: %s',
    async (field, _, value, named = field) => {
      const before = await rows()
      const id = path.startsWith('/user') ? userKeyId : systemKeyId
      const response = await send(method, path.replace('{id}', id), JSON.stringify({ ...(method === 'POST' && whole), [field]: value }))
      expect(response.status).toBe(400)
      const refusal = (await response.json()) as Refusal
      expect(refusal).toMatchObject({ code: 'invalid_input', detail: expect.stringMatching(/^Dados inválidos \(/) })
      expect(refusal.errors.some((error) => error.path === named && error.reason.length > 0)).toBe(true)
      if (typeof value === 'string' && value.length > 10) expect(JSON.stringify(refusal)).not.toContain(JSON.stringify(value).slice(1, -1))
      expect(await rows()).toEqual(before)
    },
  )
})

test.each(['provider', 'api_key'])('%s must be given', async (field) => {
  const { [field as keyof typeof whole]: _, ...rest } = whole
  for (const path of ['/user/keys', '/system/keys', '/validate']) {
    const response = await send('POST', path, JSON.stringify(rest))
    expect(response.status).toBe(400)
    expect(((await response.json()) as Refusal).errors).toMatchObject([{ path: field }])
  }
})

test('numbers that JSON cannot say are not numbers', async () => {
  for (const number of ['1e400', '-1e400', 'NaN', 'Infinity', '01', '1.', '0x10']) {
    const response = await send('POST', '/user/keys', `{"provider":"openai","api_key":"sk-good-0123456789","usage_limit":${number}}`)
    expect([number, response.status]).toEqual([number, 400])
  }
})
