import type { ProviderName } from '../../../providers/provider.ts'
import { cataloguePrice, type CataloguePrice } from '../prices.catalogue.ts'
import type { Price } from '../prices.rate.ts'
import type { PriceInForce } from './stored-price.ts'

/** A price that someone set, from an instant on. */
export type SetPrice = { id: string; effectiveFromMs: number; price: Price }

/** All prices that were set, by `bookKey`, each list newest first. What the installation sets belongs to the root tenant. */
export type PriceBook = { rootTenantId: string; prices: ReadonlyMap<string, readonly SetPrice[]> }

export function bookKey(tenantId: string, provider: ProviderName, model: string): string {
  return `${tenantId} ${provider} ${model}`
}

/** Newest first, the order of a book's lists. */
export function newestFirst(a: SetPrice, b: SetPrice): number {
  return b.effectiveFromMs - a.effectiveFromMs
}

/** The price that a tenant, else the installation, has set for a model at an instant; null where nobody has. */
export function setPriceOf(book: PriceBook, tenantId: string, provider: ProviderName, model: string, at: Date): SetPrice | null {
  return (
    effective(book.prices.get(bookKey(tenantId, provider, model)), at) ??
    effective(book.prices.get(bookKey(book.rootTenantId, provider, model)), at)
  )
}

/**
 * What a model costs at an instant, to whoever pays for it: the payer's own price, else the installation's, else the catalogue's. Null =
 * unknown: what the catalogue knows only by likeness is a guess about another model.
 *
 * @param tenantId the tenant whose provider key is billed
 */
export function priceInForce(book: PriceBook, tenantId: string, provider: ProviderName, model: string, at: Date): PriceInForce | null {
  const set = setPriceOf(book, tenantId, provider, model, at)
  if (set) return priceOfSet(set)
  const found = cataloguePrice(provider, model, at)
  return found?.exact ? priceOfCatalogue(found, model) : null
}

export function priceOfSet({ id, price }: SetPrice): PriceInForce {
  return { kind: 'set', price, source: `price ${id}`, model: null, isEstimate: false }
}

/** @param model the name that was asked for */
export function priceOfCatalogue({ price, source, modelId }: CataloguePrice, model: string): PriceInForce {
  return { kind: 'catalogue', price, source, model: modelId === model ? null : modelId, isEstimate: false }
}

function effective(prices: readonly SetPrice[] | undefined, at: Date): SetPrice | null {
  const atMs = at.getTime()
  return prices?.find((price) => price.effectiveFromMs <= atMs) ?? null
}
