import type { Dialect } from '../../providers/provider.ts'
import { providerNames } from '@llm-manager/contract/common'
import type { ErrorDialect } from '../errors.ts'

/** A call that generates: what it is named in usage, its dialect, and its path after the dialect's root at a provider. */
export type Endpoint = { name: string; dialect: Dialect; errors: ErrorDialect; path: string }

export type Route = { kind: 'generate'; endpoint: Endpoint } | { kind: 'models' }

const chat: Endpoint = { name: 'chat.completions', dialect: 'openai-chat', errors: 'openai', path: '/chat/completions' }
const embeddings: Endpoint = { name: 'embeddings', dialect: 'openai-chat', errors: 'openai', path: '/embeddings' }
const messages: Endpoint = { name: 'messages', dialect: 'anthropic-messages', errors: 'anthropic', path: '/messages' }

/** Exact paths only: whatever could be read as another path by someone else is none. */
const routes: ReadonlyMap<string, { method: 'GET' | 'POST'; route: Route }> = new Map<string, { method: 'GET' | 'POST'; route: Route }>([
  ['/v1/chat/completions', { method: 'POST', route: { kind: 'generate', endpoint: chat } }],
  ['/v1/embeddings', { method: 'POST', route: { kind: 'generate', endpoint: embeddings } }],
  ['/v1/messages', { method: 'POST', route: { kind: 'generate', endpoint: messages } }],
  ['/v1/models', { method: 'GET', route: { kind: 'models' } }],
])

const prefixes = new Set(['v1', 'v1beta', 'gemini', ...providerNames])

/** Whether a path is the gateway's to answer, with 404 where nothing is there. */
export function isGatewayPath(url: string): boolean {
  const end = /[/?]/g
  end.lastIndex = 1
  const stop = end.exec(url)?.index ?? url.length
  return prefixes.has(url.slice(1, stop))
}

/** What lies at a path for a method; the query does not count. */
export function routeOf(method: string, url: string): Route | 'not_found' | 'method_not_allowed' {
  const query = url.indexOf('?')
  const found = routes.get(query === -1 ? url : url.slice(0, query))
  if (!found) return 'not_found'
  return found.method === method ? found.route : 'method_not_allowed'
}

/** The dialect in which a path's errors are told. */
export function errorDialectOf(url: string): ErrorDialect {
  return url.startsWith('/v1/messages') || url.startsWith('/anthropic/') ? 'anthropic' : 'openai'
}
