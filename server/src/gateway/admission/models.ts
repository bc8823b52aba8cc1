import { isActiveKey, resolveProviderKeys } from '../../features/provider-keys/ask/resolution.ts'
import { providerNames } from '@llm-manager/contract/common'
import type { ProviderName } from '../../providers/provider.ts'
import { providerOf } from '../../providers/registry.ts'
import { deploymentOf, plainModel } from '../../providers/upstream/model.ts'
import { Refused } from '../errors.ts'
import { providerKeysFor, type ProviderKey, type Snapshot } from '../snapshot/snapshot.ts'
import type { GatewayCaller } from './authenticate.ts'
import type { Endpoint } from './endpoints.ts'
import { priceOfTarget } from './price.ts'

/**
 * Which provider a call goes to, with which key, and the model that serves it there: by that it is allowed, priced and recorded, whatever
 * a deployment in front of it is called. `isDeployment`: nobody has said which model that is, and `model` is the deployment's name alone.
 */
export type Target = { provider: ProviderName; model: string; key: ProviderKey; isDeployment: boolean }

/** A bare name goes to the first of these that has the model. Ollama has whatever somebody put there, so it comes last. */
const searchOrder: readonly ProviderName[] = [...providerNames.filter((name) => name !== 'ollama'), 'ollama']

const nameLengthMax = 200
/** No blank at either end: some providers pass over it, and the name would be another one for limits and prices. */
const printable = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/

/**
 * The target of a model's name, for this caller: `provider/model`, or a bare name that is looked for where the caller's agent points,
 * else at every provider that a key resolves for and that is known to have it. Throws when nobody has it, no key may serve, the
 * endpoint is not spoken there, or the access key may not use it.
 */
export function resolveModel(snapshot: Snapshot, caller: GatewayCaller, name: string, endpoint: Endpoint, now: Date): Target {
  if (name.length > nameLengthMax || !printable.test(name))
    throw new Refused('invalid_request', 'The name of the model is too long, or has characters that no name has.', { param: 'model' })
  const { provider, model } = place(snapshot, caller, name, endpoint, now)
  const key = resolvedKey(snapshot, caller, provider, model, now)
  const served = servedBy(key, model)
  if (caller.accessKey.models && !isAllowed(caller.accessKey.models, provider, served))
    throw new Refused('model_not_allowed', `The access key may not use the model ${name}.`, { param: 'model' })
  if (!speaks(provider, endpoint)) throw new Refused('unsupported_endpoint', wrongEndpoint(provider, name), { param: 'model' })
  const usable = usableKey(key, caller, provider, now)
  if (!serves(usable, model)) throw new Refused('model_not_found', wrongDeployment(usable, name), { param: 'model' })
  return { provider, ...served, key: usable }
}

/** What serves a model that is asked for: behind a key that leads to one deployment, what that deployment has. */
export function servedBy(key: ProviderKey | null, model: string): Pick<Target, 'model' | 'isDeployment'> {
  const deployment = key?.target ? deploymentOf(key.target) : null
  return deployment
    ? { model: deployment.model ?? deployment.name, isDeployment: deployment.model === null }
    : { model, isDeployment: false }
}

/** Whether a key has a model: one that leads to one deployment has that one's model, by its own name or the deployment's. */
function serves(key: ProviderKey, model: string): boolean {
  const deployment = key.target ? deploymentOf(key.target) : null
  const asked = model.toLowerCase()
  return deployment === null || asked === deployment.name.toLowerCase() || asked === deployment.model?.toLowerCase()
}

/** The key that serves this caller at a provider, or null: of the first that resolve the first that has the model. */
function resolvedKey(snapshot: Snapshot, caller: GatewayCaller, provider: ProviderName, model: string, now: Date): ProviderKey | null {
  const keys = resolvedKeys(snapshot, caller, provider, now)
  return keys.find((key) => serves(key, model)) ?? keys[0] ?? null
}

/** The keys that serve this caller at a provider, best first: the bound one, the owner's, the tenant's, or the installation's. */
export function resolvedKeys(snapshot: Snapshot, caller: GatewayCaller, provider: ProviderName, now: Date): ProviderKey[] {
  const { accessKey, agent, ownerId } = caller
  const { tenantId } = accessKey
  const candidates = providerKeysFor(snapshot, provider, tenantId, ownerId)
  const bound = boundKey(snapshot, caller)
  if (bound && !candidates.includes(bound)) candidates.push(bound)
  const need = {
    provider,
    tenantId,
    rootTenantId: snapshot.rootTenantId,
    ownerId,
    boundKeyId: agent?.keyId ?? null,
    sandbox: accessKey.isTest,
    now,
  }
  return resolveProviderKeys(candidates, need)?.keys ?? []
}

