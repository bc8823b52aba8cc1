import { findModel, listModels, type PricedModel } from '../billing/prices.ts'
import { numberOf, stringOf } from '../json.ts'
import type { Call, Failure, Provider, Refusal } from '../provider.ts'
import { sendJson } from '../reply.ts'
import { bearerOf } from '../shapes/credential.ts'
import { rowOf, type ErrorTable } from '../shapes/error-table.ts'
import { numberOfSerial } from '../shapes/ids.ts'
import { serveModelList } from '../shapes/openai/models.ts'
import { serveOllamaChat } from '../shapes/ollama-chat.ts'
import { plainMessage, serveChat, usageTotals } from '../shapes/openai/chat.ts'
import type { ChatDialect } from '../shapes/openai/chat-dialect.ts'
import { chunkHead, dataFrame } from '../shapes/openai/chat-stream.ts'
import { OPENAI_DIALECT } from '../shapes/openai/openai-dialect.ts'
import { serveEmbeddings } from '../shapes/openai/embeddings.ts'
import { OPENAI_ERRORS } from '../shapes/openai/errors.ts'

const REQUEST = 'invalid_request_error'

/** Keys exist only at ollama.com; a local server never gives the first rows. */
const OLLAMA_ERRORS: ErrorTable = {
  ...OPENAI_ERRORS,
  invalid_key: { status: 401, type: 'authentication_error', code: null, message: 'unauthorized' },
  no_credit: { status: 402, type: 'api_error', code: null, message: 'a subscription is required for this model' },
  insufficient_quota: { status: 429, type: 'api_error', code: null, message: 'you have reached your usage limit' },
  blocked: { status: 403, type: 'api_error', code: null, message: 'access from this location is not allowed' },
  restricted: { status: 403, type: 'api_error', code: null, message: 'this key may not use the requested resource' },
  context_length: { status: 400, type: REQUEST, code: null, message: 'the prompt exceeds the context of the model' },
  not_found: { status: 404, type: 'not_found_error', code: null, message: '404 page not found' },
  model_not_found: { status: 404, type: 'not_found_error', code: null, message: 'model "{model}" not found, try pulling it first' },
  rate_limited: { status: 429, type: 'api_error', code: null, message: 'too many requests' },
  server_error: { status: 500, type: 'api_error', code: null, message: 'llama runner process has terminated' },
  overloaded: { status: 503, type: 'api_error', code: null, message: 'server busy, please try again. maximum pending requests exceeded' },
}

function refuseOllama(failure: Failure, call: Call): Refusal {
  const row = rowOf(OLLAMA_ERRORS, failure, call.key)
  const headers = failure.retryAfterS === undefined ? undefined : { 'retry-after': String(failure.retryAfterS) }
  if (!call.path.startsWith('/v1/')) return { status: row.status, body: { error: row.message }, headers }
  const { message, type } = row
  return { status: row.status, body: { error: { message, type, param: row.param ?? null, code: null } }, headers }
}

/** Any model can have been pulled; one without a price costs nothing, like all here. */
function modelNamed(call: Call, kind: PricedModel['kind']): PricedModel | undefined {
  const name = stringOf(call.body['model'])
  if (name === undefined || name === '') return undefined
  const known = findModel('ollama', name)
  if (known?.kind === kind) return known
  const like = listModels('ollama').find((model) => model.kind === kind)
  return like && { ...like, model: name, answersAs: name }
}

/** As OpenAI with three totals only; an error in the middle of a stream is swallowed. */
const DIALECT: ChatDialect = {
  ...OPENAI_DIALECT,
  completionId: (call) => `chatcmpl-${numberOfSerial(call.serial)}`,
  envelope: () => ({ system_fingerprint: 'fp_ollama' }),
  choiceExtras: () => ({}),
  message(answer, call, dialect) {
    const message = plainMessage(answer, call, dialect, 'reasoning')
    return answer.toolCall ? { ...message, content: '' } : message
  },
  usage: (tokens) => usageTotals(tokens),
  reportsCache: false,
  reasoningDelta: (text) => ({ role: 'assistant', content: '', reasoning: text }),
  wholeToolCalls: true,
  toolCallId: (call) => `call_${call.serial.slice(-8)}`,
  toolCall: (id, name, argumentsText) => ({ id, index: 0, type: 'function', function: { name, arguments: argumentsText } }),
  choices: () => 1,
  cap: (body) => numberOf(body['max_tokens']),
  model: (call) => modelNamed(call, 'chat'),
  check: () => undefined,
  firstDelta: {},
  obfuscates: false,
  errorFrames(_failure, call, model) {
    const choices = [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]
    return [dataFrame({ ...chunkHead(call, DIALECT, model), choices })]
  },
}

function serveTags(call: Call): void {
  const models = listModels('ollama').map(({ model }) => ({
    name: model,
    model,
    modified_at: '2025-01-01T00:00:00Z',
    size: 2_000_000_000,
    digest: '0'.repeat(64),
    details: {
      parent_model: '',
      format: 'gguf',
      family: 'llama',
      families: ['llama'],
      parameter_size: '3.2B',
      quantization_level: 'Q4_K_M',
    },
  }))
  sendJson(call, { models })
}

function serveRoot(call: Call): void {
  call.res.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', ...call.headers })
  call.res.end('Ollama is running')
}

/**
 * A local Ollama (no key), which with a Bearer key behaves as ollama.com: lists stay public, chat checks the key.
 */
export const ollama: Provider = {
  name: 'ollama',
  moneyGuardsChecks: false,
  credential: (headers) => ({ key: bearerOf(headers) }),
  refuse: refuseOllama,
  identify: () => ({ requestId: '', headers: {} }),
  routes: [
    { method: 'POST', path: '/v1/chat/completions', access: 'generate', handle: (call) => serveChat(call, DIALECT) },
    { method: 'POST', path: '/v1/embeddings', access: 'generate', handle: (call) => serveEmbeddings(call, modelNamed(call, 'embedding')) },
    { method: 'POST', path: '/api/chat', access: 'generate', handle: (call) => serveOllamaChat(call, modelNamed(call, 'chat')) },
    { method: 'GET', path: '/', access: 'public', handle: serveRoot },
    { method: 'GET', path: '/api/version', access: 'public', handle: (call) => sendJson(call, { version: '0.13.3' }) },
    { method: 'GET', path: '/api/tags', access: 'public', handle: serveTags },
    { method: 'GET', path: '/v1/models', access: 'public', handle: (call) => serveModelList(call, 'library') },
  ],
}
