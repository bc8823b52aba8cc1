import { findModel } from '../billing/prices.ts'
import { refuse } from '../generate.ts'
import type { Call, Failure, Provider } from '../provider.ts'
import { sendJson } from '../reply.ts'
import { bearerCredential } from '../shapes/credential.ts'
import { MODEL_CREATED, serveModelList } from '../shapes/openai/models.ts'
import { serveChat } from '../shapes/openai/chat.ts'
import { OPENAI_DIALECT } from '../shapes/openai/openai-dialect.ts'
import { serveEmbeddings } from '../shapes/openai/embeddings.ts'
import { OPENAI_ERRORS, openAiRefusal } from '../shapes/openai/errors.ts'

/** OpenAI answers a key without the scope of an endpoint with 403, or with 401 (keys marked `restricted401`). */
function withScopeStatus(failure: Failure, call: Call): Failure {
  return failure.kind === 'restricted' && call.key?.includes('restricted401') ? { ...failure, status: 401 } : failure
}

function serveModel(call: Call): void {
  const model = findModel('openai', call.params[0] ?? '')
  if (!model) return refuse(call, { kind: 'model_not_found', model: call.params[0] })
  sendJson(call, { id: model.model, object: 'model', created: MODEL_CREATED, owned_by: 'system' })
}

/** `https://api.openai.com`, mounted so that the base URL ends in `/v1`. */
export const openai: Provider = {
  name: 'openai',
  moneyGuardsChecks: true,
  restrictedKeysGenerate: true,
  credential: bearerCredential,
  refuse(failure, call) {
    const refusal = openAiRefusal(withScopeStatus(failure, call), call, OPENAI_ERRORS)
    if (failure.retryAfterS === undefined) return refusal
    return { ...refusal, headers: { ...refusal.headers, 'retry-after-ms': String(failure.retryAfterS * 1000) } }
  },
  identify: (serial) => ({
    requestId: `req_${serial}`,
    headers: {
      'x-request-id': `req_${serial}`,
      'openai-version': '2020-10-01',
      'openai-organization': 'org-simulator',
      'openai-processing-ms': '1',
      'x-ratelimit-limit-requests': '10000',
      'x-ratelimit-remaining-requests': '9999',
      'x-ratelimit-reset-requests': '6ms',
      'x-ratelimit-limit-tokens': '2000000',
      'x-ratelimit-remaining-tokens': '1999000',
      'x-ratelimit-reset-tokens': '30ms',
    },
  }),
  routes: [
    { method: 'POST', path: '/v1/chat/completions', access: 'generate', handle: (call) => serveChat(call, OPENAI_DIALECT) },
    { method: 'POST', path: '/v1/embeddings', access: 'generate', handle: (call) => serveEmbeddings(call) },
    { method: 'GET', path: '/v1/models', access: 'check', handle: (call) => serveModelList(call, 'system') },
    { method: 'GET', path: /^\/v1\/models\/([^/]+)$/, access: 'check', handle: serveModel },
  ],
}
