import { pathOf, resolveBaseUrl } from '../base-url.ts'
import type { BaseUrls, KeyTarget, Refusal } from '../provider.ts'
import { providerOf } from '../registry.ts'
import { upstreamHeaders } from '../upstream/headers.ts'

export type KeyCheckRequest = { method: 'GET' | 'POST'; url: string; headers: Record<string, string>; body?: string }

/**
 * The cheapest call that truly proves a key at its provider; never one that is billed. Redirects must not be followed: they would carry
 * the key along. A refusal means that the settings do not even name a call.
 */
export function keyCheckRequest(target: KeyTarget, baseUrls: BaseUrls): KeyCheckRequest | Refusal {
  const provider = providerOf(target.provider)
  const base = resolveBaseUrl(provider, target, baseUrls)
  if (!(base instanceof URL)) return base
  const call = provider.keyCheck(base, target)
  const placed = provider.place(pathOf(base), call.path, target, null)
  if (placed === null) return { refused: 'no_deployment' }
  const headers = upstreamHeaders(provider, target, null, call.body ? { 'content-type': 'application/json' } : {})
  if ('refused' in headers) return headers as Refusal
  const request: KeyCheckRequest = { method: call.method, url: base.origin + placed, headers }
  return call.body === undefined ? request : { ...request, body: call.body }
}
