import { contextLimit } from '../../features/models/prices.catalogue.ts'
import type { PriceInForce } from '../../features/models/in-force/stored-price.ts'
import { worstCase, type WorstCase } from '../../features/models/prices.rate.ts'
import type { ProviderName } from '../../providers/provider.ts'
import { outputCapOf, type RequestFacts } from '../../providers/request/facts.ts'
import { outputCapField, patchBody, streamUsagePatch, type BodyPatch } from '../../providers/request/patch.ts'
import { inputTokensUpperBound } from '../../providers/request/worst-case.ts'
import { upstreamModel } from '../../providers/upstream/model.ts'
import { hasKnownBound, isListPrice } from '../../providers/usage/service-tier.ts'
import { Refused } from '../errors.ts'
import type { Endpoint } from './endpoints.ts'
import type { Target } from './models.ts'
import { specialCeiling, type Pricing } from './price.ts'

/**
 * How long an answer may be when neither the client nor what is known of the model says so. It is set upstream only where a limit must
 * hold; long enough for most answers, short enough not to reserve a small budget away. A client that wants more says `max_tokens`.
 */
const outputCapDefault = 4096

/** A billion US dollars in nano-dollars, and as many tokens as no account can hold: what could use more is no request. */
const costNanosMax = 10n ** 18n
const tokensMax = 10n ** 15n

/**
 * What is sent upstream, at which price, and the most that it can use (nano-dollars and counts). `hidesUsage`: the usage that we asked for
 * is not for the client to see.
 */
export type Plan = {
  body: Buffer
  upstreamModel: string
  price: PriceInForce
  worst: Readonly<Record<'cost' | 'tokens' | 'requests' | 'parallel', bigint>>
  hidesUsage: boolean
}

/**
 * The body as it goes upstream and its worst case: (input bound + output cap that is really sent) × n at the dearest prices that apply.
 *
 * - Input that the bytes do not bound counts as the model's whole context; where that is unknown too, a call under a hard limit is refused.
 * - A client's own cap is what is reserved, and is put into the field that the provider obeys. Without one, the model's longest answer
 *   (else the tenant's own default, else 4096 tokens) is reserved, and set upstream where a hard limit is in scope; without a limit the
 *   request stays as it is.
 */
export function planCall(
  read: { facts: RequestFacts; body: Buffer },
  endpoint: Endpoint,
  target: Target,
  pricing: Pricing,
  isLimited: boolean,
): Plan {
  const { facts, body } = read
  const { provider, model, key } = target
  const inputTokensMax = inputBound(read, target, isLimited)
  const generates = endpoint.name !== 'embeddings'
  const clientCap = outputCapOf(facts)
  const cap = generates ? (clientCap ?? contextLimit(provider, model)?.output ?? pricing.outputCapDefault ?? outputCapDefault) : 0
  const { price, cost } = priced(facts, target, pricing, { inputTokensMax, outputTokensMax: cap, n: facts.n })
  const tokens = (BigInt(inputTokensMax) + BigInt(cap)) * BigInt(facts.n)
  if (cost > costNanosMax || tokens > tokensMax)
    throw new Refused('invalid_request', 'The request asks for more than can be counted.', { param: facts.n > 1 ? 'n' : 'max_tokens' })
  const nameUpstream = upstreamModel(key.target!, model)
  const patch: BodyPatch = { model: nameUpstream, streamUsage: streamUsagePatch(provider, endpoint.dialect, facts) }
  if (generates && isLimited) patch.outputCap = { field: outputCapField(provider, endpoint.dialect, model, facts), value: cap }
  return {
    body: patchBody(body, facts, patch),
    upstreamModel: nameUpstream,
    price,
    worst: { cost, tokens, requests: 1n, parallel: 1n },
    hidesUsage: patch.streamUsage === 'force',
  }
}

/** Providers that tell what the tools they run cost besides the tokens, or let them cost nothing. */
const tellingFees: ReadonlySet<ProviderName> = new Set(['anthropic', 'openrouter', 'ollama'])

/** The price and the worst case by it: what is in force, or the ceiling where that is unknown. Throws where there is none. */
function priced(
  facts: RequestFacts,
  target: Target,
  { price, ceiling }: Pricing,
  bounds: WorstCase,
): { price: PriceInForce; cost: bigint } {
  const special = specialPrice(facts)
  const known = special === null && price ? worstCase(bounds, price.price) : null
  if (price && known !== null) {
    const isEstimate = price.isEstimate || !isListPrice(facts.serviceTier) || (facts.serverTools && !tellingFees.has(target.provider))
    return { price: isEstimate === price.isEstimate ? price : { ...price, isEstimate }, cost: known }
  }
  const above = ceiling && (special ? specialCeiling(ceiling, price?.price ?? null) : ceiling)
  const cost = above && worstCase(bounds, above.price)
  if (above === null || cost === null) throw special ?? unknownPrice(target)
  return { price: above, cost }
}

/** A way of serving that costs something else than the catalogue says, or null. */
function specialPrice({ serviceTier, pricedApart }: RequestFacts): Refused | null {
  if (!hasKnownBound(serviceTier))
    return new Refused('price_unknown', `No price is known for the service tier ${serviceTier}.`, { param: 'service_tier' })
  if (pricedApart !== null)
    return new Refused('price_unknown', `No price is known for calls with this ${pricedApart}.`, { param: pricedApart })
  return null
}

function unknownPrice({ provider, model }: Pick<Target, 'provider' | 'model'>): Refused {
  return new Refused('price_unknown', `No price is known for ${provider}/${model}. An administrator can set one.`, { param: 'model' })
}

function inputBound({ facts, body }: { facts: RequestFacts; body: Buffer }, { provider, model }: Target, isLimited: boolean): number {
  const bound = inputTokensUpperBound(body, facts)
  if (bound !== null) return bound
  const context = contextLimit(provider, model)?.context
  if (context !== undefined) return Math.max(context, 0)
  if (isLimited)
    throw new Refused(
      'input_unbounded',
      `The request refers to input that is not in it, and the context limit of ${provider}/${model} is not known, so that no limit can be kept.`,
    )
  // Nothing depends on it but what is charged should the answer get lost.
  return body.length
}
