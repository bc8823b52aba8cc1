import { wordsText } from '../answer.ts'
import { listModels, type PricedModel } from '../billing/prices.ts'
import { costNanosOf, noTokens, type Tokens } from '../billing/tokens.ts'
import type { JsonObject } from '../json.ts'
import type { Call, Failure, Provider, Refusal } from '../provider.ts'
import { sendJson } from '../reply.ts'
import { bearerCredential } from '../shapes/credential.ts'
import { rowOf, type ErrorTable } from '../shapes/error-table.ts'
import { MODEL_CREATED } from '../shapes/openai/models.ts'
import { plainMessage, serveChat, usageTotals } from '../shapes/openai/chat.ts'
import type { ChatDialect } from '../shapes/openai/chat-dialect.ts'
import { chunkHead, dataFrame } from '../shapes/openai/chat-stream.ts'
import { OPENAI_DIALECT } from '../shapes/openai/openai-dialect.ts'
import { serveEmbeddings } from '../shapes/openai/embeddings.ts'

/** `type` is `metadata.error_type`; the code is the status as a number. */
const OPENROUTER_ERRORS: ErrorTable = {
  missing_key: { status: 401, type: '', code: null, message: 'Missing Authentication header' },
  wrong_credential: { status: 401, type: '', code: null, message: 'Missing Authentication header' },
  invalid_key: { status: 401, type: '', code: null, message: 'User not found.' },
  no_credit: { status: 402, type: 'payment_required', code: null, message: 'Insufficient credits. Add more to continue.' },
  insufficient_quota: { status: 402, type: 'payment_required', code: null, message: 'Insufficient credits. Add more to continue.' },
  blocked: { status: 403, type: 'permission_denied', code: null, message: 'This service is not available in your region.' },
  restricted: { status: 403, type: 'permission_denied', code: null, message: 'Key limit exceeded (total limit).' },
  bad_request: { status: 400, type: 'invalid_request', code: null, message: 'The request is not valid.' },
  unsupported_parameter: { status: 400, type: 'invalid_request', code: null, message: 'This parameter is not supported.' },
  unprocessable: { status: 422, type: 'invalid_request', code: null, message: 'The request could not be processed.' },
  context_length: {
    status: 400,
    type: 'context_length_exceeded',
    code: null,
    message: "This endpoint's maximum context length is exceeded.",
  },
  content_filter: { status: 403, type: 'content_policy_violation', code: null, message: 'Your input was flagged by moderation.' },
  not_found: { status: 404, type: 'not_found', code: null, message: 'Not Found' },
  model_not_found: { status: 404, type: 'not_found', code: null, message: 'No endpoints found for {model}.' },
  request_too_large: { status: 413, type: 'invalid_request', code: null, message: 'The request body is too large.' },
  timeout: { status: 408, type: 'timeout', code: null, message: 'The request timed out.' },
  rate_limited: { status: 429, type: 'rate_limit_exceeded', code: null, message: 'Rate limit exceeded' },
  server_error: { status: 502, type: 'provider_unavailable', code: null, message: 'Provider returned error' },
  overloaded: { status: 503, type: 'provider_overloaded', code: null, message: 'Provider returned error' },
}

function errorOf(failure: Failure, call: Call): { status: number; error: JsonObject } {
  const row = rowOf(OPENROUTER_ERRORS, failure, call.key)
  const metadata = row.type === '' ? {} : { metadata: { error_type: row.type, provider_name: 'Simulator' } }
  return { status: row.status, error: { message: row.message, code: row.status, ...metadata } }
}

function refuseOpenRouter(failure: Failure, call: Call): Refusal {
  const { status, error } = errorOf(failure, call)
  const headers: Record<string, string> = {}
  if (failure.retryAfterS !== undefined) headers['retry-after'] = String(failure.retryAfterS)
  if (status === 429)
    Object.assign(headers, { 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.now() + 1000) })
  return { status, body: status === 401 ? { error } : { error, user_id: 'user_simulator' }, headers }
}

function dollars(tokens: Tokens, model: PricedModel): number {
  return costNanosOf(tokens, model) / 1e9
}

function usage(tokens: Tokens, _call: Call, model: PricedModel): JsonObject {
  const cost = dollars(tokens, model)
  return {
    ...usageTotals(tokens),
    cost,
    is_byok: false,
    prompt_tokens_details: { cached_tokens: tokens.cache_read, cache_write_tokens: tokens.cache_write, audio_tokens: 0, video_tokens: 0 },
    cost_details: {
      upstream_inference_cost: cost,
      upstream_inference_prompt_cost: dollars({ ...tokens, output: 0, reasoning: 0 }, model),
      upstream_inference_completions_cost: dollars({ ...noTokens(), output: tokens.output, reasoning: tokens.reasoning }, model),
    },
    completion_tokens_details: { reasoning_tokens: tokens.reasoning, image_tokens: 0, audio_tokens: 0 },
  }
}

