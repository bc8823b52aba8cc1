import type { JsonObject } from '../../json.ts'
import type { Call, Failure, Refusal } from '../../provider.ts'
import { rowOf, type ErrorTable } from '../error-table.ts'

/** `type` is Google's `status` word. A bad key is a 400 here. */
const GEMINI_ERRORS: ErrorTable = {
  missing_key: {
    status: 403,
    type: 'PERMISSION_DENIED',
    code: null,
    message: "Method doesn't allow unregistered callers. Please use an API key to call this API.",
  },
  wrong_credential: {
    status: 401,
    type: 'UNAUTHENTICATED',
    code: null,
    message: 'Request had invalid authentication credentials. An OAuth 2 access token was expected.',
  },
  invalid_key: { status: 400, type: 'INVALID_ARGUMENT', code: null, message: 'API key not valid. Please pass a valid API key.' },
  no_credit: { status: 402, type: 'RESOURCE_EXHAUSTED', code: null, message: 'Your prepayment credits are depleted.' },
  blocked: { status: 403, type: 'PERMISSION_DENIED', code: null, message: 'User location is not supported for the API use.' },
  restricted: {
    status: 403,
    type: 'PERMISSION_DENIED',
    code: null,
    message: 'Requests to this API with this key are blocked by its restrictions.',
  },
  bad_request: { status: 400, type: 'INVALID_ARGUMENT', code: null, message: 'Request contains an invalid argument.' },
  unsupported_parameter: { status: 400, type: 'INVALID_ARGUMENT', code: null, message: 'Invalid JSON payload received. Unknown name.' },
  unprocessable: { status: 400, type: 'FAILED_PRECONDITION', code: null, message: 'Request cannot be executed in the current state.' },
  context_length: {
    status: 400,
    type: 'INVALID_ARGUMENT',
    code: null,
    message: 'The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).',
  },
  content_filter: { status: 400, type: 'INVALID_ARGUMENT', code: null, message: 'The request was blocked by safety settings.' },
  not_found: { status: 404, type: 'NOT_FOUND', code: null, message: 'Requested entity was not found.' },
  model_not_found: {
    status: 404,
    type: 'NOT_FOUND',
    code: null,
    message: 'models/{model} is not found for API version v1beta, or is not supported for this method.',
  },
  request_too_large: { status: 413, type: 'INVALID_ARGUMENT', code: null, message: 'Request payload size exceeds the limit.' },
  timeout: {
    status: 504,
    type: 'DEADLINE_EXCEEDED',
    code: null,
    message: 'The service is unable to finish processing within the deadline.',
  },
  rate_limited: {
    status: 429,
    type: 'RESOURCE_EXHAUSTED',
    code: null,
    message: 'You exceeded your current quota, please check your plan and billing details.',
  },
  insufficient_quota: {
    status: 429,
    type: 'RESOURCE_EXHAUSTED',
    code: null,
    message: 'You exceeded your current quota, please check your plan and billing details.',
  },
  server_error: { status: 500, type: 'INTERNAL', code: null, message: 'An internal error has occurred.' },
  overloaded: { status: 503, type: 'UNAVAILABLE', code: null, message: 'The model is overloaded. Please try again later.' },
}

function errorInfo(reason: string): JsonObject {
  return {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason,
    domain: 'googleapis.com',
    metadata: { service: 'generativelanguage.googleapis.com' },
  }
}

function localized(message: string): JsonObject {
  return { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US', message }
}

function quotaFailure(quotaId: string): JsonObject {
  return { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId }] }
}

function detailsOf(failure: Failure): JsonObject[] {
  switch (failure.kind) {
    case 'invalid_key':
      return [errorInfo('API_KEY_INVALID'), localized(GEMINI_ERRORS.invalid_key.message)]
    case 'wrong_credential':
      return [errorInfo('ACCESS_TOKEN_TYPE_UNSUPPORTED')]
    case 'restricted':
      return [errorInfo('API_KEY_SERVICE_BLOCKED')]
    case 'rate_limited': {
      // No Retry-After header here: the wait stands in the body.
      const retryDelay = `${failure.retryAfterS ?? 1}s`
      const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }
      return [quotaFailure('GenerateRequestsPerMinutePerProjectPerModel-FreeTier'), retry]
    }
    case 'insufficient_quota':
      return [quotaFailure('GenerateRequestsPerDayPerProjectPerModel-FreeTier')]
    default:
      return []
  }
}

/** `{"error":{code,message,status,details}}`; on the OpenAI-compatible paths the whole body is an array around it. */
export function geminiRefusal(failure: Failure, call: Call): Refusal {
  const row = rowOf(GEMINI_ERRORS, failure, call.key)
  const details = detailsOf(failure)
  const error = { code: row.status, message: row.message, status: row.type, ...(details.length > 0 ? { details } : {}) }
  return { status: row.status, body: isCompat(call.path) ? [{ error }] : { error } }
}

/** Is this one of the OpenAI-compatible paths? */
export function isCompat(path: string): boolean {
  return path.startsWith('/v1beta/openai/')
}
