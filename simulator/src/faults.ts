import type { Call, Failure, FailureKind, KeyBehaviour } from './provider.ts'

const MARKED = /invalid|nocredit|blocked|restricted|throttled|down|hang|reset/
const WELL_FORMED = /^[\x21-\x7e]{8,}$/

/** The behaviour of a key: the first marking word in it; without one, `good` if well formed (≥ 8 printable characters). */
export function behaviourOfKey(key: string): KeyBehaviour {
  const marked = MARKED.exec(key)
  if (marked) return marked[0] as KeyBehaviour
  return WELL_FORMED.test(key) ? 'good' : 'invalid'
}

/** The failure that a call meets because of its key, or undefined when it may pass. Connection faults are not among them. */
export function failureOfKey(call: Pick<Call, 'provider' | 'route' | 'behaviour'>): Failure | undefined {
  const { provider, route, behaviour } = call
  switch (behaviour) {
    case 'invalid':
      return { kind: 'invalid_key' }
    case 'throttled':
      return { kind: 'rate_limited', retryAfterS: 1 }
    case 'blocked':
      return { kind: 'blocked' }
    case 'restricted':
      return route.access === 'generate' && provider.restrictedKeysGenerate ? undefined : { kind: 'restricted' }
    case 'nocredit':
      return route.access === 'generate' || provider.moneyGuardsChecks ? { kind: 'no_credit' } : undefined
    case 'down':
      return { kind: 'server_error' }
    default:
      return undefined
  }
}

const KIND_OF_STATUS: Record<number, FailureKind> = {
  400: 'bad_request',
  401: 'invalid_key',
  402: 'no_credit',
  403: 'blocked',
  404: 'not_found',
  408: 'timeout',
  413: 'request_too_large',
  422: 'unprocessable',
  429: 'rate_limited',
  500: 'server_error',
  502: 'overloaded',
  503: 'overloaded',
  504: 'timeout',
  529: 'overloaded',
}

const KINDS: Record<string, FailureKind> = {
  invalid_key: 'invalid_key',
  no_credit: 'no_credit',
  billing: 'no_credit',
  insufficient_quota: 'insufficient_quota',
  blocked: 'blocked',
  restricted: 'restricted',
  bad_request: 'bad_request',
  unprocessable: 'unprocessable',
  context_length: 'context_length',
  content_filter: 'content_filter',
  not_found: 'not_found',
  model_not_found: 'model_not_found',
  request_too_large: 'request_too_large',
  timeout: 'timeout',
  rate_limit: 'rate_limited',
  rate_limited: 'rate_limited',
  server_error: 'server_error',
  overloaded: 'overloaded',
}

/** The failure that the directives `status=` and `error=` ask for, or undefined. An unknown name is a 400 with that code. */
export function failureAsked(call: Call): Failure | undefined {
  const { status, error, retryAfterS } = call.directives
  if (status === undefined && error === undefined) return undefined
  const kind = error === undefined ? KIND_OF_STATUS[status ?? 0] : KINDS[error]
  const failure: Failure = { kind: kind ?? (status !== undefined && status >= 500 ? 'server_error' : 'bad_request') }
  if (status !== undefined && status >= 400 && status <= 599) failure.status = status
  if (error !== undefined && kind === undefined) failure.code = error
  if (call.model !== null) failure.model = call.model
  if (retryAfterS !== undefined) failure.retryAfterS = retryAfterS
  return failure
}
