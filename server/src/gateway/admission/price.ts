import { cataloguePrice } from '../../features/models/prices.catalogue.ts'
import { rate, type BucketPrices, type Price } from '../../features/models/prices.rate.ts'
import type { ProviderName } from '../../providers/provider.ts'
import { inputTokens, noTokens, type TokenBuckets } from '../../providers/usage/buckets.ts'
import { setPriceOf, type Snapshot } from '../snapshot/snapshot.ts'

/** A price in force, and where it comes from: `price <id>` for one that somebody set, else the catalogue and its version. */
export type PriceInForce = { price: Price; source: string }

/** A price as it is kept with an event: nano-dollars per million tokens of each bucket that has one, its own or the one it falls back to. */
export type StoredPrice = { source: string; per_million_nanos: Record<string, string> }

const bucketNames: Record<keyof TokenBuckets, string> = {
  input: 'input',
  cacheRead: 'cache_read',
  cacheWrite: 'cache_write',
  cacheWriteLong: 'cache_write_long',
  output: 'output',
  reasoning: 'reasoning',
  audioInput: 'audio_input',
  audioOutput: 'audio_output',
  image: 'image',
}
const buckets = Object.keys(bucketNames) as (keyof TokenBuckets)[]

/**
 * What a model costs at an instant: the tenant's own price, else the installation's, else the catalogue's. Null = unknown: what the
 * catalogue knows only by likeness is a guess about another model.
 */
export function priceInForce(snapshot: Snapshot, tenantId: string, provider: ProviderName, model: string, at: Date): PriceInForce | null {
  const set = setPriceOf(snapshot, tenantId, provider, model, at.getTime())
  if (set) return { price: set.price, source: `price ${set.id}` }
  const found = cataloguePrice(provider, model, at)
  return found?.exact ? found : null
}

/** A price as people set it (decimal strings by the contract's names of buckets). */
export function readPrice(perMillionNanos: Readonly<Record<string, string>>): Price {
  const prices: BucketPrices = {}
  for (const bucket of buckets) {
    const nanos = perMillionNanos[bucketNames[bucket]]
    if (nanos !== undefined) prices[bucket] = Number(nanos)
  }
  return { perMillionNanos: prices }
}

const storedPrices = new WeakMap<Price, StoredPrice>()

/** The price of a call that used these tokens; without tokens, the base price. */
export function storedPrice({ price, source }: PriceInForce, tokens: TokenBuckets | null): StoredPrice {
  const tier = tokens && tierOf(price, inputTokens(tokens))
  if (tier) return { source, per_million_nanos: perMillionOf({ ...price.perMillionNanos, ...tier.perMillionNanos }) }
  let stored = storedPrices.get(price)
  if (!stored) storedPrices.set(price, (stored = { source, per_million_nanos: perMillionOf(price.perMillionNanos) }))
  return stored
}

function tierOf(price: Price, tokens: number) {
  return price.tiers
    ?.filter((tier) => tier.startTokens <= tokens)
    .reduce((highest, tier) => (tier.startTokens > highest.startTokens ? tier : highest), { startTokens: 0, perMillionNanos: {} })
}

/** A million tokens of a bucket cost its price per million, fallbacks included. */
function perMillionOf(perMillionNanos: BucketPrices): Record<string, string> {
  const named: Record<string, string> = {}
  for (const bucket of buckets) {
    const nanos = rate({ ...noTokens(), [bucket]: 1_000_000 }, { perMillionNanos })
    if (nanos !== null) named[bucketNames[bucket]] = nanos.toString()
  }
  return named
}
