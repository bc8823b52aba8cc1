import { describe, expect, test } from 'vitest'
import { Secret } from '../../platform/secret.ts'
import type { KeyTarget, ProviderName } from '../provider.ts'
import { samplesIn } from '../samples.fixture.ts'
import { readKeyCheck } from './read.ts'
import { keyCheckRequest } from './request.ts'

const samples = samplesIn(process.env.PROVIDER_SAMPLES_DIR)

const KEY = 'sk-test-0123456789'
const COMMON = { 'accept-encoding': 'identity', 'user-agent': 'llm-manager' }
const BEARER = { ...COMMON, authorization: `Bearer ${KEY}` }

const target = (provider: ProviderName, more: Partial<KeyTarget> = {}): KeyTarget => ({
  provider,
  baseUrl: null,
  secret: Secret.of(KEY),
  options: {},
  ...more,
})

describe('the cheapest true check of each provider', () => {
  test.each<[ProviderName, Partial<KeyTarget>, unknown]>([
    ['openai', {}, { method: 'GET', url: 'https://api.openai.com/v1/models', headers: BEARER }],
    [
      'anthropic',
      {},
      {
        method: 'GET',
        url: 'https://api.anthropic.com/v1/models?limit=1',
        headers: { ...COMMON, 'x-api-key': KEY, 'anthropic-version': '2023-06-01' },
      },
    ],
    [
      'google',
      {},
      {
        method: 'GET',
        url: 'https://generativelanguage.googleapis.com/v1beta/models?pageSize=1',
        headers: { ...COMMON, 'x-goog-api-key': KEY },
      },
    ],
    ['groq', {}, { method: 'GET', url: 'https://api.groq.com/openai/v1/models', headers: BEARER }],
    ['ollama', { secret: null }, { method: 'GET', url: 'http://localhost:11434/api/version', headers: COMMON }],
    [
      'ollama',
      { baseUrl: 'https://ollama.com' },
      {
        method: 'POST',
        url: 'https://ollama.com/v1/chat/completions',
        headers: { ...BEARER, 'content-type': 'application/json' },
        body: '{}',
      },
    ],
    [
      'ollama',
      { baseUrl: 'https://proxy.example/ollama/' },
      { method: 'GET', url: 'https://proxy.example/ollama/api/version', headers: BEARER },
    ],
    ['mistral', {}, { method: 'GET', url: 'https://api.mistral.ai/v1/models', headers: BEARER }],
    ['cohere', {}, { method: 'POST', url: 'https://api.cohere.com/v1/check-api-key', headers: BEARER, body: '' }],
    ['deepseek', {}, { method: 'GET', url: 'https://api.deepseek.com/user/balance', headers: BEARER }],
    [
      'azure',
      { baseUrl: 'https://res.openai.azure.com' },
      { method: 'GET', url: 'https://res.openai.azure.com/openai/v1/models', headers: { ...COMMON, 'api-key': KEY } },
    ],
    [
      'azure',
      { baseUrl: 'https://res.openai.azure.com', options: { api_version: '2024-10-21', deployment: 'd' } },
      { method: 'GET', url: 'https://res.openai.azure.com/openai/models?api-version=2024-10-21', headers: { ...COMMON, 'api-key': KEY } },
    ],
    ['openrouter', {}, { method: 'GET', url: 'https://openrouter.ai/api/v1/key', headers: BEARER }],
  ])('%s %j', (provider, more, expected) => {
    expect(keyCheckRequest(target(provider, more), {})).toEqual(expected)
  })

  test("the operator's base URL is checked instead of the default", () => {
    expect(keyCheckRequest(target('openrouter'), { openrouter: 'http://127.0.0.1:9/openrouter/api/v1' })).toMatchObject({
      url: 'http://127.0.0.1:9/openrouter/api/v1/key',
    })
  })

  test('settings that name no call are refused', () => {
    expect(keyCheckRequest(target('azure'), {})).toEqual({ refused: 'no_base_url' })
    expect(keyCheckRequest(target('openai', { secret: null }), {})).toEqual({ refused: 'no_key' })
    expect(keyCheckRequest(target('openai', { baseUrl: 'file:///etc/passwd' }), {})).toEqual({ refused: 'bad_base_url' })
  })
})

const outcomeOf = (provider: ProviderName, status: number, body: string): string => {
  const { outcome, reason } = readKeyCheck(provider, status, {}, body)
  return `${outcome} ${reason}`
}
const openAiError = (message: string, type = 'invalid_request_error', code: string | null = null): string =>
  JSON.stringify({ error: { message, type, param: null, code } })
const googleError = (code: number, status: string, message: string, reason?: string): string =>
  JSON.stringify({
    error: {
      code,
      message,
      status,
      details: reason === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason }],
    },
  })

