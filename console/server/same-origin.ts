import type { IncomingHttpHeaders } from 'node:http'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether a method may change something, and so needs proof of where the request came from. */
export function isUnsafe(method: string | undefined): boolean {
  return !safeMethods.has(method ?? 'GET')
}

/**
 * Whether a request came from a page of this console, by what the browser itself says of it
 * (`Sec-Fetch-Site`, else `Origin`). An unsafe request that says neither is taken as foreign.
 */
export function isSameOrigin(method: string | undefined, headers: IncomingHttpHeaders, publicOrigin: string | null): boolean {
  const site = headers['sec-fetch-site']
  if (typeof site === 'string') {
    if (site === 'same-origin') return isOwnOrigin(headers, publicOrigin) ?? true
    return site === 'none' && !isUnsafe(method)
  }
  return isOwnOrigin(headers, publicOrigin) ?? !isUnsafe(method)
}

/** Null when no origin was named. */
function isOwnOrigin(headers: IncomingHttpHeaders, publicOrigin: string | null): boolean | null {
  const { origin, host } = headers
  if (!origin) return null
  if (publicOrigin && origin === publicOrigin) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
