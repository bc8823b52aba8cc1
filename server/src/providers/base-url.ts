import type { BaseUrls, KeyTarget, Provider, Refusal } from './provider.ts'

/** Endpoints that people paste along with the base URL. */
const PASTED_ENDPOINT = /\/(?:chat\/completions|embeddings|messages|responses)$/

/**
 * The base URL of a key: its own, else the operator's, else the provider's default.
 *
 * Written with or without a trailing slash, and with or without what belongs to it:
 * - Where the default ends in a path (OpenAI's `/v1`, Groq's `/openai/v1`), a base URL that stops short of it (`https://host`,
 *   `https://host/openai`) is completed; any other path is somebody's proxy and is kept as it is.
 * - Where the default has no path (Anthropic, Google, Ollama, Cohere, DeepSeek), a pasted `/v1` and the like are taken off, since
 *   the dialects add their own; what stands before them is kept.
 *
 * A base URL that carries credentials, a query or a fragment, or is not http(s), is refused.
 */
export function resolveBaseUrl(provider: Provider, target: KeyTarget, baseUrls: BaseUrls): URL | Refusal {
  const text = target.baseUrl ?? baseUrls[provider.name] ?? provider.baseUrl
  if (text === null) return { refused: 'no_base_url' }
  if (!URL.canParse(text)) return { refused: 'bad_base_url' }
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { refused: 'bad_base_url' }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return { refused: 'bad_base_url' }
  url.pathname = settlePath(provider, url.pathname.replace(/\/+$/, '').replace(PASTED_ENDPOINT, ''))
  return url
}

/** The path of a resolved base URL: `''` for none, never with a trailing slash. */
export function pathOf(base: URL): string {
  return base.pathname === '/' ? '' : base.pathname
}

function settlePath(provider: Provider, path: string): string {
  if (provider.basePath !== '') return provider.basePath.startsWith(`${path}/`) ? provider.basePath : path
  const pasted = provider.pastedPaths.find((ending) => path.endsWith(ending))
  return pasted === undefined ? path : path.slice(0, -pasted.length)
}