describe('what an answer says of the key', () => {
  test.each<[string, ProviderName, number, string, string]>([
    ['a list of models', 'openai', 200, '{"object":"list","data":[]}', 'valid ok'],
    ['a list of models', 'anthropic', 200, '{"data":[{"type":"model","id":"claude"}],"has_more":true}', 'valid ok'],
    ['a list of models', 'google', 200, '{"models":[{"name":"models/gemini"}]}', 'valid ok'],
    ['a bare list', 'openai', 200, '[{"id":"m"}]', 'valid ok'],
    ["a proxy's page", 'openai', 200, '<html>login</html>', 'unknown unreadable_answer'],
    ['another JSON', 'groq', 200, '{"ok":true}', 'unknown unreadable_answer'],
    [
      'a wrong key',
      'openai',
      401,
      openAiError('Incorrect API key provided: sk-...abcd', 'invalid_request_error', 'invalid_api_key'),
      'invalid key_refused',
    ],
    [
      'a restricted key',
      'openai',
      401,
      openAiError('You have insufficient permissions for this operation. Missing scopes: api.model.read'),
      'valid_restricted scope_missing',
    ],
    [
      'a restricted key',
      'openai',
      403,
      openAiError('You have insufficient permissions for this operation. Missing scopes: api.model.read'),
      'valid_restricted scope_missing',
    ],
    [
      'a foreign organisation',
      'openai',
      401,
      openAiError('You must be a member of an organization to use the API'),
      'blocked account_blocked',
    ],
    ['an address not allowed', 'openai', 401, openAiError('Your IP address is not authorized'), 'blocked address_blocked'],
    [
      'a country',
      'openai',
      403,
      openAiError('Country, region, or territory not supported', 'request_forbidden', 'unsupported_country_region_territory'),
      'blocked region_blocked',
    ],
    [
      'no quota',
      'openai',
      429,
      openAiError('You exceeded your current quota', 'insufficient_quota', 'insufficient_quota'),
      'valid_no_credit quota_exhausted',
    ],
    ['slowed', 'openai', 429, openAiError('Rate limit reached', 'requests', 'rate_limit_exceeded'), 'valid_throttled rate_limited'],
    ['a fault', 'openai', 500, 'oops', 'unknown provider_error'],
    [
      'overloaded',
      'anthropic',
      529,
      '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
      'unknown provider_error',
    ],
    ['a redirect', 'openai', 302, '', 'unknown redirected'],
    ['nothing there', 'openai', 404, 'Not Found', 'unknown endpoint_not_found'],
    ['a teapot', 'openai', 418, '', 'unknown unexpected_status'],
    [
      'a missing permission',
      'anthropic',
      403,
      '{"type":"error","error":{"type":"permission_error","message":"Your API key does not have permission to use the specified resource."}}',
      'valid_restricted scope_missing',
    ],
    ['a region', 'anthropic', 403, '{"error":{"type":"forbidden","message":"Request not allowed"}}', 'blocked region_blocked'],
    ['no money', 'anthropic', 402, '{"type":"error","error":{"type":"billing_error","message":"x"}}', 'valid_no_credit no_credit'],
    [
      'a disabled organisation',
      'anthropic',
      400,
      '{"type":"error","error":{"type":"invalid_request_error","message":"This organization has been disabled."}}',
      'blocked account_blocked',
    ],
    [
      'a wrong key',
      'google',
      400,
      googleError(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', 'API_KEY_INVALID'),
      'invalid key_refused',
    ],
    ['another 400', 'google', 400, googleError(400, 'INVALID_ARGUMENT', 'Invalid page size'), 'unknown unexpected_status'],
    [
      'a location',
      'google',
      400,
      googleError(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'),
      'blocked region_blocked',
    ],
    [
      'the API is off',
      'google',
      403,
      googleError(403, 'PERMISSION_DENIED', 'Generative Language API has not been used', 'SERVICE_DISABLED'),
      'valid_restricted scope_missing',
    ],
    [
      'a leaked key',
      'google',
      403,
      googleError(403, 'PERMISSION_DENIED', 'Your API key was reported as leaked. Please use another API key.'),
      'blocked key_leaked',
    ],
    [
      'other 403',
      'google',
      403,
      googleError(403, 'PERMISSION_DENIED', 'The caller does not have permission'),
      'valid_restricted scope_missing',
    ],
    ['reached', 'ollama', 200, '{"version":"0.13.3"}', 'valid ok'],
    ['something else at that port', 'ollama', 200, '{"hello":"world"}', 'unknown unreadable_answer'],
    [
      'the cloud complains of the body',
      'ollama',
      400,
      '{"error":{"message":"[] is too short - \'messages\'","type":"invalid_request_error"}}',
      'valid ok',
    ],
    ['the cloud refuses the key', 'ollama', 401, '{"error":"unauthorized"}', 'invalid key_refused'],
    ['a good key', 'cohere', 200, '{"valid":true,"organization_id":"o"}', 'valid ok'],
    ['a bad key with status 200', 'cohere', 200, '{"valid":false}', 'invalid key_refused'],
    ['no answer to the question', 'cohere', 200, '{}', 'unknown unreadable_answer'],
    ['a bad token', 'cohere', 498, '{"message":"invalid api token"}', 'invalid key_refused'],
    ['a bad token', 'cohere', 401, '{"message":"invalid api token"}', 'invalid key_refused'],
    ['money left', 'deepseek', 200, '{"is_available":true,"balance_infos":[{"currency":"USD","total_balance":"5.00"}]}', 'valid ok'],
    ['no money left', 'deepseek', 200, '{"is_available":false,"balance_infos":[]}', 'valid_no_credit no_credit'],
    [
      'a firewall',
      'azure',
      403,
      '{"error":{"code":"403","message":"Access denied due to Virtual Network/Firewall rules."}}',
      'blocked network_blocked',
    ],
    [
      'a missing right',
      'azure',
      401,
      '{"error":{"code":"PermissionDenied","message":"The principal lacks the required data action"}}',
      'valid_restricted scope_missing',
    ],
    ['a good key', 'openrouter', 200, '{"data":{"label":"sk-or-…","limit":null,"limit_remaining":null,"usage":1.2}}', 'valid ok'],
    ['a spent limit', 'openrouter', 200, '{"data":{"limit":5,"limit_remaining":0}}', 'valid_no_credit no_credit'],
    [
      'a key that only manages keys',
      'openrouter',
      200,
      '{"data":{"is_management_key":true,"limit_remaining":null}}',
      'valid_restricted management_key',
    ],
    ['no answer to the question', 'openrouter', 200, '{"error":"x"}', 'unknown unreadable_answer'],
    ['no money', 'openrouter', 402, '{"error":{"code":402,"message":"Insufficient credits"}}', 'valid_no_credit no_credit'],
    ['a region', 'openrouter', 403, '{"error":{"code":403,"message":"Not available in your region."}}', 'blocked region_blocked'],
    ['a bare 403', 'mistral', 403, '', 'blocked forbidden'],
    [
      'a spend cap',
      'groq',
      400,
      '{"error":{"code":"blocked_api_access","message":"Organization has reached its spend limit","type":"invalid_request_error"}}',
      'valid_no_credit quota_exhausted',
    ],
    [
      'a limit of the key itself',
      'openrouter',
      403,
      '{"error":{"code":403,"message":"Key limit exceeded (total limit)"}}',
      'valid_no_credit quota_exhausted',
    ],
    [
      'a network',
      'groq',
      403,
      openAiError('Access denied. Please check your network settings.', 'permissions_error'),
      'blocked network_blocked',
    ],
    [
      'a missing permission',
      'groq',
      403,
      openAiError('no access', 'permissions_error', 'model_permission_blocked_project'),
      'valid_restricted scope_missing',
    ],
    ['an empty 401', 'mistral', 401, '', 'invalid key_refused'],
  ])('%s: %s %i', (_what, provider, status, body, expected) => {
    expect(outcomeOf(provider, status, body)).toBe(expected)
  })
})

describe.skipIf(!samples.areThere)('what recorded answers say of the key', () => {
  test.each<[string, ProviderName, number, string]>([
    ['groq-error.401-invalid_api_key.json', 'groq', 401, 'invalid key_refused'],
    ['mistral-error.401.json', 'mistral', 401, 'invalid key_refused'],
    ['mistral-error.429.json', 'mistral', 429, 'valid_throttled rate_limited'],
    ['deepseek-error.401.json', 'deepseek', 401, 'invalid key_refused'],
    ['deepseek-error.402.json', 'deepseek', 402, 'valid_no_credit no_credit'],
    ['azure-error.401.json', 'azure', 401, 'invalid key_refused'],
    ['openrouter-error.401.json', 'openrouter', 401, 'invalid key_refused'],
    ['openrouter-error.429.json', 'openrouter', 429, 'valid_throttled rate_limited'],
    ['anthropic-error.401.json', 'anthropic', 401, 'invalid key_refused'],
    ['anthropic-error.400-credit_balance.json', 'anthropic', 400, 'valid_no_credit no_credit'],
    ['openai-error.429-insufficient_quota.json', 'openai', 429, 'valid_no_credit quota_exhausted'],
    ['gemini-error.400-api_key_invalid.json', 'google', 400, 'invalid key_refused'],
    ['gemini-error.401-access_token_type_unsupported.json', 'google', 401, 'invalid key_class_refused'],
    ['gemini-error.402-prepay.json', 'google', 402, 'valid_no_credit no_credit'],
    ['gemini-error.429-retryInfo.json', 'google', 429, 'valid_throttled rate_limited'],
    ['groq-error.429-rate_limit.json', 'groq', 429, 'valid_throttled rate_limited'],
    ['ollama-api-tags.json', 'ollama', 200, 'unknown unreadable_answer'],
  ])('%s', (name, provider, status, expected) => {
    expect(outcomeOf(provider, status, samples.read(name).toString())).toBe(expected)
  })
})
