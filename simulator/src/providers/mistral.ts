import { wordsText } from '../answer.ts'
import type { PricedModel } from '../billing/prices.ts'
import type { Tokens } from '../billing/tokens.ts'
import { arrayOf, numberOf, objectOf, stringOf, type Json, type JsonObject } from '../json.ts'
import type { Call, Failure, Provider, Refusal } from '../provider.ts'
import { bearerCredential } from '../shapes/credential.ts'
import { rowOf, type ErrorTable } from '../shapes/error-table.ts'
import { uuidOf } from '../shapes/ids.ts'
import { serveModelList } from '../shapes/openai/models.ts'
import { plainMessage, serveChat, usageTotals } from '../shapes/openai/chat.ts'
import type { ChatDialect } from '../shapes/openai/chat-dialect.ts'
import { dataFrame } from '../shapes/openai/chat-stream.ts'
import { OPENAI_DIALECT } from '../shapes/openai/openai-dialect.ts'
import { serveEmbeddings } from '../shapes/openai/embeddings.ts'

const REQUEST = 'invalid_request_error'

const MISTRAL_ERRORS: ErrorTable = {
  missing_key: { status: 401, type: 'auth', code: null, message: 'Unauthorized' },
  wrong_credential: { status: 401, type: 'auth', code: null, message: 'Unauthorized' },
  invalid_key: { status: 401, type: 'auth', code: null, message: 'Unauthorized' },
  no_credit: { status: 402, type: 'payment_required', code: '1402', message: 'Payment required: check the billing of your workspace.' },
  blocked: { status: 403, type: 'forbidden', code: '1403', message: 'Access from this location is not allowed.' },
  restricted: { status: 403, type: 'forbidden', code: '1403', message: 'This key may not use the requested resource.' },
  bad_request: { status: 400, type: REQUEST, code: '3000', message: 'The request is not valid.' },
  unsupported_parameter: { status: 422, type: REQUEST, code: '3000', message: 'Extra inputs are not permitted' },
  unprocessable: { status: 422, type: REQUEST, code: '3000', message: 'Validation failed.' },
  context_length: { status: 400, type: 'invalid_request_prompt', code: '3051', message: 'Prompt contains too many tokens for this model.' },
  content_filter: { status: 403, type: 'guardrail', code: '3060', message: 'The request was refused by a guardrail.' },
  not_found: { status: 404, type: 'not_found', code: null, message: 'no Route matched with those values' },
  model_not_found: { status: 404, type: 'invalid_model', code: 'model_not_found', message: 'Invalid model: {model}' },
  request_too_large: { status: 413, type: REQUEST, code: null, message: 'The request body is too large.' },
  timeout: { status: 504, type: 'timeout', code: null, message: 'The upstream server is timing out' },
  rate_limited: { status: 429, type: 'rate_limited', code: '1300', message: 'Rate limit exceeded' },
  insufficient_quota: {
    status: 429,
    type: 'quota_exceeded',
    code: '1301',
    message: 'The monthly limit of this workspace has been reached',
  },
  server_error: { status: 500, type: 'internal_server_error', code: '1000', message: 'Internal server error' },
  overloaded: { status: 503, type: 'service_unavailable', code: '3505', message: 'Service temporarily overloaded' },
}

function refuseMistral(failure: Failure, call: Call): Refusal {
  const row = rowOf(MISTRAL_ERRORS, failure, call.key)
  const headers = failure.retryAfterS === undefined ? undefined : { 'retry-after': String(failure.retryAfterS) }
  if (failure.detail !== undefined) return { status: row.status, body: { detail: failure.detail }, headers }
  // A bad key is not told in the documented envelope.
  if (row.status === 401) return { status: 401, body: { detail: 'Unauthorized' } }
  const { message, type, code } = row
  return {
    status: row.status,
    body: { object: 'error', message, type, param: row.param ?? null, code, raw_status_code: row.status },
    headers,
  }
}

const KNOWN = new Set(
  (
    'model messages temperature top_p max_tokens stream stop random_seed metadata response_format tools tool_choice ' +
    'presence_penalty frequency_penalty n prediction parallel_tool_calls prompt_mode reasoning_effort safe_prompt ' +
    'prompt_cache_key guardrails'
  ).split(' '),
)

