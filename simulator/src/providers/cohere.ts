import { listModels } from '../billing/prices.ts'
import { noTokens } from '../billing/tokens.ts'
import { failureOfKey } from '../faults.ts'
import { bill, direct, passesFaults, refuse } from '../generate.ts'
import { arrayOf, numberOf, stringOf } from '../json.ts'
import type { Call, Failure, Provider, Refusal, Route } from '../provider.ts'
import { sendJson } from '../reply.ts'
import { serveCohereChat } from '../shapes/cohere-chat.ts'
import { bearerCredential } from '../shapes/credential.ts'
import { rowOf, type ErrorTable } from '../shapes/error-table.ts'
import { uuidOf } from '../shapes/ids.ts'
import { plainMessage, serveChat, usageTotals } from '../shapes/openai/chat.ts'
import type { ChatDialect } from '../shapes/openai/chat-dialect.ts'
import { dataFrame } from '../shapes/openai/chat-stream.ts'
import { OPENAI_DIALECT } from '../shapes/openai/openai-dialect.ts'
import { embeddingModelOfBody, inputTokensOf, serveEmbeddings, vectorOf } from '../shapes/openai/embeddings.ts'

/** Bodies hold `id` and `message` alone; `type` and `code` are not shown. */
const COHERE_ERRORS: ErrorTable = {
  missing_key: { status: 401, type: '', code: null, message: 'no api key supplied' },
  wrong_credential: { status: 401, type: '', code: null, message: 'no api key supplied' },
  invalid_key: { status: 401, type: '', code: null, message: 'invalid api token' },
  no_credit: { status: 402, type: '', code: null, message: 'please add or update your payment method' },
  blocked: { status: 403, type: '', code: null, message: 'access from this location is not allowed' },
  restricted: { status: 403, type: '', code: null, message: 'this api token may not use the requested resource' },
  bad_request: { status: 400, type: '', code: null, message: 'invalid request' },
  unsupported_parameter: { status: 422, type: '', code: null, message: 'invalid request: unsupported parameter' },
  unprocessable: { status: 422, type: '', code: null, message: 'unprocessable entity' },
  context_length: {
    status: 400,
    type: '',
    code: null,
    message: 'too many tokens: the size of the prompt exceeds the context of the model',
  },
  content_filter: { status: 400, type: '', code: null, message: 'the request was blocked by the safety filter' },
  not_found: { status: 404, type: '', code: null, message: '404 page not found' },
  model_not_found: {
    status: 404,
    type: '',
    code: null,
    message: "model '{model}' not found, make sure it exists and you have access to it",
  },
  request_too_large: { status: 413, type: '', code: null, message: 'the request body is too large' },
  timeout: { status: 504, type: '', code: null, message: 'the request timed out' },
  rate_limited: { status: 429, type: '', code: null, message: 'too many requests: the limit is 20 calls a minute' },
  insufficient_quota: { status: 429, type: '', code: null, message: 'you are using a trial key, which is limited to 1000 calls a month' },
  server_error: { status: 500, type: '', code: null, message: 'internal server error' },
  overloaded: { status: 503, type: '', code: null, message: 'service unavailable' },
}

function refuseCohere(failure: Failure, call: Call): Refusal {
  const row = rowOf(COHERE_ERRORS, failure, call.key)
  const headers = failure.retryAfterS === undefined ? undefined : { 'retry-after': String(failure.retryAfterS) }
  return { status: row.status, body: { id: uuidOf(call.serial), message: row.message }, headers }
}

/** The compatibility API: `max_tokens` only; usage in streams when asked (its real place is not documented). */
const DIALECT: ChatDialect = {
  ...OPENAI_DIALECT,
  completionId: (call) => uuidOf(call.serial),
  envelope: () => ({}),
  message: (answer, call, dialect) => plainMessage(answer, call, dialect, 'reasoning_content'),
  usage: (tokens) => usageTotals(tokens),
  reportsCache: false,
  reasoningDelta: (text) => ({ reasoning_content: text }),
  choices: () => 1,
  cap: (body) => numberOf(body['max_tokens']),
  check: () => undefined,
  firstDelta: {},
  obfuscates: false,
  errorFrames: (failure, call) => [dataFrame({ id: uuidOf(call.serial), message: rowOf(COHERE_ERRORS, failure, call.key).message })],
}

