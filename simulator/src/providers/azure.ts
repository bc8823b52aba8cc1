import { findModel, listModels, type PricedModel } from '../billing/prices.ts'
import { refuse } from '../generate.ts'
import { stringOf, type JsonObject } from '../json.ts'
import type { Call, Failure, Provider, Refusal, Route } from '../provider.ts'
import { bearerOf, headerOf } from '../shapes/credential.ts'
import { rowOf, type ErrorTable } from '../shapes/error-table.ts'
import { uuidOf } from '../shapes/ids.ts'
import { serveModelList } from '../shapes/openai/models.ts'
import { serveChat } from '../shapes/openai/chat.ts'
import type { ChatDialect } from '../shapes/openai/chat-dialect.ts'
import { dataFrame } from '../shapes/openai/chat-stream.ts'
import { OPENAI_DIALECT } from '../shapes/openai/openai-dialect.ts'
import { serveEmbeddings } from '../shapes/openai/embeddings.ts'
import { OPENAI_ERRORS } from '../shapes/openai/errors.ts'

const DENIED =
  'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription.'

const AZURE_ERRORS: ErrorTable = {
  ...OPENAI_ERRORS,
  missing_key: { status: 401, type: '', code: '401', message: DENIED },
  wrong_credential: { status: 401, type: '', code: '401', message: DENIED },
  invalid_key: { status: 401, type: '', code: '401', message: DENIED },
  no_credit: {
    status: 429,
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    message: 'You exceeded the quota of this subscription.',
  },
  blocked: { status: 403, type: '', code: '403', message: 'Access denied due to Virtual Network/Firewall rules.' },
  restricted: {
    status: 403,
    type: '',
    code: 'PermissionDenied',
    message: 'The principal lacks the required data action to perform this operation.',
  },
  not_found: { status: 404, type: '', code: '404', message: 'Resource not found' },
  model_not_found: {
    status: 404,
    type: '',
    code: 'DeploymentNotFound',
    message: 'The API deployment for this resource does not exist. A new deployment takes about five minutes to appear.',
  },
  rate_limited: {
    status: 429,
    type: '',
    code: '429',
    message: 'Requests have exceeded the token rate limit of your current pricing tier. Please retry shortly.',
  },
  server_error: { status: 500, type: '', code: 'InternalServerError', message: 'The service had an internal error.' },
  overloaded: { status: 503, type: '', code: 'ServiceUnavailable', message: 'The service is temporarily unable to process your request.' },
}

const SAFE = { filtered: false, severity: 'safe' }
const TEXT_FILTERS = { hate: SAFE, self_harm: SAFE, sexual: SAFE, violence: SAFE }
const NOT_FOUND = { filtered: false, detected: false }
const WHOLE_FILTERS = { ...TEXT_FILTERS, protected_material_code: NOT_FOUND, protected_material_text: NOT_FOUND }
const PROMPT_FILTERS = [{ prompt_index: 0, content_filter_results: { ...TEXT_FILTERS, jailbreak: NOT_FOUND } }]

function bodyOf(failure: Failure, call: Call): { status: number; body: { error: JsonObject } } {
  const row = rowOf(AZURE_ERRORS, failure, call.key)
  const error: JsonObject = { code: row.code, message: row.message }
  if (row.type !== '') Object.assign(error, { type: row.type, param: row.param ?? null })
  if (failure.kind === 'content_filter') {
    const result = { ...TEXT_FILTERS, violence: { filtered: true, severity: 'high' } }
    error['innererror'] = { code: 'ResponsibleAIPolicyViolation', content_filter_result: result }
  }
  return { status: row.status, body: { error } }
}

function refuseAzure(failure: Failure, call: Call): Refusal {
  // Azure gives the wait in milliseconds; the header in seconds is at times missing.
  const headers = failure.retryAfterS === undefined ? undefined : { 'retry-after-ms': String(failure.retryAfterS * 1000) }
  return { ...bodyOf(failure, call), headers }
}

/** The deployment of a call: from the path in the older form, else the body's `model`. */
function deploymentOf(call: Call): string {
  return call.params[0] ?? stringOf(call.body['model']) ?? ''
}

/**
 * The model behind a deployment. Any name is a deployment, but for those with `missing` in them: a name that is, or
 * contains, an advertised model stands for it, others for the first of their kind.
 */
function modelBehind(call: Call, kind: PricedModel['kind']): PricedModel | undefined {
  const name = deploymentOf(call)
  if (name === '' || name.includes('missing')) return undefined
  const exact = findModel('azure', name)
  if (exact) return exact.kind === kind ? exact : undefined
  const models = listModels('azure').filter((model) => model.kind === kind)
  return models.find(({ model }) => name.includes(model)) ?? models[0]
}

/** As OpenAI, with filter results and a first chunk that has no choices, id or model. */
const DIALECT: ChatDialect = {
  ...OPENAI_DIALECT,
  envelope: () => ({ system_fingerprint: 'fp_simulator' }),
  plainExtras: () => ({ prompt_filter_results: PROMPT_FILTERS }),
  choiceExtras: (_finish, within) => ({ content_filter_results: within === 'whole' ? WHOLE_FILTERS : TEXT_FILTERS, logprobs: null }),
  model: (call) => modelBehind(call, 'chat'),
  opening: () => [dataFrame({ choices: [], created: 0, id: '', model: '', object: '', prompt_filter_results: PROMPT_FILTERS })],
  errorFrames: (failure, call) => [dataFrame(bodyOf(failure, call).body)],
}

/** The older paths need `?api-version=`. */
function dated(route: Route): Route {
  const handle: Route['handle'] = (call) => (call.query.has('api-version') ? route.handle(call) : refuse(call, { kind: 'not_found' }))
  return { ...route, handle }
}

function chat(path: Route['path']): Route {
  return { method: 'POST', path, access: 'generate', handle: (call) => serveChat(call, DIALECT) }
}

function embeddings(path: Route['path']): Route {
  return { method: 'POST', path, access: 'generate', handle: (call) => serveEmbeddings(call, modelBehind(call, 'embedding')) }
}

function models(path: Route['path']): Route {
  const extra = () => ({ capabilities: { inference: true, fine_tune: false }, lifecycle_status: 'generally-available', deprecation: {} })
  return { method: 'GET', path, access: 'check', handle: (call) => serveModelList(call, 'system', extra) }
}

/** `https://{resource}.openai.azure.com`, both the v1 form and the one with deployments in the path. */
export const azure: Provider = {
  name: 'azure',
  moneyGuardsChecks: true,
  credential(headers) {
    const key = headerOf(headers, 'api-key') ?? bearerOf(headers)
    return key === undefined ? { failure: { kind: 'missing_key' } } : { key }
  },
  refuse: refuseAzure,
  identify: (serial) => ({
    requestId: uuidOf(serial),
    headers: {
      'apim-request-id': uuidOf(serial),
      'x-request-id': uuidOf(serial),
      'x-ms-region': 'simulator',
      'x-ratelimit-limit-requests': '1000',
      'x-ratelimit-remaining-requests': '999',
      'x-ratelimit-limit-tokens': '1000000',
      'x-ratelimit-remaining-tokens': '999000',
    },
  }),
  routes: [
    chat('/openai/v1/chat/completions'),
    embeddings('/openai/v1/embeddings'),
    models('/openai/v1/models'),
    dated(chat(/^\/openai\/deployments\/([^/]+)\/chat\/completions$/)),
    dated(embeddings(/^\/openai\/deployments\/([^/]+)\/embeddings$/)),
    dated(models('/openai/models')),
  ],
}
