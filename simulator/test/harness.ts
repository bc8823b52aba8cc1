import type { JsonObject } from '../src/json.ts'
import type { ProviderName } from '../src/provider.ts'

/** How a test reaches one provider: base-relative paths, its auth header and a chat request. */
export interface Reach {
  auth: (key: string) => Record<string, string>
  check: { method: 'GET' | 'POST'; path: string; body?: JsonObject }
  chatPath: string
  model: string
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

/** The ten providers through their OpenAI-shaped chat, Anthropic through its own. Paths follow the product's base URLs. */
export const REACH: Record<ProviderName, Reach> = {
  openai: { auth: bearer, check: { method: 'GET', path: '/models' }, chatPath: '/chat/completions', model: 'gpt-4o-mini' },
  anthropic: {
    auth: (key) => ({ 'x-api-key': key, 'anthropic-version': '2023-06-01' }),
    check: { method: 'GET', path: '/v1/models?limit=1' },
    chatPath: '/v1/messages',
    model: 'claude-haiku-4-5',
  },
  google: {
    auth: (key) => ({ 'x-goog-api-key': key }),
    check: { method: 'GET', path: '/v1beta/models?pageSize=1' },
    chatPath: '/v1beta/models/gemini-2.5-flash:generateContent',
    model: 'gemini-2.5-flash',
  },
  groq: { auth: bearer, check: { method: 'GET', path: '/models' }, chatPath: '/chat/completions', model: 'llama-3.3-70b-versatile' },
  ollama: {
    auth: bearer,
    check: { method: 'POST', path: '/v1/chat/completions', body: {} },
    chatPath: '/v1/chat/completions',
    model: 'llama3.2',
  },
  mistral: { auth: bearer, check: { method: 'GET', path: '/models' }, chatPath: '/chat/completions', model: 'mistral-large-latest' },
  cohere: {
    auth: bearer,
    check: { method: 'POST', path: '/v1/check-api-key' },
    chatPath: '/compatibility/v1/chat/completions',
    model: 'command-r-plus',
  },
  deepseek: { auth: bearer, check: { method: 'GET', path: '/user/balance' }, chatPath: '/chat/completions', model: 'deepseek-chat' },
  azure: {
    auth: (key) => ({ 'api-key': key }),
    check: { method: 'GET', path: '/models' },
    chatPath: '/chat/completions',
    model: 'gpt-4o-mini',
  },
  openrouter: { auth: bearer, check: { method: 'GET', path: '/key' }, chatPath: '/chat/completions', model: 'openai/gpt-4o-mini' },
}

/** A JSON request; `body` undefined sends none. */
export function send(url: string, headers: Record<string, string>, body?: JsonObject, signal?: AbortSignal): Promise<Response> {
  return fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  })
}

/** A chat request of the provider's dialect with one user message. */
export function chatBody(provider: ProviderName, text: string, more: JsonObject = {}): JsonObject {
  const { model } = REACH[provider]
  if (provider === 'google') return { contents: [{ role: 'user', parts: [{ text }] }], ...more }
  const cap = provider === 'anthropic' ? { max_tokens: 1000 } : {}
  return { model, messages: [{ role: 'user', content: text }], ...cap, ...more }
}

/** The JSON of every `data:` line of an SSE text, without `[DONE]`. */
export function dataOf(sse: string): JsonObject[] {
  return sse
    .split('\n')
    .filter((line) => line.startsWith('data:') && !line.includes('[DONE]'))
    .map((line) => JSON.parse(line.slice(5)) as JsonObject)
}
