import type { ServerResponse } from 'node:http'

/** Every way in which the gateway itself refuses a call, with its status: one code for each reason. */
export const refusalStatus = {
  invalid_request: 400,
  credentials_conflict: 400,
  unsupported_endpoint: 400,
  credential_missing: 401,
  invalid_api_key: 401,
  key_expired: 401,
  budget_exceeded: 402,
  price_unknown: 402,
  input_unbounded: 402,
  access_disabled: 403,
  ip_not_allowed: 403,
  model_not_allowed: 403,
  provider_key_missing: 403,
  provider_key_unusable: 403,
  not_found: 404,
  model_not_found: 404,
  method_not_allowed: 405,
  request_too_large: 413,
  unsupported_media_type: 415,
  internal: 500,
  bad_upstream_answer: 502,
  upstream_unreachable: 502,
  upstream_lost: 502,
  rate_limit_exceeded: 429,
  overloaded: 503,
  not_admitting: 503,
  upstream_timeout: 504,
} as const

export type RefusalCode = keyof typeof refusalStatus

/** How callers of a dialect want to be told. */
export type ErrorDialect = 'openai' | 'anthropic'

/** Which limit stood in the way; amounts in `unit`, `resets_at` null for one that never starts anew. */
export type LimitFacts = {
  scope: string
  limit: number
  used: number
  unit: 'usd' | 'tokens' | 'requests' | 'parallel'
  window: string
  resets_at: string | null
}

/** `status`: another than the code's own. */
type RefusalDetails = { param?: string; limit?: LimitFacts; cause?: unknown; status?: number; retryAfterS?: number }

/** Seconds after which our own shortage may have passed, and up to which a client is told to try again by itself. */
const shortageS = 1
const retrySoonS = 60

/** A refusal of the gateway's own. Thrown on the way of a call, answered in one place. `message` may be shown to anyone who calls. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly code: RefusalCode
  readonly param: string | null
  readonly limit: LimitFacts | null
  readonly status: number
  /** Seconds after which the same call may pass. */
  readonly retryAfterS: number | null

  constructor(code: RefusalCode, message: string, more: RefusalDetails = {}) {
    super(message, { cause: more.cause })
    this.code = code
    this.param = more.param ?? null
    this.limit = more.limit ?? null
    this.status = more.status ?? refusalStatus[code]
    this.retryAfterS = more.retryAfterS ?? (this.status === 503 ? shortageS : null)
  }
}

/** Answers a refusal in the caller's dialect, unless an answer has begun: then the connection is cut, since no error can be told. */
export function answerRefusal(res: ServerResponse, dialect: ErrorDialect, requestId: string, refused: Refused): void {
  if (res.headersSent || res.destroyed) {
    res.destroy()
    return
  }
  const { status, retryAfterS } = refused
  const body = Buffer.from(JSON.stringify(refusalBody(dialect, requestId, refused)))
  const headers: Record<string, string | number> = {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-request-id': requestId,
    'x-llm-error-source': 'gateway',
  }
  if (dialect === 'anthropic') headers['request-id'] = requestId
  if (retryAfterS !== null) headers['retry-after'] = retryAfterS
  // SDKs retry by status alone unless told; a budget, a missing right or a mistake does not pass by itself.
  const passesSoon = refused.code === 'rate_limit_exceeded' && retryAfterS !== null && retryAfterS <= retrySoonS
  if (status < 500) headers['x-should-retry'] = passesSoon ? 'true' : 'false'
  if (status === 405) headers.allow = 'GET, POST'
  // What the client is still sending will not be read.
  if (!res.req.complete) headers.connection = 'close'
  res.writeHead(status, headers)
  res.end(body)
}

/** The error object that a dialect puts into answers and into streams. */
export function refusalBody(
  dialect: ErrorDialect,
  requestId: string,
  { code, message, param, limit, status }: Refused,
): Record<string, unknown> {
  const type = code === 'budget_exceeded' ? 'billing_error' : typeOfStatus(status)
  if (dialect === 'anthropic') return { type: 'error', error: { type, message, code, ...limit }, request_id: requestId }
  return { error: { message, type, param, code, ...limit, request_id: requestId } }
}

/** The names that both dialects use. */
function typeOfStatus(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error'
    case 402:
      return 'billing_error'
    case 403:
      return 'permission_error'
    case 404:
      return 'not_found_error'
    case 413:
      return 'request_too_large'
    case 429:
      return 'rate_limit_error'
    case 503:
      return 'overloaded_error'
    case 504:
      return 'timeout_error'
    default:
      return status < 500 ? 'invalid_request_error' : 'api_error'
  }
}