/** Unknown fields (`stream_options`, `max_completion_tokens`, `seed`, `user` …) are refused with 422, each named. */
function check(body: JsonObject): Failure | undefined {
  const extra = Object.keys(body).filter((name) => !KNOWN.has(name))
  if (extra.length > 0) {
    const detail: Json = extra.map((name) => ({
      type: 'extra_forbidden',
      loc: ['body', name],
      msg: 'Extra inputs are not permitted',
      input: body[name] ?? null,
    }))
    return { kind: 'unsupported_parameter', detail }
  }
  if (Array.isArray(body['tools']) && body['tools'].length === 0) {
    return {
      kind: 'unprocessable',
      detail: [{ type: 'too_short', loc: ['body', 'tools'], msg: 'List should have at least 1 item', input: [] }],
    }
  }
  const foreign = replayedIds(body).find((id) => !/^[a-zA-Z0-9]{9}$/.test(id))
  if (foreign === undefined) return undefined
  const message = `Tool call id was ${foreign} but must be a-z, A-Z, 0-9, with a length of 9.`
  return { kind: 'bad_request', code: '3280', message }
}

function replayedIds(body: JsonObject): string[] {
  return arrayOf(body['messages']).flatMap((message) => {
    const fields = objectOf(message)
    const called = arrayOf(fields?.['tool_calls']).map((call) => stringOf(objectOf(call)?.['id']))
    return [...called, stringOf(fields?.['tool_call_id'])].filter((id) => id !== undefined)
  })
}

/** Cached tokens have been seen under different names: details on the large model, `num_cached_tokens` on the small. */
function usage(tokens: Tokens, _call: Call, model: PricedModel): JsonObject {
  const fields = usageTotals(tokens)
  if (model.model.includes('small')) {
    if (tokens.cache_read > 0) fields['num_cached_tokens'] = tokens.cache_read
  } else fields['prompt_tokens_details'] = { cached_tokens: tokens.cache_read }
  if (tokens.reasoning > 0) fields['completion_tokens_details'] = { reasoning_tokens: tokens.reasoning }
  return fields
}

function thinking(text: string): JsonObject {
  return { type: 'thinking', thinking: [{ type: 'text', text }] }
}

/** Usage comes unasked on the finish chunk; thinking comes as an array in `content`. */
const DIALECT: ChatDialect = {
  ...OPENAI_DIALECT,
  completionId: (call) => uuidOf(call.serial).replaceAll('-', ''),
  envelope: () => ({}),
  choiceExtras: (_finish, within) => (within === 'chunk' ? { logprobs: null } : {}),
  message(answer, call, dialect) {
    const message = { tool_calls: null, ...plainMessage(answer, call, dialect) }
    if (answer.toolCall) return { ...message, content: '' }
    if (answer.reasoningWords === 0) return message
    return { ...message, content: [thinking(wordsText(answer.reasoningWords)), { type: 'text', text: wordsText(answer.words) }] }
  },
  usage,
  usageAt: 'finish',
  reasoningDelta: (text) => ({ content: [thinking(text)] }),
  wholeToolCalls: true,
  toolCallId: (call) => call.serial.slice(-9),
  toolCall: (id, name, argumentsText) => ({ id, function: { name, arguments: argumentsText }, index: 0 }),
  cap: (body) => numberOf(body['max_tokens']),
  check,
  firstDelta: {},
  obfuscates: false,
  errorFrames: (failure, call) => [dataFrame(refuseMistral(failure, call).body as JsonObject)],
}

/** `https://api.mistral.ai`, mounted so that the base URL ends in `/v1`. */
export const mistral: Provider = {
  name: 'mistral',
  moneyGuardsChecks: true,
  credential: bearerCredential,
  refuse: refuseMistral,
  identify: (serial) => ({
    requestId: uuidOf(serial),
    headers: {
      'mistral-correlation-id': uuidOf(serial),
      'x-ratelimit-limit-tokens-minute': '500000',
      'x-ratelimit-remaining-tokens-minute': '499000',
      'x-ratelimit-limit-req-minute': '360',
      'x-ratelimit-remaining-req-minute': '359',
    },
  }),
  routes: [
    { method: 'POST', path: '/v1/chat/completions', access: 'generate', handle: (call) => serveChat(call, DIALECT) },
    { method: 'POST', path: '/v1/embeddings', access: 'generate', handle: (call) => serveEmbeddings(call) },
    {
      method: 'GET',
      path: '/v1/models',
      access: 'check',
      handle: (call) =>
        serveModelList(call, 'mistralai', (model) => ({
          capabilities: { completion_chat: model.kind === 'chat', function_calling: model.kind === 'chat', vision: false },
          max_context_length: model.contextTokens,
          aliases: [],
          deprecation: null,
          type: 'base',
        })),
    },
  ],
}
