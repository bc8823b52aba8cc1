import { describe, expect, test } from 'vitest'
import type { ProviderName } from '../provider.ts'
import { samplesIn } from '../samples.fixture.ts'
import { classifyError, type ErrorClass } from './classify.ts'

const samples = samplesIn(process.env.PROVIDER_SAMPLES_DIR)

/** What may help, by class: [same key again, another key]. */
const HELP: Record<ErrorClass, [boolean, boolean]> = {
  auth_invalid: [false, true],
  auth_restricted: [false, true],
  quota_exhausted: [false, true],
  request_too_big: [false, false],
  rate_limited: [true, true],
  overloaded: [true, true],
  server_error: [true, true],
  content_blocked: [false, false],
  bad_request: [false, false],
}

const openAi = (fields: Record<string, unknown>): string =>
  JSON.stringify({ error: { message: 'm', type: 't', param: null, code: null, ...fields } })
const anthropicError = (type: string, message = 'm', details?: unknown): string =>
  JSON.stringify({ type: 'error', error: { type, message, details }, request_id: 'r' })
const googleError = (code: number, status: string, details: unknown[] = [], message = 'm'): string =>
  JSON.stringify({ error: { code, status, message, details } })

describe('an error is classed by its body before its status', () => {
  test.each<[ErrorClass, ProviderName, number, string]>([
    ['auth_invalid', 'openai', 401, openAi({ code: 'invalid_api_key' })],
    [
      'auth_restricted',
      'openai',
      401,
      openAi({ message: 'You have insufficient permissions for this operation. Missing scopes: model.request' }),
    ],
    ['auth_restricted', 'openai', 403, openAi({ code: 'unsupported_country_region_territory' })],
    [
      'request_too_big',
      'openai',
      400,
      openAi({ code: 'context_length_exceeded', message: "This model's maximum context length is 128000 tokens." }),
    ],
    [
      'request_too_big',
      'openai',
      429,
      openAi({
        code: 'rate_limit_exceeded',
        type: 'tokens',
        message: 'Request too large for gpt-4o in organization org on tokens per min (TPM)',
      }),
    ],
    ['rate_limited', 'openai', 429, openAi({ code: 'rate_limit_exceeded', type: 'requests' })],
    ['quota_exhausted', 'openai', 429, openAi({ type: 'insufficient_quota', code: 'credit_balance_exhausted' })],
    ['quota_exhausted', 'openai', 429, openAi({ type: 'insufficient_quota', code: 'project_spend_limit_exceeded' })],
    ['server_error', 'openai', 500, openAi({ type: 'server_error' })],
    ['overloaded', 'openai', 503, openAi({ type: 'service_unavailable_error', code: 'server_is_overloaded' })],
    ['bad_request', 'openai', 404, openAi({ code: 'model_not_found' })],
    [
      'content_blocked',
      'azure',
      400,
      openAi({ code: 'content_filter', innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: {} } }),
    ],
    ['auth_invalid', 'anthropic', 401, anthropicError('authentication_error')],
    ['auth_restricted', 'anthropic', 403, anthropicError('permission_error')],
    ['quota_exhausted', 'anthropic', 402, anthropicError('billing_error')],
    ['quota_exhausted', 'anthropic', 429, anthropicError('rate_limit_error', 'm', { error_code: 'enforced_spend_limit_reached' })],
    ['quota_exhausted', 'anthropic', 400, anthropicError('invalid_request_error', 'You have reached your specified API usage limits.')],
    ['rate_limited', 'anthropic', 429, anthropicError('rate_limit_error', 'm', { error_code: 'ramp_limit_exceeded' })],
    ['request_too_big', 'anthropic', 413, anthropicError('request_too_large')],
    ['request_too_big', 'anthropic', 400, anthropicError('invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum')],
    ['overloaded', 'anthropic', 529, anthropicError('overloaded_error')],
    ['overloaded', 'anthropic', 200, anthropicError('overloaded_error')],
    ['server_error', 'anthropic', 504, anthropicError('timeout_error')],
    ['server_error', 'anthropic', 409, anthropicError('conflict_error')],
    [
      'quota_exhausted',
      'google',
      429,
      googleError(429, 'RESOURCE_EXHAUSTED', [
        { '@type': 't/google.rpc.QuotaFailure', violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }] },
      ]),
    ],
    ['auth_restricted', 'google', 403, googleError(403, 'PERMISSION_DENIED')],
    [
      'request_too_big',
      'google',
      400,
      googleError(400, 'INVALID_ARGUMENT', [], 'The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).'),
    ],
    ['overloaded', 'google', 503, googleError(503, 'UNAVAILABLE')],
    ['server_error', 'google', 500, googleError(500, 'INTERNAL')],
    ['request_too_big', 'groq', 413, openAi({ type: 'tokens', code: 'rate_limit_exceeded' })],
    ['quota_exhausted', 'groq', 400, openAi({ code: 'blocked_api_access' })],
    ['overloaded', 'groq', 498, openAi({ code: 'capacity_exceeded' })],
    ['auth_invalid', 'cohere', 498, '{"message":"invalid api token"}'],
    ['quota_exhausted', 'cohere', 429, '{"message":"You are using a Trial key, which is limited to 1000 API calls / month."}'],
    ['rate_limited', 'cohere', 429, '{"message":"You are using a Trial key, which is limited to 20 API calls / minute."}'],
    ['bad_request', 'mistral', 422, '{"detail":[{"type":"extra_forbidden","loc":["body","x"],"msg":"Extra inputs are not permitted"}]}'],
    ['bad_request', 'mistral', 422, '{"object":"error","message":{"detail":[{"msg":"x"}]},"type":"invalid_request_error"}'],
    [
      'content_blocked',
      'openrouter',
      403,
      '{"error":{"code":403,"message":"Input was flagged for violence","metadata":{"reasons":["violence"]}}}',
    ],
    ['quota_exhausted', 'openrouter', 403, '{"error":{"code":403,"message":"Key limit exceeded (total limit)"}}'],
    ['rate_limited', 'openrouter', 200, '{"error":{"code":429,"message":"Provider returned error"}}'],
    [
      'overloaded',
      'openrouter',
      502,
      '{"error":{"code":502,"message":"Provider returned error","metadata":{"error_type":"provider_unavailable"}}}',
    ],
    ['overloaded', 'openai', 502, '<html>Bad gateway</html>'],
    ['server_error', 'ollama', 500, '{"error":"llama runner process has terminated"}'],
    ['server_error', 'ollama', 200, '{"error":"an error was encountered while running the model"}'],
    ['bad_request', 'ollama', 404, '{"error":{"message":"model \\"x\\" not found","type":"not_found_error","param":null,"code":null}}'],
    ['server_error', 'openai', 408, ''],
  ])('%s: %s %i %s', (expected, provider, status, body) => {
    const classified = classifyError(provider, status, {}, body)
    expect([classified.class, [classified.retrySameKey, classified.tryOtherKey]]).toEqual([expected, HELP[expected]])
  })
})

