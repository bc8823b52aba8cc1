import priceFile from '../../../simulator/prices.json' with { type: 'json' }
import type { Simulator } from '../../../simulator/src/simulator.ts'

/**
 * What a call costs, reckoned here from the price file alone: no code of the product and none of the simulator takes part, so that
 * both can be held against it. Whole nano-dollars, half up, rounded once for each call.
 */

type Bucket = 'input' | 'cache_read' | 'cache_write' | 'output' | 'reasoning'
export type Tokens = Record<Bucket, number>

type PricedModel = {
  provider: keyof Simulator['baseUrls']
  model: string
  per_million: { input: number; output?: number; cache_read?: number; cache_write?: number }
}

export const pricedModels = priceFile as PricedModel[]

const buckets: readonly Bucket[] = ['input', 'cache_read', 'cache_write', 'output', 'reasoning']
export const noTokens: Readonly<Tokens> = { input: 0, cache_read: 0, cache_write: 0, output: 0, reasoning: 0 }

export function addTokens(sum: Tokens, more: Tokens): Tokens {
  return {
    input: sum.input + more.input,
    cache_read: sum.cache_read + more.cache_read,
    cache_write: sum.cache_write + more.cache_write,
    output: sum.output + more.output,
    reasoning: sum.reasoning + more.reasoning,
  }
}

/** Nano-dollars of one call. Throws for a model that is not in the file. */
export function costOf(provider: string, model: string, tokens: Tokens): bigint {
  const found = pricedModels.find((entry) => entry.provider === provider && entry.model === model)
  if (!found) throw new Error(`${provider}/${model} is not in the price file`)
  const { input, output = 0, cache_read = input, cache_write = input } = found.per_million
  const dollars: Record<Bucket, number> = { input, cache_read, cache_write, output, reasoning: output }
  // Prices in the file have at most nine decimals: as text, without a float, they are whole nano-dollars.
  let millionths = 0n
  for (const bucket of buckets) millionths += BigInt(tokens[bucket]) * nanosOf(dollars[bucket])
  const whole = millionths / 1_000_000n
  return millionths % 1_000_000n >= 500_000n ? whole + 1n : whole
}

/** Nano-dollars of an amount in US dollars, by its digits. */
export function nanosOf(dollars: number): bigint {
  const [whole = '0', fraction = ''] = dollars.toFixed(9).split('.')
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction)
}