/** `POST /v1/check-api-key`. Besides 401, a bad key has been answered 200 with `valid: false` (keys marked `invalid-soft`). */
function serveKeyCheck(call: Call): void {
  const owner = { organization_id: uuidOf('0'.repeat(24)), owner_id: uuidOf('1'.repeat(24)) }
  if (call.key?.includes('invalid-soft')) return sendJson(call, { valid: false, ...owner })
  const failure = bearerCredential(call.req.headers).failure ?? failureOfKey(call)
  if (failure) return refuse(call, failure)
  sendJson(call, { valid: true, ...owner })
}

function serveModels(call: Call): void {
  const models = listModels('cohere').map((model) => ({
    name: model.model,
    is_deprecated: false,
    endpoints: model.kind === 'chat' ? ['chat'] : ['embed'],
    finetuned: false,
    context_length: model.contextTokens,
    features: model.kind === 'chat' ? ['tools', 'json_mode'] : null,
    default_endpoints: [],
  }))
  const endpoint = call.query.get('endpoint')
  sendJson(call, {
    models: endpoint === null ? models : models.filter(({ endpoints }) => endpoints.includes(endpoint)),
    next_page_token: '',
  })
}

async function serveEmbed(call: Call): Promise<void> {
  const { body } = call
  const model = embeddingModelOfBody(call)
  if (!model) return refuse(call, { kind: 'model_not_found', model: stringOf(body['model']) })
  call.model = model.model
  if (stringOf(body['input_type']) === undefined)
    return refuse(call, { kind: 'bad_request', message: 'invalid request: input_type is required' })
  const texts = arrayOf(body['texts']).filter((text) => typeof text === 'string')
  direct(call, texts.join(' '))
  const tokens = texts.reduce((sum, text) => sum + inputTokensOf(text), 0)
  if (!(await passesFaults(call, model, tokens))) return
  bill(call, model, { ...noTokens(), input: tokens }, 'complete')
  const float = texts.map((text) => Array.from(vectorOf(text, numberOf(body['output_dimension']) ?? 1536)))
  const meta = { api_version: { version: '2' }, billed_units: { input_tokens: tokens } }
  sendJson(call, { id: uuidOf(call.serial), embeddings: { float }, texts, meta, response_type: 'embeddings_by_type' })
}

function named(route: Route): Route {
  const handle: Route['handle'] = (call) => {
    call.completionId = uuidOf(call.serial)
    return route.handle(call)
  }
  return { ...route, handle }
}

/** `https://api.cohere.com`, with the compatibility API of `api.cohere.ai` below the same mount. */
export const cohere: Provider = {
  name: 'cohere',
  moneyGuardsChecks: true,
  credential: bearerCredential,
  refuse: refuseCohere,
  identify: (serial) => ({ requestId: serial, headers: { 'x-debug-trace-id': serial } }),
  routes: [
    named({ method: 'POST', path: '/v2/chat', access: 'generate', handle: serveCohereChat }),
    named({ method: 'POST', path: '/v2/embed', access: 'generate', handle: serveEmbed }),
    { method: 'POST', path: '/compatibility/v1/chat/completions', access: 'generate', handle: (call) => serveChat(call, DIALECT) },
    { method: 'POST', path: '/compatibility/v1/embeddings', access: 'generate', handle: (call) => serveEmbeddings(call) },
    { method: 'POST', path: '/v1/check-api-key', access: 'own', handle: serveKeyCheck },
    { method: 'GET', path: '/v1/models', access: 'check', handle: serveModels },
  ],
}
