import { listModels, type PricedModel } from '../billing/prices.ts'
import { refuse } from '../generate.ts'
import type { JsonObject } from '../json.ts'
import type { Call, Provider, Route } from '../provider.ts'
import { sendJson } from '../reply.ts'
import { anthropicRefusal } from '../shapes/anthropic/errors.ts'
import { NEWER_VERSION, serveCountTokens, serveMessages } from '../shapes/anthropic/messages.ts'
import { bearerOf, headerOf } from '../shapes/credential.ts'

const VERSIONS = ['2023-01-01', '2023-06-01', NEWER_VERSION]

/** Every path needs a known `anthropic-version`. */
function versioned(route: Route): Route {
  return {
    ...route,
    handle(call) {
      const version = call.req.headers['anthropic-version']
      if (version === undefined) return refuse(call, { kind: 'bad_request', message: 'anthropic-version: header is required' })
      if (!VERSIONS.includes(String(version))) {
        return refuse(call, { kind: 'bad_request', message: `anthropic-version: "${String(version)}" is not a valid version` })
      }
      return route.handle(call)
    },
  }
}

function modelEntry(model: PricedModel): JsonObject {
  return {
    type: 'model',
    id: model.model,
    display_name: model.model,
    created_at: '2025-01-01T00:00:00Z',
    max_input_tokens: model.contextTokens,
    max_tokens: model.maxOutputTokens,
  }
}

function serveModels(call: Call): void {
  const limit = Number(call.query.get('limit') ?? 20)
  const after = call.query.get('after_id')
  const all = listModels('anthropic')
  const start = after === null ? 0 : all.findIndex((model) => model.model === after) + 1
  const page = all.slice(start, start + limit)
  sendJson(call, {
    data: page.map(modelEntry),
    has_more: start + limit < all.length,
    first_id: page[0]?.model ?? null,
    last_id: page.at(-1)?.model ?? null,
  })
}

function serveModel(call: Call): void {
  const model = listModels('anthropic').find(({ model: name }) => name === call.params[0])
  if (!model) return refuse(call, { kind: 'model_not_found', model: call.params[0] })
  sendJson(call, modelEntry(model))
}

/** `https://api.anthropic.com`; takes the older `x-api-key` and the newer Bearer. */
export const anthropic: Provider = {
  name: 'anthropic',
  moneyGuardsChecks: true,
  credential(headers) {
    // A forwarded Origin makes the request one of a browser, which is refused unless asked for.
    if (headers.origin !== undefined && headers['anthropic-dangerous-direct-browser-access'] !== 'true') {
      return {
        failure: { kind: 'wrong_credential', message: 'CORS requests must set the anthropic-dangerous-direct-browser-access header' },
      }
    }
    const key = headerOf(headers, 'x-api-key') ?? bearerOf(headers)
    return key === undefined ? { failure: { kind: 'missing_key' } } : { key }
  },
  refuse: anthropicRefusal,
  identify: (serial) => ({
    requestId: `req_${serial}`,
    headers: {
      'request-id': `req_${serial}`,
      'anthropic-organization-id': 'simulator',
      'anthropic-ratelimit-requests-limit': '4000',
      'anthropic-ratelimit-requests-remaining': '3999',
      'anthropic-ratelimit-requests-reset': new Date(Date.now() + 1000).toISOString(),
      'anthropic-ratelimit-tokens-limit': '2000000',
      'anthropic-ratelimit-tokens-remaining': '1999000',
      'anthropic-ratelimit-tokens-reset': new Date(Date.now() + 1000).toISOString(),
    },
  }),
  routes: [
    versioned({ method: 'POST', path: '/v1/messages', access: 'generate', handle: serveMessages }),
    versioned({ method: 'POST', path: '/v1/messages/count_tokens', access: 'check', handle: serveCountTokens }),
    versioned({ method: 'GET', path: '/v1/models', access: 'check', handle: serveModels }),
    versioned({ method: 'GET', path: /^\/v1\/models\/([^/]+)$/, access: 'check', handle: serveModel }),
  ],
}
