/** Tokens of one call in buckets that do not overlap: each token is counted, and paid for, in exactly one. Non-negative integers. */
export type TokenBuckets = {
  /** Fresh input: neither read from a cache nor written to one, and no audio. */
  input: number
  cacheRead: number
  /** Written to a cache for the usual time (five minutes at Anthropic). */
  cacheWrite: number
  /** Written to a cache for longer, at a higher price (an hour at Anthropic). */
  cacheWriteLong: number
  /** Text output without reasoning. */
  output: number
  reasoning: number
  audioInput: number
  audioOutput: number
  /** Images that were produced, where they are counted in tokens. */
  image: number
}

/**
 * What a provider reported of one call. `raw` is its own usage object, `costNanos` what it says it charged, `model` and `serviceTier` what it
 * says has served; each null where it says nothing. `webSearches`: those that it made itself and charges besides the tokens.
 */
export type Usage = {
  buckets: TokenBuckets
  raw: Record<string, unknown>
  costNanos: bigint | null
  model: string | null
  serviceTier: string | null
  webSearches: number
}

export function noTokens(): TokenBuckets {
  return { input: 0, cacheRead: 0, cacheWrite: 0, cacheWriteLong: 0, output: 0, reasoning: 0, audioInput: 0, audioOutput: 0, image: 0 }
}

/** All input tokens, cached or not: what providers compare with the thresholds of their price tiers. */
export function inputTokens(buckets: TokenBuckets): number {
  return buckets.input + buckets.cacheRead + buckets.cacheWrite + buckets.cacheWriteLong + buckets.audioInput
}

export function outputTokens(buckets: TokenBuckets): number {
  return buckets.output + buckets.reasoning + buckets.audioOutput + buckets.image
}