describe.skipIf(!samples.areThere)('recorded errors', () => {
  test.each<[string, ProviderName, number, ErrorClass]>([
    ['anthropic-error.400-credit_balance.json', 'anthropic', 400, 'quota_exhausted'],
    ['anthropic-error.400-invalid_request.json', 'anthropic', 400, 'bad_request'],
    ['anthropic-error.401.json', 'anthropic', 401, 'auth_invalid'],
    ['anthropic-error.404-not_found.json', 'anthropic', 404, 'bad_request'],
    ['azure-error.401.json', 'azure', 401, 'auth_invalid'],
    ['azure-error.404-deployment.json', 'azure', 404, 'bad_request'],
    ['cohere-error.404.json', 'cohere', 404, 'bad_request'],
    ['deepseek-error.400.json', 'deepseek', 400, 'bad_request'],
    ['deepseek-error.401.json', 'deepseek', 401, 'auth_invalid'],
    ['deepseek-error.402.json', 'deepseek', 402, 'quota_exhausted'],
    ['gemini-error.400-api_key_invalid.json', 'google', 400, 'auth_invalid'],
    ['gemini-error.401-access_token_type_unsupported.json', 'google', 401, 'auth_invalid'],
    ['gemini-error.402-prepay.json', 'google', 402, 'quota_exhausted'],
    ['gemini-error.404.json', 'google', 404, 'bad_request'],
    ['gemini-error.429-retryInfo.json', 'google', 429, 'rate_limited'],
    ['gemini-openai-compat-error.400-array.json', 'google', 400, 'bad_request'],
    ['groq-error.400-tool_use_failed.json', 'groq', 400, 'bad_request'],
    ['groq-error.401-invalid_api_key.json', 'groq', 401, 'auth_invalid'],
    ['groq-error.404-model_not_found.json', 'groq', 404, 'bad_request'],
    ['groq-error.429-rate_limit.json', 'groq', 429, 'rate_limited'],
    ['mistral-error.401.json', 'mistral', 401, 'auth_invalid'],
    ['mistral-error.429.json', 'mistral', 429, 'rate_limited'],
    ['openai-error.400-unsupported_max_tokens.json', 'openai', 400, 'bad_request'],
    ['openai-error.404-model_not_found.json', 'openai', 404, 'bad_request'],
    ['openai-error.429-insufficient_quota.json', 'openai', 429, 'quota_exhausted'],
    ['openrouter-error.401.json', 'openrouter', 401, 'auth_invalid'],
    ['openrouter-error.429.json', 'openrouter', 429, 'rate_limited'],
  ])('%s', (name, provider, status, expected) => {
    const classified = classifyError(provider, status, {}, samples.read(name).toString())
    expect(classified.class).toBe(expected)
    expect(classified.message).not.toBe('')
  })

  test('say how long to wait', () => {
    expect(classifyError('google', 429, {}, samples.read('gemini-error.429-retryInfo.json').toString()).retryAfterMs).toBe(34_400)
    expect(classifyError('groq', 429, {}, samples.read('groq-error.429-rate_limit.json').toString()).retryAfterMs).toBe(16_240)
  })
})

