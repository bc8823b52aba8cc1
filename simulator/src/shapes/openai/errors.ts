import type { Call, Failure, Refusal } from '../../provider.ts'
import { rowOf, type ErrorTable } from '../error-table.ts'

const REQUEST = 'invalid_request_error'

/** OpenAI's errors; providers of the same shape lay their own rows over these. */
export const OPENAI_ERRORS: ErrorTable = {
  missing_key: {
    status: 401,
    type: REQUEST,
    code: null,
    message: 'No API key was provided. Send it in an Authorization header, as a Bearer token.',
  },
  wrong_credential: {
    status: 401,
    type: REQUEST,
    code: null,
    message: 'No API key was provided. Send it in an Authorization header, as a Bearer token.',
  },
  invalid_key: { status: 401, type: REQUEST, code: 'invalid_api_key', message: 'Incorrect API key provided: {key}.' },
  no_credit: {
    status: 429,
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    message: 'You exceeded your current quota, please check your plan and billing details.',
  },
  blocked: {
    status: 403,
    type: 'request_forbidden',
    code: 'unsupported_country_region_territory',
    message: 'Country, region, or territory not supported',
  },
  restricted: {
    status: 403,
    type: REQUEST,
    code: null,
    message: 'You have insufficient permissions for this operation. Missing scopes: api.model.read.',
  },
  bad_request: { status: 400, type: REQUEST, code: null, message: 'The request is not valid.' },
  unsupported_parameter: {
    status: 400,
    type: REQUEST,
    code: 'unsupported_parameter',
    message: 'This parameter is not supported with this model.',
  },
  unprocessable: { status: 422, type: REQUEST, code: null, message: 'The request could not be processed.' },
  context_length: {
    status: 400,
    type: REQUEST,
    code: 'context_length_exceeded',
    param: 'messages',
    message: "This model's maximum context length is exceeded by your messages. Please shorten them.",
  },
  content_filter: { status: 400, type: REQUEST, code: 'content_filter', message: 'The request was refused by the safety system.' },
  not_found: { status: 404, type: REQUEST, code: 'unknown_url', message: 'Unknown request URL.' },
  model_not_found: {
    status: 404,
    type: REQUEST,
    code: 'model_not_found',
    message: 'The model `{model}` does not exist or you do not have access to it.',
  },
  request_too_large: { status: 413, type: REQUEST, code: null, message: 'The request body is too large.' },
  timeout: { status: 408, type: 'server_error', code: 'timeout', message: 'The request timed out.' },
  rate_limited: {
    status: 429,
    type: 'requests',
    code: 'rate_limit_exceeded',
    message: 'Rate limit reached for requests per minute. Please try again shortly.',
  },
  insufficient_quota: {
    status: 429,
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    message: 'You exceeded your current quota, please check your plan and billing details.',
  },
  server_error: { status: 500, type: 'server_error', code: null, message: 'The server had an error while processing your request.' },
  overloaded: {
    status: 503,
    type: 'service_unavailable_error',
    code: 'server_is_overloaded',
    message: 'The server is overloaded. Please try again later.',
  },
}

/** `{"error":{message,type,param,code}}`, OpenAI's envelope. */
export function openAiErrorBody(failure: Failure, call: Call, table: ErrorTable) {
  const row = rowOf(table, failure, call.key)
  return { row, body: { error: { message: row.message, type: row.type, param: row.param ?? null, code: row.code } } }
}

/** A refusal in that envelope, with `retry-after` in whole seconds where a wait is known. */
export function openAiRefusal(failure: Failure, call: Call, table: ErrorTable): Refusal {
  const { row, body } = openAiErrorBody(failure, call, table)
  const headers = failure.retryAfterS === undefined ? undefined : { 'retry-after': String(failure.retryAfterS) }
  return { status: row.status, body, headers }
}
