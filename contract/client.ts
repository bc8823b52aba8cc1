import type { Endpoint, Replied, Sent } from './endpoint.ts'
import type { ErrorBody, ErrorCode, InputError } from './errors.ts'

/** The one error of the client: what the API refused, or that it could not be reached (`code` is then `unreachable`). */
export class CallFailed extends Error {
  readonly status: number
  readonly code: ErrorCode | 'unreachable'
  readonly errors: InputError[]
  readonly requestId: string | null

  constructor(status: number, body: Partial<ErrorBody>, cause?: unknown) {
    super(body.detail ?? `HTTP ${status}`, { cause })
    this.name = 'CallFailed'
    this.status = status
    this.code = body.code ?? 'unreachable'
    this.errors = body.errors ?? []
    this.requestId = body.request_id ?? null
  }
}

export type ClientOptions = {
  /** The API's origin, or '' in a browser that is served from the same origin. */
  origin: string
  /** The current access token, or null; asked before every call. */
  accessToken?: () => string | null | Promise<string | null>
  /** Called once when a call is answered 401; answers a fresh token to try again with, or null to give up. */
  refresh?: () => Promise<string | null>
  headers?: () => Record<string, string>
  /** Tries after 429 and 503, besides the first; 2 unless said. */
  retries?: number
  fetch?: typeof fetch
}

/** Calls one endpoint: `call(userKeys.list)`, `call(userKeys.get, {params: {id}})`. Throws `CallFailed`. */
export type Call = <E extends Endpoint>(
  endpoint: E,
  ...sent: {} extends Sent<E> ? [Sent<E>?, CallOptions?] : [Sent<E>, CallOptions?]
) => Promise<Replied<E>>

export type CallOptions = { signal?: AbortSignal }

type Parts = { params?: Record<string, string>; query?: Record<string, string | number | boolean | null | undefined>; body?: unknown }

/** The client of the API, for browsers, servers, command lines and tests. */
export function createClient(options: ClientOptions): Call {
  const send = options.fetch ?? fetch
  const retries = options.retries ?? 2
  let refreshing: Promise<string | null> | null = null

  /** Many calls answered 401 at once refresh once. */
  function refreshOnce(): Promise<string | null> {
    refreshing ??= (options.refresh?.() ?? Promise.resolve(null)).finally(() => {
      refreshing = null
    })
    return refreshing
  }

  async function attempt(endpoint: Endpoint, parts: Parts, token: string | null, signal: AbortSignal | undefined): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json', ...options.headers?.() }
    if (token) headers.authorization = `Bearer ${token}`
    if (parts.body !== undefined) headers['content-type'] = 'application/json'
    const body = parts.body === undefined ? undefined : JSON.stringify(parts.body)
    try {
      return await send(options.origin + urlOf(endpoint, parts), { method: endpoint.method, headers, body, signal })
    } catch (cause) {
      if (signal?.aborted) throw cause
      throw new CallFailed(0, { detail: 'The API could not be reached' }, cause)
    }
  }

  const call = async (endpoint: Endpoint, parts: Parts = {}, { signal }: CallOptions = {}): Promise<unknown> => {
    let token = (await options.accessToken?.()) ?? null
    let refreshed = false
    for (let tries = 0; ;) {
      const response = await attempt(endpoint, parts, token, signal)
      if (response.ok) return await readReply(response)
      if (response.status === 401 && token && options.refresh && !refreshed) {
        refreshed = true
        token = await refreshOnce()
        if (token) continue
      }
      const body = await readRefusal(response)
      const mayTryAgain = response.status === 429 || (response.status === 503 && endpoint.method === 'GET')
      if (!mayTryAgain || tries++ >= retries) throw new CallFailed(response.status, body)
      await pause(waitMs(response.headers.get('retry-after'), tries), signal)
    }
  }
  return call as Call
}

/** The path and query of a call. */
export function urlOf(endpoint: Endpoint, { params = {}, query = {} }: Parts): string {
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== null) search.set(name, String(value))
  return search.size > 0 ? `${path}?${search.toString()}` : path
}

async function readReply(response: Response): Promise<unknown> {
  return response.status === 204 ? undefined : await response.json()
}

async function readRefusal(response: Response): Promise<Partial<ErrorBody>> {
  try {
    return (await response.json()) as Partial<ErrorBody>
  } catch {
    return {}
  }
}

/** `Retry-After` in seconds where it was sent, at most 30; else half a second, doubled at each try. */
function waitMs(retryAfter: string | null, tries: number): number {
  const seconds = Number(retryAfter)
  return retryAfter && Number.isFinite(seconds) ? Math.min(seconds, 30) * 1000 : 250 * 2 ** tries
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    })
  })
}
