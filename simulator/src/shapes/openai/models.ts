import { listModels, type PricedModel } from '../../billing/prices.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { Call } from '../../provider.ts'
import { sendJson } from '../../reply.ts'

/** A moment that all advertised models were "made" at, in Unix seconds: 2025-01-01. */
export const MODEL_CREATED = 1735689600

/** Serves `{object:"list",data:[…]}`; `extra` adds a provider's own members to each model. */
export function serveModelList(call: Call, owner: string, extra: (model: PricedModel) => JsonObject = () => ({})): void {
  const data: Json[] = listModels(call.provider.name).map((model) => ({
    id: model.model,
    object: 'model',
    created: MODEL_CREATED,
    owned_by: owner,
    ...extra(model),
  }))
  sendJson(call, { object: 'list', data })
}
