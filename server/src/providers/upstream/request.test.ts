import { describe, expect, test } from 'vitest'
import { Secret } from '../../platform/secret.ts'
import type { Dialect, KeyTarget, ProviderName } from '../provider.ts'
import { upstreamModel } from './model.ts'
import { upstreamRequest } from './request.ts'

const KEY = 'sk-test-0123456789'

function target(provider: ProviderName, more: Partial<KeyTarget> = {}): KeyTarget {
  return { provider, baseUrl: null, secret: Secret.of(KEY), options: {}, ...more }
}

function urlOf(key: KeyTarget, dialect: Dialect, path: string, model: string | null = null): string {
  const request = upstreamRequest(key, dialect, path, {}, {}, model)
  return 'refused' in request ? request.refused : request.origin + request.path
}

function headersOf(key: KeyTarget, dialect: Dialect, client: Record<string, string | string[]> = {}): Record<string, string> {
  const request = upstreamRequest(key, dialect, '/models', {}, client)
  if ('refused' in request) throw new Error(request.refused)
  return request.headers
}

describe('each provider is called at its own address', () => {
  test.each<[ProviderName, Dialect, string, string]>([
    ['openai', 'openai-chat', '/chat/completions', 'https://api.openai.com/v1/chat/completions'],
    ['openai', 'openai-chat', '/embeddings', 'https://api.openai.com/v1/embeddings'],
    ['openai', 'openai-chat', '/models', 'https://api.openai.com/v1/models'],
    ['openai', 'openai-responses', '/responses', 'https://api.openai.com/v1/responses'],
    ['anthropic', 'anthropic-messages', '/messages', 'https://api.anthropic.com/v1/messages'],
    ['anthropic', 'anthropic-messages', '/messages?beta=true', 'https://api.anthropic.com/v1/messages?beta=true'],
    ['anthropic', 'anthropic-messages', '/models', 'https://api.anthropic.com/v1/models'],
    ['google', 'openai-chat', '/chat/completions', 'https://generativelanguage.googleapis.com/v1beta/openai/chat/completions'],
    [
      'google',
      'gemini',
      '/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
      'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    ],
    ['groq', 'openai-chat', '/chat/completions', 'https://api.groq.com/openai/v1/chat/completions'],
    ['ollama', 'openai-chat', '/chat/completions', 'http://localhost:11434/v1/chat/completions'],
    ['ollama', 'ollama', '/chat', 'http://localhost:11434/api/chat'],
    ['mistral', 'openai-chat', '/embeddings', 'https://api.mistral.ai/v1/embeddings'],
    ['cohere', 'openai-chat', '/chat/completions', 'https://api.cohere.com/compatibility/v1/chat/completions'],
    ['cohere', 'cohere', '/rerank', 'https://api.cohere.com/v2/rerank'],
    ['deepseek', 'openai-chat', '/chat/completions', 'https://api.deepseek.com/chat/completions'],
    ['deepseek', 'anthropic-messages', '/messages', 'https://api.deepseek.com/anthropic/v1/messages'],
    ['openrouter', 'openai-chat', '/chat/completions', 'https://openrouter.ai/api/v1/chat/completions'],
    ['openrouter', 'anthropic-messages', '/messages', 'https://openrouter.ai/api/v1/messages'],
  ])('%s %s %s', (provider, dialect, path, expected) => {
    expect(urlOf(target(provider), dialect, path)).toBe(expected)
  })
})

describe('azure has two forms', () => {
  const baseUrl = 'https://res.openai.azure.com'
  test('without a version, the v1 form', () => {
    expect(urlOf(target('azure', { baseUrl }), 'openai-chat', '/chat/completions')).toBe(
      'https://res.openai.azure.com/openai/v1/chat/completions',
    )
  })
  test('with a version of the v1 form, that form with the version', () => {
    expect(urlOf(target('azure', { baseUrl, options: { api_version: 'preview' } }), 'openai-chat', '/chat/completions')).toBe(
      'https://res.openai.azure.com/openai/v1/chat/completions?api-version=preview',
    )
  })
  test('with a dated version, the deployment stands in the path', () => {
    const options = { api_version: '2024-10-21', deployment: 'my gpt/4o' }
    expect(urlOf(target('azure', { baseUrl, options }), 'openai-chat', '/chat/completions', 'gpt-4o')).toBe(
      'https://res.openai.azure.com/openai/deployments/my%20gpt%2F4o/chat/completions?api-version=2024-10-21',
    )
    expect(urlOf(target('azure', { baseUrl, options }), 'openai-chat', '/models')).toBe(
      'https://res.openai.azure.com/openai/models?api-version=2024-10-21',
    )
  })
  test('a key without a deployment takes the model for one', () => {
    const options = { api_version: '2024-10-21' }
    expect(urlOf(target('azure', { baseUrl: `${baseUrl}/openai/v1`, options }), 'openai-chat', '/embeddings', 'embed-1')).toBe(
      'https://res.openai.azure.com/openai/deployments/embed-1/embeddings?api-version=2024-10-21',
    )
    expect(urlOf(target('azure', { baseUrl, options }), 'openai-chat', '/embeddings')).toBe('no_deployment')
  })
  test('the key goes into its own header', () => {
    expect(headersOf(target('azure', { baseUrl }), 'openai-chat')).toEqual({
      'accept-encoding': 'identity',
      'user-agent': 'llm-manager',
      'api-key': KEY,
    })
  })
})

describe('headers', () => {
  test('a bearer for OpenAI and its like, with organisation and project from the key, never from the client', () => {
    const key = target('openai', { options: { organization: 'org-1', project: 'proj_2' } })
    expect(
      headersOf(key, 'openai-chat', {
        'openai-organization': 'org-evil',
        'openai-beta': 'assistants=v2',
        'content-type': 'application/json',
      }),
    ).toEqual({
      'accept-encoding': 'identity',
      'user-agent': 'llm-manager',
      authorization: `Bearer ${KEY}`,
      'openai-organization': 'org-1',
      'openai-project': 'proj_2',
      'openai-beta': 'assistants=v2',
      'content-type': 'application/json',
    })
  })

  test("anthropic: x-api-key, and the client's own version and beta flags", () => {
    expect(headersOf(target('anthropic'), 'anthropic-messages')).toEqual({
      'accept-encoding': 'identity',
      'user-agent': 'llm-manager',
      'x-api-key': KEY,
      'anthropic-version': '2023-06-01',
    })
    const headers = headersOf(target('anthropic'), 'anthropic-messages', {
      'anthropic-version': '2026-10-21',
      'anthropic-beta': ['a-1', 'b-2'],
    })
    expect(headers['anthropic-version']).toBe('2026-10-21')
    expect(headers['anthropic-beta']).toBe('a-1, b-2')
  })

  test('anthropic OAuth tokens go as bearer', () => {
    const headers = headersOf(target('anthropic', { secret: Secret.of('sk-ant-oat01-abc') }), 'anthropic-messages')
    expect(headers.authorization).toBe('Bearer sk-ant-oat01-abc')
    expect(headers['x-api-key']).toBeUndefined()
  })

  test('google: one credential, of the kind its surface takes', () => {
    expect(headersOf(target('google'), 'openai-chat')).toMatchObject({ authorization: `Bearer ${KEY}` })
    expect(headersOf(target('google'), 'openai-chat')['x-goog-api-key']).toBeUndefined()
    expect(headersOf(target('google'), 'gemini')).toMatchObject({ 'x-goog-api-key': KEY })
    expect(headersOf(target('google'), 'gemini').authorization).toBeUndefined()
  })

  test('a local ollama is sent no credential at all', () => {
    expect(headersOf(target('ollama', { secret: null }), 'openai-chat')).toEqual({
      'accept-encoding': 'identity',
      'user-agent': 'llm-manager',
    })
  })

  test.each<ProviderName>(['openai', 'anthropic', 'google', 'groq', 'mistral', 'cohere', 'deepseek', 'openrouter', 'ollama'])(
    "%s never sees the client's credentials, cookies, origin, host or hop-by-hop headers",
    (provider) => {
      const secrets = [
        'authorization',
        'x-api-key',
        'api-key',
        'x-goog-api-key',
        'cookie',
        'origin',
        'host',
        'proxy-authorization',
        'x-forwarded-for',
        'x-stainless-os',
        'referer',
      ]
      const hop = ['connection', 'keep-alive', 'transfer-encoding', 'te', 'trailer', 'upgrade', 'content-length', 'expect']
      const client = Object.fromEntries([...secrets, ...hop].map((name) => [name, `leaked-${name}`]))
      const dialect = provider === 'anthropic' ? 'anthropic-messages' : 'openai-chat'
      expect(JSON.stringify(headersOf(target(provider), dialect, client))).not.toContain('leaked')
    },
  )

  test('a header value that could split a message is dropped', () => {
    expect(headersOf(target('openai'), 'openai-chat', { accept: 'a\r\nx: 1' }).accept).toBeUndefined()
  })
})

describe('what cannot be called is said so', () => {
  test('a dialect that the provider does not speak', () => {
    expect(urlOf(target('anthropic'), 'openai-chat', '/chat/completions')).toBe('dialect_not_spoken')
    expect(urlOf(target('openai'), 'anthropic-messages', '/messages')).toBe('dialect_not_spoken')
  })
  test('a key that is missing or cannot stand in a header', () => {
    expect(urlOf(target('openai', { secret: null }), 'openai-chat', '/models')).toBe('no_key')
    expect(urlOf(target('openai', { secret: Secret.of('a\r\nb') }), 'openai-chat', '/models')).toBe('bad_key')
    expect(urlOf(target('ollama', { secret: Secret.of('clé') }), 'openai-chat', '/models')).toBe('bad_key')
  })
  test.each(['models', '//evil.example/x', '/../admin', '/a/%2e%2e/b', '/a/.%2E/b', '/a%2fb', '/a\\b', '/a b', '/a#b', '/a\n'])(
    'a path that could lead elsewhere: %j',
    (path) => {
      expect(urlOf(target('openai'), 'openai-chat', path)).toBe('bad_path')
    },
  )
  test('credentials in a query are taken out', () => {
    expect(urlOf(target('google'), 'gemini', '/models?key=AIza123&pageSize=2')).toBe(
      'https://generativelanguage.googleapis.com/v1beta/models?pageSize=2',
    )
    expect(urlOf(target('google'), 'gemini', '/models?key=AIza123')).toBe('https://generativelanguage.googleapis.com/v1beta/models')
  })
})

describe('a model keeps the name that its provider knows', () => {
  test.each<[ProviderName, string, string]>([
    ['openai', 'openai/gpt-4o', 'gpt-4o'],
    ['openai', 'gpt-4o', 'gpt-4o'],
    ['anthropic', 'anthropic/claude-sonnet-4-5', 'claude-sonnet-4-5'],
    ['groq', 'openai/gpt-oss-120b', 'openai/gpt-oss-120b'],
    ['groq', 'groq/openai/gpt-oss-120b', 'openai/gpt-oss-120b'],
    ['groq', 'groq/compound', 'groq/compound'],
    ['groq', 'groq/compound-mini', 'groq/compound-mini'],
    ['groq', 'groq/groq/compound', 'groq/compound'],
    ['openrouter', 'openrouter/openai/gpt-4o', 'openai/gpt-4o'],
    ['openrouter', 'openai/gpt-4o', 'openai/gpt-4o'],
    ['openrouter', 'openrouter/auto', 'openrouter/auto'],
    ['openrouter', 'openrouter/openrouter/auto', 'openrouter/auto'],
    ['ollama', 'ollama/', 'ollama/'],
    ['azure', 'azure/my-deployment', 'my-deployment'],
  ])('%s %s', (provider, model, expected) => {
    expect(upstreamModel(target(provider), model)).toBe(expected)
  })
  test("an azure key's deployment stands for every model", () => {
    expect(upstreamModel(target('azure', { options: { deployment: 'prod-4o' } }), 'gpt-4o')).toBe('prod-4o')
  })
})
