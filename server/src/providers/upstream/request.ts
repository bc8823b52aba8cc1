import { pathOf, resolveBaseUrl } from '../base-url.ts'
import type { BaseUrls, Dialect, KeyTarget, Refusal } from '../provider.ts'
import { providerOf } from '../registry.ts'
import { upstreamHeaders, type ClientHeaders } from './headers.ts'

/** Where an upstream call goes, in the parts that an HTTP dispatcher takes. `path` carries the query. */
export type UpstreamRequest = { origin: string; path: string; headers: Record<string, string> }

/** Query parameters in which credentials travel; they are never passed on. */
const CREDENTIAL_PARAMETERS = ['key', 'api_key', 'access_token']
/** A path as it may follow a base URL: absolute, no second host, no way up, nothing that a parser could see differently. */
const SAFE_PATH = /^\/(?!\/)[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*$/
const WAY_UP = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)|%2f|%5c/i

/**
 * The upstream call for a path of a dialect.
 *
 * @param path what follows the dialect's root: `/chat/completions`, `/embeddings`, `/messages`, `/models`; may carry a query
 * @param baseUrls the operator's own base URLs
 * @param clientHeaders the client's headers, names in lower case; only an allow-list of them goes on
 * @param model the model as the provider will be told it; only Azure's older URLs need it, when the key names no deployment
 */
export function upstreamRequest(
  target: KeyTarget,
  dialect: Dialect,
  path: string,
  baseUrls: BaseUrls,
  clientHeaders: ClientHeaders,
  model: string | null = null,
): UpstreamRequest | Refusal {
  const provider = providerOf(target.provider)
  const root = provider.dialects[dialect]
  if (root === undefined) return { refused: 'dialect_not_spoken' }
  const cleanPath = cleanPathOf(path)
  if (cleanPath === null) return { refused: 'bad_path' }
  const base = resolveBaseUrl(provider, target, baseUrls)
  if (!(base instanceof URL)) return base
  const placed = provider.place(pathOf(base) + root, cleanPath, target, model)
  if (placed === null) return { refused: 'no_deployment' }
  const headers = upstreamHeaders(provider, target, dialect, clientHeaders)
  if ('refused' in headers) return headers as Refusal
  return { origin: base.origin, path: placed, headers }
}

/** The path without credentials in its query; null when it could leave the place it is put under. */
function cleanPathOf(path: string): string | null {
  const [pathname = '', ...rest] = path.split('?')
  if (!SAFE_PATH.test(pathname) || WAY_UP.test(pathname)) return null
  if (rest.length === 0) return pathname
  const query = new URLSearchParams(rest.join('?'))
  for (const name of CREDENTIAL_PARAMETERS) query.delete(name)
  return query.size === 0 ? pathname : `${pathname}?${query.toString()}`
}
