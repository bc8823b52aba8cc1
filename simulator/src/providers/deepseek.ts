import { promptTokens, type Tokens } from '../billing/tokens.ts'
import { numberOf, type JsonObject } from '../json.ts'
import { listModels } from '../billing/prices.ts'
import type { Call, Failure, Provider, Refusal, Route } from '../provider.ts'
import { sendJson } from '../reply.ts'
import { bearerCredential } from '../shapes/credential.ts'
import type { ErrorTable } from '../shapes/error-table.ts'
import { uuidOf } from '../shapes/ids.ts'
import { plainMessage, serveChat, usageTotals } from '../shapes/openai/chat.ts'
import type { ChatDialect } from '../shapes/openai/chat-dialect.ts'
import { dataFrame } from '../shapes/openai/chat-stream.ts'
import { OPENAI_DIALECT } from '../shapes/openai/openai-dialect.ts'
import { OPENAI_ERRORS, openAiErrorBody, openAiRefusal } from '../shapes/openai/errors.ts'

const REQUEST = 'invalid_request_error'
const AUTH = 'authentication_error'

const DEEPSEEK_ERRORS: ErrorTable = {
  ...OPENAI_ERRORS,
  missing_key: { status: 401, type: AUTH, code: REQUEST, message: 'Authentication Fails (auth header format should be Bearer sk-...)' },
  wrong_credential: {
    status: 401,
    type: AUTH,
    code: REQUEST,
    message: 'Authentication Fails (auth header format should be Bearer sk-...)',
  },
  invalid_key: { status: 401, type: AUTH, code: REQUEST, message: 'Authentication Fails, Your api key: {key} is invalid' },
  no_credit: { status: 402, type: 'unknown_error', code: REQUEST, message: 'Insufficient Balance' },
  insufficient_quota: { status: 402, type: 'unknown_error', code: REQUEST, message: 'Insufficient Balance' },
  blocked: { status: 403, type: 'permission_error', code: REQUEST, message: 'Access from this location is not allowed' },
  restricted: { status: 403, type: 'permission_error', code: REQUEST, message: 'This key may not use the requested resource' },
  bad_request: { status: 400, type: REQUEST, code: REQUEST, message: 'The request is not valid' },
  model_not_found: { status: 404, type: REQUEST, code: 'model_not_found', message: 'Model Not Exist: {model}' },
  rate_limited: { status: 429, type: 'rate_limit_error', code: REQUEST, message: 'Rate limit reached: too many requests at once' },
  overloaded: { status: 503, type: 'service_unavailable_error', code: REQUEST, message: 'Service is too busy. Please try again later.' },
}

function refuseDeepSeek(failure: Failure, call: Call): Refusal {
  const refusal = openAiRefusal(failure, call, DEEPSEEK_ERRORS)
  // A 400 has been recorded with this content type around the same JSON.
  if (refusal.status !== 400) return refusal
  return { ...refusal, headers: { ...refusal.headers, 'content-type': 'application/octet-stream' } }
}

function usage(tokens: Tokens): JsonObject {
  const fields: JsonObject = {
    ...usageTotals(tokens),
    prompt_tokens_details: { cached_tokens: tokens.cache_read },
    prompt_cache_hit_tokens: tokens.cache_read,
    prompt_cache_miss_tokens: promptTokens(tokens) - tokens.cache_read,
  }
  if (tokens.reasoning > 0) fields['completion_tokens_details'] = { reasoning_tokens: tokens.reasoning }
  return fields
}

/** Usage on the finish chunk when asked; keep-alives while queued; only `max_tokens` is obeyed. */
const DIALECT: ChatDialect = {
  ...OPENAI_DIALECT,
  completionId: (call) => uuidOf(call.serial),
  envelope: () => ({ system_fingerprint: 'fp_simulator_prod' }),
  message: (answer, call, dialect) => plainMessage(answer, call, dialect, 'reasoning_content'),
  usage,
  usageAt: 'finish_if_asked',
  reasoningDelta: (text) => ({ content: null, reasoning_content: text }),
  choices: () => 1,
  cap: (body) => numberOf(body['max_tokens']),
  check: () => undefined,
  firstDelta: {},
  obfuscates: false,
  opening: () => [': keep-alive\n\n'],
  errorFrames: (failure, call) => [dataFrame(openAiErrorBody(failure, call, DEEPSEEK_ERRORS).body)],
  idle: '\n',
}

function serveBalance(call: Call): void {
  const empty = call.behaviour === 'nocredit'
  const total = empty ? '0.00' : '110.00'
  sendJson(call, {
    is_available: !empty,
    balance_infos: [{ currency: 'USD', total_balance: total, granted_balance: '0.00', topped_up_balance: total }],
  })
}

function serveModels(call: Call): void {
  const data = listModels('deepseek').map(({ model }) => ({ id: model, object: 'model', owned_by: 'deepseek' }))
  sendJson(call, { object: 'list', data })
}

function bothPaths(route: Route & { path: string }): Route[] {
  return [route, { ...route, path: `/v1${route.path}` }]
}

/** `https://api.deepseek.com`, with and without `/v1`. */
export const deepseek: Provider = {
  name: 'deepseek',
  // The balance says it instead.
  moneyGuardsChecks: false,
  credential: bearerCredential,
  refuse: refuseDeepSeek,
  identify: () => ({ requestId: '', headers: {} }),
  routes: [
    ...bothPaths({ method: 'POST', path: '/chat/completions', access: 'generate', handle: (call) => serveChat(call, DIALECT) }),
    ...bothPaths({ method: 'GET', path: '/models', access: 'check', handle: serveModels }),
    { method: 'GET', path: '/user/balance', access: 'check', handle: serveBalance },
  ],
}
