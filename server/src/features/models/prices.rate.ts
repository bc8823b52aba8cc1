import type { TokenBuckets } from '../../providers/usage/buckets.ts'

/** Nano-dollars for a million tokens of each bucket: non-negative safe integers. A bucket that is not there has no price of its own. */
export type BucketPrices = { [bucket in keyof TokenBuckets]?: number }

/**
 * What a model costs. `tiers`: prices of the whole call once all its input tokens together are at least `startTokens`; they replace the
 * base prices bucket by bucket. `perRequestNanos`: for each call besides its tokens. Plain JSON, as it is stored with the event.
 */
export type Price = { perMillionNanos: BucketPrices; tiers?: readonly PriceTier[]; perRequestNanos?: number }
export type PriceTier = { startTokens: number; perMillionNanos: BucketPrices }

/** The most that a call can use: upper bounds, for each of `n` answers. */
export type WorstCase = { inputTokensMax: number; outputTokensMax: number; n: number }

export const buckets = [
  'input',
  'cacheRead',
  'cacheWrite',
  'cacheWriteLong',
  'output',
  'reasoning',
  'audioInput',
  'audioOutput',
  'image',
] as const
export const inputBuckets = ['input', 'cacheRead', 'cacheWrite', 'cacheWriteLong', 'audioInput'] as const
export const outputBuckets = ['output', 'reasoning', 'audioOutput', 'image'] as const

const MILLION = 1_000_000n
/** The catalogue's `web_searches_kcount` of all of Anthropic's models. */
export const webSearchNanos = 10_000_000n

/**
 * The cost of a call in nano-dollars: half-up(Σ tokens × price / 10^6), rounded once. Null = unknown, never 0: some bucket with tokens in
 * it has no price.
 *
 * A bucket without a price of its own is charged as: cacheRead → input, cacheWrite → input, cacheWriteLong → cacheWrite → input,
 * reasoning → output. Audio and images fall back to nothing: their tokens cost many times those of text.
 */
export function rate(tokens: TokenBuckets, price: Price): bigint | null {
  const prices = pricesAt(
    price,
    inputBuckets.reduce((sum, bucket) => sum + tokens[bucket], 0),
  )
  let product = 0n
  for (const bucket of buckets) {
    if (tokens[bucket] === 0) continue
    const perMillion = priceOf(prices, bucket)
    if (perMillion === undefined) return null
    product += BigInt(tokens[bucket]) * BigInt(perMillion)
  }
  return halfUp(product) + BigInt(price.perRequestNanos ?? 0)
}

/**
 * The most that a call can cost: (input bound at the dearest input price + output cap at the dearest output price) × n, over every tier
 * that so much input can reach. Never less than `rate` of anything within the bounds. Null = unknown: there is no price for a side
 * that can have tokens.
 */
export function worstCase(call: WorstCase, price: Price): bigint | null {
  const reachable = [
    price.perMillionNanos,
    ...(price.tiers ?? [])
      .filter((tier) => tier.startTokens <= call.inputTokensMax)
      .map((tier) => ({ ...price.perMillionNanos, ...tier.perMillionNanos })),
  ]
  const perInput = dearest(reachable, inputBuckets)
  const perOutput = dearest(reachable, outputBuckets)
  if ((perInput === undefined && call.inputTokensMax > 0) || (perOutput === undefined && call.outputTokensMax > 0)) return null
  const product = BigInt(call.inputTokensMax) * BigInt(perInput ?? 0) + BigInt(call.outputTokensMax) * BigInt(perOutput ?? 0)
  return halfUp(product * BigInt(call.n)) + BigInt(price.perRequestNanos ?? 0) * BigInt(call.n)
}

/** The prices of a call with so many input tokens: those of the highest tier that it reaches. */
function pricesAt(price: Price, inputTokens: number): BucketPrices {
  let reached: PriceTier | undefined
  for (const tier of price.tiers ?? []) {
    if (tier.startTokens <= inputTokens && (reached === undefined || tier.startTokens > reached.startTokens)) reached = tier
  }
  return reached === undefined ? price.perMillionNanos : { ...price.perMillionNanos, ...reached.perMillionNanos }
}

function priceOf(prices: BucketPrices, bucket: keyof TokenBuckets): number | undefined {
  if (prices[bucket] !== undefined) return prices[bucket]
  if (bucket === 'cacheRead' || bucket === 'cacheWrite') return prices.input
  if (bucket === 'cacheWriteLong') return prices.cacheWrite ?? prices.input
  return bucket === 'reasoning' ? prices.output : undefined
}

function dearest(reachable: readonly BucketPrices[], side: readonly (keyof TokenBuckets)[]): number | undefined {
  const known = reachable.flatMap((prices) => side.map((bucket) => prices[bucket])).filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

/** What web searches cost besides their tokens, in nano-dollars: $10 a thousand, at every model of the one provider that reports them. */
export function searchFee(webSearches: number): bigint {
  return BigInt(webSearches) * webSearchNanos
}

function halfUp(product: bigint): bigint {
  return (product + MILLION / 2n) / MILLION
}
