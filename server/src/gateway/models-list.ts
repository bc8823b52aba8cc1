import { createRequire } from 'node:module'
import type * as GenaiPrices from '@pydantic/genai-prices'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isActiveKey } from '../features/provider-keys/ask/resolution.ts'
import { providerNames } from '@llm-manager/contract/common'
import type { ProviderName } from '../providers/provider.ts'
import { authenticate, credentialOf } from './admission/authenticate.ts'
import { clientIp } from './admission/client-ip.ts'
import { deploymentOf } from '../providers/upstream/model.ts'
import { boundKey, isAllowed, resolvedKeys, servedBy } from './admission/models.ts'
import { priceOfTarget } from './admission/price.ts'
import type { ProviderKey, Snapshot } from './snapshot/snapshot.ts'
import type { GatewayState } from './state.ts'

type Listed = { id: string; object: 'model'; created: number; owned_by: ProviderName }

/**
 * `GET /v1/models`: what this access key may call now, as `provider/model`: every model with a known price at a provider that a key
 * resolves for. A bare name is listed too where only one provider has it.
 */
export function listModels(state: GatewayState, req: IncomingMessage, res: ServerResponse, requestId: string): void {
  const { snapshot } = state
  const now = state.platform.now()
  const caller = authenticate(snapshot, credentialOf(req.headers), () => clientIp(req, state.trustedProxies), now.getTime())
  const { models } = caller.accessKey
  const bound = boundKey(snapshot, caller)?.provider
  const priced = providerNames.flatMap((provider) => {
    if (bound !== undefined && provider !== bound) return []
    const served = resolvedKeys(snapshot, caller, provider, now).flatMap((key) => (isActiveKey(key, now) ? servedNames(snapshot, key) : []))
    const known = served.filter((each) => priceOfTarget(snapshot, each, now) !== null)
    return [...new Map(known.map((each) => [each.model, each])).values()]
  })
  const allowed = models ? priced.filter((each) => isAllowed(models, each.provider, each)) : priced
  const holders = new Map<string, number>()
  for (const { model } of allowed) holders.set(model, (holders.get(model) ?? 0) + 1)
  const created = Math.floor(now.getTime() / 1000)
  const listed = (id: string, provider: ProviderName): Listed => ({ id, object: 'model', created, owned_by: provider })
  const data = allowed.flatMap(({ provider, model }) => [
    listed(`${provider}/${model}`, provider),
    ...(holders.get(model) === 1 && !model.includes('/') ? [listed(model, provider)] : []),
  ])
  const body = Buffer.from(JSON.stringify({ object: 'list', data }))
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length, 'x-request-id': requestId })
  res.end(body)
}

/** What a key serves: the model of its one deployment, else whatever its provider is known to have. */
function servedNames(snapshot: Snapshot, key: ProviderKey) {
  if (key.target === null) return []
  const { provider } = key
  if (deploymentOf(key.target)) return [{ provider, key, ...servedBy(key, '') }]
  return namesOf(snapshot, key.tenant_id, provider).map((model) => ({ provider, key, model, isDeployment: false }))
}

/** Models of a provider that a price is set for, and those of the catalogue. */
function namesOf(snapshot: Snapshot, tenantId: string, provider: ProviderName): string[] {
  const names = new Set(catalogued(provider))
  for (const name of snapshot.prices.keys()) {
    const [owner, of, ...model] = name.split(' ')
    if (of === provider && (owner === tenantId || owner === snapshot.rootTenantId)) names.add(model.join(' '))
  }
  return [...names].sort()
}

const names = new Map<ProviderName, string[]>()

function catalogued(provider: ProviderName): string[] {
  const known = names.get(provider)
  if (known) return known
  const catalogue = createRequire(import.meta.url)('@pydantic/genai-prices') as typeof GenaiPrices
  // Names that end in a dash are patterns of the catalogue (fine-tuned models), which nobody can call.
  const listed = (catalogue.findProvider({ providerId: provider })?.models ?? []).map((model) => model.id).filter((id) => !id.endsWith('-'))
  names.set(provider, listed)
  return listed
}
