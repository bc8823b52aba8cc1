import { inputTokens, noTokens, type TokenBuckets } from '../../../providers/usage/buckets.ts'
import { buckets, inputBuckets, outputBuckets, rate, webSearchNanos, type BucketPrices, type Price } from '../prices.rate.ts'

/**
 * A price and where it comes from. `source`: `price <id>` for one that somebody set, `ceiling` for one that a tenant chose for what is
 * unknown, else the catalogue and its version. `model`: the catalogue's name where it is another than the one asked for. `isEstimate`: what
 * is charged by it is flagged. `isSpecial`: it is for another way of serving than the one that prices are for.
 */
export type PriceInForce = {
  kind: 'set' | 'catalogue' | 'ceiling'
  price: Price
  source: string
  model: string | null
  isEstimate: boolean
  isSpecial?: true
}

/**
 * A price as it is kept with an event: nano-dollars per million tokens of each bucket that has one, its own or the one it falls back to.
 * `model`: the catalogue's name, where it is another than the event's. `special`: no price that is set or catalogued is for such a call.
 * `web_searches`: how many were charged, at the price of `web_search`.
 */
export type StoredPrice = {
  source: string
  model?: string
  special?: true
  web_searches?: number
  per_million_nanos: Record<string, string>
}

/** The contract's names of our buckets. */
export const bucketNames: Readonly<Record<keyof TokenBuckets, string>> = {
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

/** Of a charge that the provider itself told: it has no price by tokens. */
export const providersOwn: Readonly<StoredPrice> = { source: 'provider', per_million_nanos: {} }

/** A price as people set it (nano-dollars as decimal text, by the contract's names of buckets). */
export function readPrice(perMillionNanos: Readonly<Record<string, string>>): Price {
  const prices: BucketPrices = {}
  for (const bucket of buckets) {
    const nanos = perMillionNanos[bucketNames[bucket]]
    if (nanos !== undefined) prices[bucket] = Number(nanos)
  }
  return { perMillionNanos: prices }
}

/** A ceiling as a tenant set it: a bucket that it does not name costs as much as the dearest of its side. */
export function readCeiling(perMillionNanos: Readonly<Record<string, string>>): PriceInForce {
  const { perMillionNanos: named } = readPrice(perMillionNanos)
  const filled: BucketPrices = {}
  for (const side of [inputBuckets, outputBuckets]) {
    const dearest = Math.max(...side.map((bucket) => named[bucket] ?? 0))
    for (const bucket of side) filled[bucket] = named[bucket] ?? dearest
  }
  return { kind: 'ceiling', price: { perMillionNanos: filled }, source: 'ceiling', model: null, isEstimate: true }
}

const storedPrices = new WeakMap<Price, StoredPrice>()

/** The price of a call that used these tokens; without tokens, the base price. */
export function storedPrice({ price, source, model, isSpecial }: PriceInForce, tokens: TokenBuckets | null): StoredPrice {
  const named = { source, ...(model !== null && { model }), ...(isSpecial && { special: isSpecial }) }
  const tier = tokens && tierOf(price, inputTokens(tokens))
  if (tier) return { ...named, per_million_nanos: perMillionOf({ ...price.perMillionNanos, ...tier.perMillionNanos }) }
  let stored = storedPrices.get(price)
  if (!stored) storedPrices.set(price, (stored = { ...named, per_million_nanos: perMillionOf(price.perMillionNanos) }))
  return stored
}

function tierOf(price: Price, tokens: number) {
  return price.tiers
    ?.filter((tier) => tier.startTokens <= tokens)
    .reduce((highest, tier) => (tier.startTokens > highest.startTokens ? tier : highest), { startTokens: 0, perMillionNanos: {} })
}

/** The same with the web searches that were charged besides. */
export function withSearches(stored: StoredPrice, webSearches: number): StoredPrice {
  if (webSearches === 0) return stored
  const perMillion = { ...stored.per_million_nanos, web_search: String(webSearchNanos * 1_000_000n) }
  return { ...stored, web_searches: webSearches, per_million_nanos: perMillion }
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
