import type { Call, Failure, Refusal } from '../../provider.ts'
import { rowOf, type ErrorTable } from '../error-table.ts'

const REQUEST = 'invalid_request_error'
const AUTH = 'authentication_error'

/** Anthropic's error types. No money is a 400 with a telling text, not a 402. */
const ANTHROPIC_ERRORS: ErrorTable = {
  missing_key: { status: 401, type: AUTH, code: null, message: 'x-api-key header is required' },
  wrong_credential: { status: 401, type: AUTH, code: null, message: 'x-api-key header is required' },
  invalid_key: { status: 401, type: AUTH, code: null, message: 'invalid x-api-key' },
  no_credit: {
    status: 400,
    type: REQUEST,
    code: null,
    message: 'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
  },
  blocked: { status: 403, type: 'permission_error', code: null, message: 'Request not allowed from this location' },
  restricted: {
    status: 403,
    type: 'permission_error',
    code: null,
    message: 'Your API key does not have permission to use the specified resource.',
  },
  bad_request: { status: 400, type: REQUEST, code: null, message: 'The request is not valid.' },
  unsupported_parameter: { status: 400, type: REQUEST, code: null, message: 'This parameter is not supported.' },
  unprocessable: { status: 422, type: REQUEST, code: null, message: 'The request could not be processed.' },
  context_length: { status: 400, type: REQUEST, code: null, message: 'prompt is too long: 200001 tokens > 200000 maximum' },
  content_filter: { status: 400, type: REQUEST, code: null, message: 'Output blocked by content filtering policy' },
  not_found: { status: 404, type: 'not_found_error', code: null, message: 'Not Found' },
  model_not_found: { status: 404, type: 'not_found_error', code: null, message: 'model: {model}' },
  request_too_large: { status: 413, type: 'request_too_large', code: null, message: 'Request exceeds the maximum size' },
  timeout: { status: 504, type: 'timeout_error', code: null, message: 'The request timed out.' },
  rate_limited: {
    status: 429,
    type: 'rate_limit_error',
    code: null,
    message: 'This request would exceed the rate limit of your organization.',
  },
  insufficient_quota: {
    status: 429,
    type: 'rate_limit_error',
    code: 'enforced_spend_limit_reached',
    message: 'The spend limit of your organization has been reached.',
  },
  server_error: { status: 500, type: 'api_error', code: null, message: 'Internal server error' },
  overloaded: { status: 529, type: 'overloaded_error', code: null, message: 'Overloaded' },
}

const TYPE_OF_STATUS: Record<number, string> = { 402: 'billing_error', 409: 'conflict_error' }

/** `{"type":"error","error":{type,message,details?},"request_id"}`. */
export function anthropicRefusal(failure: Failure, call: Call): Refusal {
  const row = rowOf(ANTHROPIC_ERRORS, failure, call.key)
  const type = TYPE_OF_STATUS[row.status] ?? row.type
  const details = row.code === null ? {} : { details: { error_code: row.code } }
  const headers = failure.retryAfterS === undefined ? undefined : { 'retry-after': String(failure.retryAfterS) }
  return {
    status: row.status,
    body: { type: 'error', error: { type, message: row.message, ...details }, request_id: call.requestId },
    headers,
  }
}