function details(text: string): JsonObject {
  return { reasoning: text, reasoning_details: [{ type: 'reasoning.text', text, index: 0, format: null }] }
}

const COMMENT = ': OPENROUTER PROCESSING\n\n'

/** Comments while waiting; usage and cost always, in a last chunk without choices (or with, by `usage_with_choices`). */
const DIALECT: ChatDialect = {
  ...OPENAI_DIALECT,
  completionId: (call) => call.requestId,
  envelope: () => ({ provider: 'Simulator' }),
  plainExtras: () => ({ system_fingerprint: null }),
  choiceExtras: (finish, within) => ({ native_finish_reason: finish, ...(within === 'whole' ? { logprobs: null } : {}) }),
  message(answer, call, dialect) {
    const message = { ...plainMessage(answer, call, dialect), refusal: null }
    if (answer.toolCall) Object.assign(message, { content: '' })
    return answer.reasoningWords > 0 ? { ...message, ...details(wordsText(answer.reasoningWords)) } : { ...message, reasoning: null }
  },
  usage,
  usageAt: 'extra',
  reasoningDelta: (text) => ({ role: 'assistant', content: '', ...details(text) }),
  wholeToolCalls: true,
  toolCall: (id, name, argumentsText) => ({ id, type: 'function', index: 0, function: { name, arguments: argumentsText } }),
  check: () => undefined,
  firstDelta: {},
  obfuscates: false,
  opening: () => [COMMENT, COMMENT],
  errorFrames(failure, call, model) {
    const { error } = errorOf(failure, call)
    const choices = [{ index: 0, delta: { content: '' }, finish_reason: 'error', native_finish_reason: 'error' }]
    return [dataFrame({ ...chunkHead(call, DIALECT, model), error, choices }), 'data: [DONE]\n\n']
  },
}

function perToken(nanosPerMillion: bigint): string {
  return (Number(nanosPerMillion) / 1e15).toFixed(15).replace(/\.?0+$/, '')
}

function serveModels(call: Call): void {
  const data = listModels('openrouter').map((model) => ({
    id: model.model,
    canonical_slug: model.model,
    name: model.model,
    created: MODEL_CREATED,
    context_length: model.contextTokens,
    architecture: { modality: 'text->text', input_modalities: ['text'], output_modalities: ['text'] },
    pricing: {
      prompt: perToken(model.nanosPerMillion.input),
      completion: perToken(model.nanosPerMillion.output),
      ...(model.reports.cacheRead ? { input_cache_read: perToken(model.nanosPerMillion.cache_read) } : {}),
      ...(model.reports.cacheWrite ? { input_cache_write: perToken(model.nanosPerMillion.cache_write) } : {}),
    },
    top_provider: { context_length: model.contextTokens, max_completion_tokens: model.maxOutputTokens, is_moderated: false },
    supported_parameters: ['max_tokens', 'temperature', 'tools', 'tool_choice', 'response_format'],
  }))
  sendJson(call, { data })
}

/** A key's own budget: an account without money shows nothing remaining, and the answer is 200 all the same. */
function serveKey(call: Call): void {
  const empty = call.behaviour === 'nocredit'
  const usage = empty ? 100 : 12.5
  sendJson(call, {
    data: {
      label: `sk-or-v1-...${(call.key ?? '').slice(-3)}`,
      limit: 100,
      limit_remaining: 100 - usage,
      limit_reset: null,
      usage,
      usage_daily: 0,
      usage_weekly: 0,
      usage_monthly: usage,
      byok_usage: 0,
      is_free_tier: false,
      is_management_key: false,
      expires_at: null,
    },
  })
}

function serveCredits(call: Call): void {
  sendJson(call, { data: { total_credits: 100, total_usage: call.behaviour === 'nocredit' ? 100 : 12.5 } })
}

/** `https://openrouter.ai`, mounted so that the base URL ends in `/api/v1`. */
export const openrouter: Provider = {
  name: 'openrouter',
  // `GET /key` tells the remaining budget instead.
  moneyGuardsChecks: false,
  credential: bearerCredential,
  refuse: refuseOpenRouter,
  identify(serial) {
    const requestId = `gen-${Math.floor(Date.now() / 1000)}-${serial}`
    return { requestId, headers: { 'x-generation-id': requestId } }
  },
  routes: [
    { method: 'POST', path: '/api/v1/chat/completions', access: 'generate', handle: (call) => serveChat(call, DIALECT) },
    { method: 'POST', path: '/api/v1/embeddings', access: 'generate', handle: (call) => serveEmbeddings(call) },
    { method: 'GET', path: '/api/v1/key', access: 'check', handle: serveKey },
    { method: 'GET', path: '/api/v1/credits', access: 'check', handle: serveCredits },
    { method: 'GET', path: '/api/v1/models', access: 'public', handle: serveModels },
  ],
}
