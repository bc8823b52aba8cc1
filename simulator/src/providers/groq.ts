import type { JsonObject } from '../json.ts'
import type { Call, Failure, Provider, Refusal } from '../provider.ts'
import type { Tokens } from '../billing/tokens.ts'
import { bearerCredential } from '../shapes/credential.ts'
import type { ErrorTable } from '../shapes/error-table.ts'
import { uuidOf } from '../shapes/ids.ts'
import { serveModelList } from '../shapes/openai/models.ts'
import { plainMessage, serveChat, usageTotals } from '../shapes/openai/chat.ts'
import type { ChatDialect } from '../shapes/openai/chat-dialect.ts'
import { OPENAI_DIALECT } from '../shapes/openai/openai-dialect.ts'
import { serveEmbeddings } from '../shapes/openai/embeddings.ts'
import { OPENAI_ERRORS, openAiErrorBody } from '../shapes/openai/errors.ts'

const REQUEST = 'invalid_request_error'

const GROQ_ERRORS: ErrorTable = {
  ...OPENAI_ERRORS,
  missing_key: { status: 401, type: REQUEST, code: 'invalid_api_key', message: 'Invalid API Key' },
  wrong_credential: { status: 401, type: REQUEST, code: 'invalid_api_key', message: 'Invalid API Key' },
  invalid_key: { status: 401, type: REQUEST, code: 'invalid_api_key', message: 'Invalid API Key' },
  no_credit: {
    status: 400,
    type: REQUEST,
    code: 'blocked_api_access',
    message: 'The spend cap of this organization has been reached; API access is blocked until it is raised.',
  },
  insufficient_quota: {
    status: 400,
    type: REQUEST,
    code: 'blocked_api_access',
    message: 'The spend cap of this organization has been reached; API access is blocked until it is raised.',
  },
  blocked: { status: 403, type: 'permissions_error', code: 'forbidden', message: 'Access denied. Please check your network settings.' },
  restricted: {
    status: 403,
    type: 'permissions_error',
    code: 'model_permission_blocked_project',
    message: 'This project may not use the requested resource.',
  },
  // One request above the whole minute's allowance: the same code as a rate limit, but waiting does not help.
  request_too_large: {
    status: 413,
    type: 'tokens',
    code: 'rate_limit_exceeded',
    message: 'Request too large for model `{model}` on tokens per minute (TPM). Please reduce your message size and try again.',
  },
  rate_limited: {
    status: 429,
    type: 'tokens',
    code: 'rate_limit_exceeded',
    message: 'Rate limit reached for model `{model}` on tokens per minute (TPM). Please try again in 1.5s.',
  },
  overloaded: {
    status: 503,
    type: 'internal_server_error',
    code: 'over_capacity',
    message: 'The service is over capacity. Please try again later.',
  },
}

function bodyOf(failure: Failure, call: Call): { status: number; error: JsonObject } {
  const { row, body } = openAiErrorBody(failure, call, GROQ_ERRORS)
  // `param` is usually absent here.
  const { param: _param, ...error } = body.error
  if (row.status !== 498) return { status: row.status, error }
  return { status: 498, error: { ...error, type: 'capacity_exceeded', code: 'capacity_exceeded' } }
}

function refuseGroq(failure: Failure, call: Call): Refusal {
  const { status, error } = bodyOf(failure, call)
  const headers = failure.retryAfterS === undefined ? undefined : { 'retry-after': String(failure.retryAfterS) }
  return { status, body: { error }, headers }
}

function usage(tokens: Tokens): JsonObject {
  const fields: JsonObject = { queue_time: 0.01, prompt_time: 0.002, completion_time: 0.05, total_time: 0.052, ...usageTotals(tokens) }
  if (tokens.cache_read > 0) fields['prompt_tokens_details'] = { cached_tokens: tokens.cache_read }
  if (tokens.reasoning > 0) fields['completion_tokens_details'] = { reasoning_tokens: tokens.reasoning }
  return fields
}

function check(body: JsonObject): Failure | undefined {
  if (body['n'] !== undefined && body['n'] !== 1) return { kind: 'bad_request', message: "'n' : number must be at most 1" }
  const refused = ['logprobs', 'top_logprobs', 'logit_bias'].find((name) => body[name] !== undefined && body[name] !== null)
  if (refused === undefined) return undefined
  return { kind: 'bad_request', message: `property '${refused}' is unsupported` }
}

/** Usage comes unasked on the finish chunk, twice; thinking is shown under `reasoning`. */
const DIALECT: ChatDialect = {
  ...OPENAI_DIALECT,
  completionId: (call) => `chatcmpl-${uuidOf(call.serial)}`,
  envelope: () => ({ system_fingerprint: 'fp_simulator' }),
  plainExtras: (call) => ({ service_tier: 'on_demand', usage_breakdown: null, x_groq: { id: call.requestId } }),
  message: (answer, call, dialect) => plainMessage(answer, call, dialect, 'reasoning'),
  usage,
  usageAt: 'finish',
  reasoningDelta: (text) => ({ reasoning: text, channel: 'analysis' }),
  wholeToolCalls: true,
  toolCallId: (call) => call.serial.slice(-9),
  toolCall: (id, name, argumentsText) => ({ id, type: 'function', function: { name, arguments: argumentsText }, index: 0 }),
  choices: () => 1,
  check,
  firstDelta: {},
  obfuscates: false,
  firstExtras: (call) => ({ x_groq: { id: call.requestId, seed: 1 } }),
  finishExtras: (reported, call) => ({ x_groq: { id: call.requestId, ...(reported ? { usage: reported } : {}) } }),
  errorFrames(failure, call) {
    const { status, error } = bodyOf(failure, call)
    return [`event: error\ndata: ${JSON.stringify({ error: { ...error, status_code: status } })}\n\n`]
  },
}

/** `https://api.groq.com`, mounted so that the base URL ends in `/openai/v1`. */
export const groq: Provider = {
  name: 'groq',
  moneyGuardsChecks: true,
  credential: bearerCredential,
  refuse: refuseGroq,
  identify: (serial) => ({
    requestId: `req_${serial}`,
    headers: {
      'x-request-id': `req_${serial}`,
      'x-groq-region': 'simulator',
      'x-ratelimit-limit-requests': '14400',
      'x-ratelimit-remaining-requests': '14399',
      'x-ratelimit-reset-requests': '6s',
      'x-ratelimit-limit-tokens': '300000',
      'x-ratelimit-remaining-tokens': '299000',
      'x-ratelimit-reset-tokens': '200ms',
    },
  }),
  routes: [
    { method: 'POST', path: '/openai/v1/chat/completions', access: 'generate', handle: (call) => serveChat(call, DIALECT) },
    { method: 'POST', path: '/openai/v1/embeddings', access: 'generate', handle: (call) => serveEmbeddings(call) },
    {
      method: 'GET',
      path: '/openai/v1/models',
      access: 'check',
      handle: (call) =>
        serveModelList(call, 'Simulator', (model) => ({
          active: true,
          context_window: model.contextTokens,
          max_completion_tokens: model.maxOutputTokens,
          public_apps: null,
        })),
    },
  ],
}
