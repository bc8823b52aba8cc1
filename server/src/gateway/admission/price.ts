import { priceInForce, priceOfCatalogue, priceOfSet, setPriceOf } from '../../features/models/in-force/price-book.ts'
import type { PriceInForce } from '../../features/models/in-force/stored-price.ts'
import { cataloguePrice } from '../../features/models/prices.catalogue.ts'
import type { BucketPrices, Price } from '../../features/models/prices.rate.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { Target } from './models.ts'

/**
 * What a call costs, as far as is known. `price`: of its model at its admission; null = unknown. `ceiling`: what is charged instead, where
 * whoever pays has chosen that; null refuses the call. `outputCapDefault`: the caller's tenant's own, in tokens.
 */
export type Pricing = { price: PriceInForce | null; ceiling: PriceInForce | null; outputCapDefault: number | null }

/**
 * The pricing of a call of this tenant. Whoever's key is billed says what it costs: a tenant sets neither a price nor a ceiling for calls
 * on the installation's keys.
 */
export function pricingOf(snapshot: Snapshot, tenantId: string, target: Target, at: Date): Pricing {
  return {
    price: priceOfTarget(snapshot, target, at),
    ceiling: snapshot.tenants.get(target.key.tenant_id)?.ceiling ?? null,
    outputCapDefault: snapshot.tenants.get(tenantId)?.outputCapDefault ?? null,
  }
}

/** Null = unknown. The name of a deployment tells nothing of its model: for that only a price that somebody set counts. */
export function priceOfTarget(
  snapshot: Snapshot,
  { provider, model, key, isDeployment }: Pick<Target, 'provider' | 'model' | 'isDeployment'> & { key: Pick<Target['key'], 'tenant_id'> },
  at: Date,
): PriceInForce | null {
  if (!isDeployment) return priceInForce(snapshot, key.tenant_id, provider, model, at)
  const set = setPriceOf(snapshot, key.tenant_id, provider, model, at)
  return set && priceOfSet(set)
}

/** The ceiling for another way of serving than the one that prices are for: nowhere below what is known, since none costs less. */
export function specialCeiling(ceiling: PriceInForce, known: Price | null): PriceInForce {
  const perMillionNanos: BucketPrices = { ...ceiling.price.perMillionNanos }
  for (const prices of known ? [known, ...(known.tiers ?? [])] : [])
    for (const [bucket, nanos] of Object.entries(prices.perMillionNanos) as [keyof BucketPrices, number][])
      perMillionNanos[bucket] = Math.max(perMillionNanos[bucket] ?? 0, nanos)
  return { ...ceiling, price: { perMillionNanos }, isSpecial: true }
}

/**
 * The price of a call by the model that really served it. Azure alone tells that besides what was asked for: an answer names the model
 * behind its deployment, whatever that is called. Prices and ceilings that people set stand.
 *
 * @param served the model that the answer names, if it does
 */
export function servedPrice(
  call: { target: Target; plan: { price: PriceInForce }; admittedAt: Date },
  served: string | null,
): PriceInForce {
  const { target, plan, admittedAt } = call
  const { price } = plan
  if (target.provider !== 'azure' || price.kind !== 'catalogue' || served === null) return price
  const found = cataloguePrice('azure', served, admittedAt)
  const isSame = !found?.exact || found.modelId === (price.model ?? target.model)
  return isSame ? price : { ...priceOfCatalogue(found, target.model), isEstimate: price.isEstimate }
}