/** Whether an access key's list names the model that serves, with its provider or bare; a deployment whose model nobody has said only with it. */
export function isAllowed(models: ReadonlySet<string>, provider: ProviderName, served: Pick<Target, 'model' | 'isDeployment'>): boolean {
  return models.has(`${provider}/${served.model}`) || (!served.isDeployment && models.has(served.model))
}

/** Whether an endpoint can be called at a provider as it is, without translation. */
export function speaks(provider: ProviderName, endpoint: Endpoint): boolean {
  return providerOf(provider).dialects[endpoint.dialect] !== undefined
}

function place(
  snapshot: Snapshot,
  caller: GatewayCaller,
  name: string,
  endpoint: Endpoint,
  now: Date,
): { provider: ProviderName; model: string } {
  const isKnown = (provider: ProviderName, model: string) => {
    const key = resolvedKey(snapshot, caller, provider, model, now)
    if (key?.target && deploymentOf(key.target)) return serves(key, model)
    return (
      priceOfTarget(snapshot, { provider, model, isDeployment: false, key: key ?? { tenant_id: caller.accessKey.tenantId } }, now) !== null
    )
  }
  const pointed = boundKey(snapshot, caller)?.provider ?? caller.agent?.provider ?? null
  const prefix = prefixOf(name)
  if (pointed !== null) {
    // `openai/gpt-oss-120b` is a model of Groq's: another provider's name in front is a prefix only where no such model is known.
    const isElsewhere = () => !isKnown(pointed, name) && providerNames.some((other) => other !== 'ollama' && isKnown(other, name))
    if (prefix === pointed || isKnown(pointed, name) || (prefix === null && !isElsewhere()))
      return { provider: pointed, model: modelAt(pointed, name) }
    if (boundKey(snapshot, caller))
      throw new Refused('model_not_found', `The agent is bound to a key of ${pointed}, which does not have the model ${name}.`, {
        param: 'model',
      })
  }
  if (pointed !== null && prefix === null)
    throw new Refused(
      'model_not_found',
      `The agent calls ${pointed}, which does not have the model ${name}. Write it as provider/model to name another.`,
      {
        param: 'model',
      },
    )
  if (prefix !== null) return { provider: prefix, model: modelAt(prefix, name) }
  const having = searchOrder.filter((provider) => resolvedKeys(snapshot, caller, provider, now).length > 0 && isKnown(provider, name))
  const provider = having.find((candidate) => speaks(candidate, endpoint)) ?? having[0]
  if (provider === undefined)
    throw new Refused(
      'model_not_found',
      `No provider that a key is there for is known to have the model ${name}. Write it as provider/model to name one.`,
      { param: 'model' },
    )
  return { provider, model: modelAt(provider, name) }
}

/** The key that the caller's agent is bound to, if any. */
export function boundKey(snapshot: Snapshot, { agent }: GatewayCaller): ProviderKey | null {
  return agent?.keyId ? (snapshot.providerKeys.get(agent.keyId) ?? null) : null
}

function prefixOf(name: string): ProviderName | null {
  const slash = name.indexOf('/')
  const prefix = slash === -1 ? '' : name.slice(0, slash)
  return slash + 1 < name.length ? (providerNames.find((provider) => provider === prefix) ?? null) : null
}

/**
 * Without the provider's name in front, unless that belongs to the model's own name (`groq/compound`). However often it is there: what is
 * left is what is sent upstream, so that nothing else is limited and priced.
 */
function modelAt(provider: ProviderName, name: string): string {
  const prefix = `${provider}/`
  let model = plainModel(provider, name)
  while (model.startsWith(prefix) && model !== prefix && providerOf(provider).ownNames?.test(model) !== true)
    model = plainModel(provider, model.slice(prefix.length))
  return model
}

function usableKey(key: ProviderKey | null, caller: GatewayCaller, provider: ProviderName, now: Date): ProviderKey {
  const { isTest } = caller.accessKey
  // A bound key is the answer in whatever state; but a test key must not spend real money, nor a live one play.
  if (!key || key.sandbox !== isTest)
    throw new Refused('provider_key_missing', `There is no ${isTest ? 'sandbox ' : ''}key of ${provider} that may serve this access key.`)
  if (!isActiveKey(key, now) || key.target === null)
    throw new Refused(
      'provider_key_unusable',
      `The key of ${provider} that serves this access key is disabled, expired, or refused by its provider.`,
    )
  return key
}

function wrongDeployment({ target }: ProviderKey, name: string): string {
  const { name: deployment, model } = deploymentOf(target!)!
  const served = model === null ? `azure/${deployment}` : `azure/${model}`
  return `The key of azure leads to the deployment ${deployment} alone, which does not have the model ${name}. Ask for ${served}.`
}

function wrongEndpoint(provider: ProviderName, name: string): string {
  const other = providerOf(provider).dialects['anthropic-messages'] === undefined ? 'POST /v1/chat/completions' : 'POST /v1/messages'
  return `The model ${name} is served by ${provider}, which does not speak this endpoint; call it by ${other}.`
}