describe('how long to wait', () => {
  const nowMs = Date.parse('2026-11-22T12:00:00Z')
  test.each<[Record<string, string>, string, number | null]>([
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, '', 1500],
    [{ 'retry-after': '2' }, '', 2000],
    [{ 'retry-after': '0.5' }, '', 500],
    [{ 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' }, '', 30_000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' }, '', 0],
    [{ 'retry-after': '-1' }, '', null],
    [{ 'retry-after': 'soon' }, openAi({ message: 'Please try again in 2m59.56s. Visit' }), 179_560],
    [{}, openAi({ message: 'Please try again in 12ms.' }), 12],
    [{}, openAi({ message: 'Please try again in 1h2m3s' }), 3_723_000],
    [{}, openAi({ message: 'Please try again later' }), null],
  ])('%j %s', (headers, body, expected) => {
    expect(classifyError('openai', 429, headers, body, { nowMs }).retryAfterMs).toBe(expected)
  })

  test('a provider that says not to retry is obeyed', () => {
    expect(classifyError('openai', 500, { 'x-should-retry': 'false' }, '').retrySameKey).toBe(false)
    expect(classifyError('openai', 500, { 'x-should-retry': 'true' }, '').retrySameKey).toBe(true)
  })
})

describe('messages', () => {
  test('hold no key, neither a recognisable one nor one that is known', () => {
    const key = 'aBcD0123456789efGHij0123456789KL'
    const message = `bad key sk-proj-${'x'.repeat(40)} or ${key}`
    const text = classifyError('mistral', 400, {}, openAi({ message }), { known: [key] }).message
    expect(text).not.toContain('xxxx')
    expect(text).not.toContain(key)
    expect(text).toContain('bad key')
  })
  test('are one short line', () => {
    const { message } = classifyError('openai', 400, {}, openAi({ message: `a\n\n  b ${'c'.repeat(1000)}` }))
    expect(message.startsWith('a b ccc')).toBe(true)
    expect(message).toHaveLength(300)
  })
  test('of a page are its text', () => {
    expect(classifyError('openai', 502, {}, '<html>\n<h1>502</h1></html>').message).toBe('<html> <h1>502</h1></html>')
  })
})
