import type { Received } from '@llm-manager/contract/endpoint'
import type { prices } from '@llm-manager/contract/prices'
import { allow, type Ctx } from '../../platform/ctx.ts'
import { usdOfNanos } from '../../platform/money.ts'
import { plainModel } from '../../providers/upstream/model.ts'
import { readSettings } from '../tenants/tenants.settings.ts'
import { tenantInReach } from '../tenants/tenants.ts'
import { loadPriceBook } from './in-force/load-book.ts'
import { bookKey, priceInForce, setPriceOf } from './in-force/price-book.ts'
import { bucketNames } from './in-force/stored-price.ts'
import { cataloguePrice } from './prices.catalogue.ts'
import { buckets, type BucketPrices } from './prices.rate.ts'

/** Which price of a model is in force at an instant for calls on a tenant's keys, and whose it is; or why none is known. */
export async function resolvePrice(ctx: Ctx, { query }: Received<(typeof prices)['resolve']>) {
  allow(ctx, 'prices:read')
  const tenant = await tenantInReach(ctx, query.tenant_id ?? ctx.caller.tenantId)
  const { provider } = query
  const model = plainModel(provider, query.model)
  const at = query.at === undefined ? ctx.now() : new Date(query.at)
  const book = await loadPriceBook(ctx.db, { provider, model })
  const set = setPriceOf(book, tenant.id, provider, model, at)
  const found = priceInForce(book, tenant.id, provider, model, at)
  const alike = found ? null : cataloguePrice(provider, model, at)
  const isOwn = set !== null && book.prices.get(bookKey(tenant.id, provider, model))?.includes(set) === true
  return {
    provider,
    model,
    tenant_id: tenant.id,
    at: at.toISOString(),
    from: set ? whose(isOwn, tenant.is_root) : found ? ('catalogue' as const) : null,
    source: found?.source ?? null,
    price_id: set?.id ?? null,
    effective_from: set ? new Date(set.effectiveFromMs).toISOString() : null,
    catalogue_model: found?.kind === 'catalogue' ? (found.model ?? model) : null,
    per_million: found && shown(found.price.perMillionNanos),
    tiers: (found?.price.tiers ?? []).map((tier) => ({ from_input_tokens: tier.startTokens, per_million: shown(tier.perMillionNanos) })),
    unknown: found ? null : alike ? ({ reason: 'only_similar', similar_to: alike.modelId } as const) : notInCatalogue,
    unknown_policy: readSettings(tenant.settings).ceiling ? ('ceiling' as const) : ('refuse' as const),
  }
}

const notInCatalogue = { reason: 'not_in_catalogue', similar_to: null } as const

function whose(isOwn: boolean, isRoot: boolean): 'tenant' | 'installation' {
  return isOwn && !isRoot ? 'tenant' : 'installation'
}

function shown(prices: BucketPrices): Record<string, number> {
  const named = buckets.flatMap((bucket) => {
    const nanos = prices[bucket]
    return nanos === undefined ? [] : [[bucketNames[bucket], usdOfNanos(BigInt(nanos))] as const]
  })
  return Object.fromEntries(named)
}
