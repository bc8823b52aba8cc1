import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noTokens, type TokenBuckets } from '../../providers/usage/buckets.ts'
import { rate, worstCase, type Price } from './prices.rate.ts'

const tokens = (some: Partial<TokenBuckets>): TokenBuckets => ({ ...noTokens(), ...some })
/** $2.50 in, $0.25 cached, $10 out a million. */
const plain: Price = { perMillionNanos: { input: 2_500_000_000, cacheRead: 250_000_000, output: 10_000_000_000 } }
const claude: Price = {
  perMillionNanos: {
    input: 3_000_000_000,
    cacheRead: 300_000_000,
    cacheWrite: 3_750_000_000,
    cacheWriteLong: 6_000_000_000,
    output: 15_000_000_000,
  },
}
const tiered: Price = {
  perMillionNanos: { input: 1_000, cacheRead: 100, output: 2_000 },
  tiers: [
    { startTokens: 100, perMillionNanos: { input: 4_000, output: 5_000 } },
    { startTokens: 50, perMillionNanos: { input: 2_000, cacheRead: 200, output: 3_000 } },
  ],
}

describe('what a call costs, by hand', () => {
  test.each<[string, TokenBuckets, Price, bigint]>([
    ['13 in, 11 out', tokens({ input: 13, output: 11 }), plain, 142_500n],
    ['600 fresh, 400 cached, 80 out', tokens({ input: 600, cacheRead: 400, output: 80 }), plain, 2_400_000n],
    [
      'Anthropic: 3 + 418 written + 1111 read, 33 out',
      tokens({ input: 3, cacheWrite: 418, cacheRead: 1111, output: 33 }),
      claude,
      2_404_800n,
    ],
    ['an hour of cache', tokens({ cacheWriteLong: 10 }), claude, 60_000n],
    ['nothing', noTokens(), plain, 0n],
    ['reasoning is output', tokens({ reasoning: 7 }), plain, 70_000n],
    ['a cache without a price is input', tokens({ cacheWrite: 2, cacheWriteLong: 2 }), plain, 10_000n],
    [
      'a long cache without a price is a cache',
      tokens({ cacheWriteLong: 2 }),
      { perMillionNanos: { input: 1_000_000, cacheWrite: 2_000_000 } },
      4n,
    ],
    [
      'reasoning at its own price',
      tokens({ reasoning: 2, output: 1 }),
      { perMillionNanos: { output: 1_000_000, reasoning: 5_000_000 } },
      11n,
    ],
    ['half a nano-dollar goes up', tokens({ input: 1 }), { perMillionNanos: { input: 500_000 } }, 1n],
    ['less than half goes down', tokens({ input: 1 }), { perMillionNanos: { input: 499_999 } }, 0n],
    ['rounded once, not for each bucket', tokens({ input: 1, output: 1 }), { perMillionNanos: { input: 400_000, output: 400_000 } }, 1n],
    ['a fee for the call', tokens({ input: 1 }), { perMillionNanos: { input: 1_000_000 }, perRequestNanos: 10_000_000 }, 10_000_001n],
    ['a fee without tokens', noTokens(), { perMillionNanos: {}, perRequestNanos: 5 }, 5n],
    [
      'sums beyond what a double holds',
      tokens({ input: 9_007_199_254_740_991 }),
      { perMillionNanos: { input: 9_007_199_254_740_991 } },
      81_129_638_414_606_663_681_390_496n,
    ],
  ])('%s', (_what, used, price, nanos) => {
    expect(rate(used, price)).toBe(nanos)
  })

  test.each<[string, TokenBuckets]>([
    ['audio heard', tokens({ input: 5, audioInput: 1 })],
    ['audio spoken', tokens({ audioOutput: 1 })],
    ['images', tokens({ image: 1 })],
  ])('%s without a price is unknown, not 0', (_what, used) => {
    expect(rate(used, plain)).toBeNull()
  })
  test('output of a model that has only an input price is unknown', () => {
    expect(rate(tokens({ input: 1, output: 1 }), { perMillionNanos: { input: 1 } })).toBeNull()
    expect(rate(tokens({ input: 1_000_000 }), { perMillionNanos: { input: 1 } })).toBe(1n)
  })
})

describe('tiers go by all input together, and price the whole call', () => {
  test.each<[string, TokenBuckets, bigint]>([
    ['below', tokens({ input: 49, output: 1_000_000 }), 2_000n],
    ['at the start of the second', tokens({ input: 50, output: 1_000_000 }), 3_000n],
    ['cached tokens count', tokens({ cacheRead: 50, output: 1_000_000 }), 3_000n],
    ['at the third', tokens({ input: 100, output: 1_000_000 }), 5_000n],
    ['what a tier leaves out stays', tokens({ input: 100_000_000, cacheRead: 1_000_000 }), 400_100n],
  ])('%s', (_what, used, nanos) => {
    expect(rate(used, tiered)).toBe(nanos)
  })
})

describe('the worst case', () => {
  test.each<[string, Parameters<typeof worstCase>[0], Price, bigint | null]>([
    ['input and output at their prices', { inputTokensMax: 1_000, outputTokensMax: 500, n: 1 }, plain, 7_500_000n],
    ['the dearest input', { inputTokensMax: 1_000, outputTokensMax: 500, n: 1 }, claude, 13_500_000n],
    ['times the answers', { inputTokensMax: 1_000, outputTokensMax: 500, n: 3 }, plain, 22_500_000n],
    ['the dearest tier that can be reached', { inputTokensMax: 60, outputTokensMax: 1_000_000, n: 1 }, tiered, 3_000n],
    ['the dearest of all', { inputTokensMax: 1_000_000, outputTokensMax: 1_000_000, n: 1 }, tiered, 9_000n],
    ['an embedding', { inputTokensMax: 1_000_000, outputTokensMax: 0, n: 1 }, { perMillionNanos: { input: 20 } }, 20n],
    ['a side without a price is unknown', { inputTokensMax: 1, outputTokensMax: 1, n: 1 }, { perMillionNanos: { input: 20 } }, null],
    ['fees for each answer', { inputTokensMax: 0, outputTokensMax: 0, n: 2 }, { perMillionNanos: {}, perRequestNanos: 7 }, 14n],
  ])('%s', (_what, call, price, nanos) => {
    expect(worstCase(call, price)).toBe(nanos)
  })

  test('is never below what a call within its bounds costs', () => {
    const perMillion = fc.record(
      {
        input: fc.nat(10_000_000),
        cacheRead: fc.nat(10_000_000),
        cacheWrite: fc.nat(10_000_000),
        cacheWriteLong: fc.nat(10_000_000),
        output: fc.nat(10_000_000),
        reasoning: fc.nat(10_000_000),
        audioInput: fc.nat(10_000_000),
        audioOutput: fc.nat(10_000_000),
        image: fc.nat(10_000_000),
      },
      { requiredKeys: ['input', 'output'] },
    )
    const price = fc.record({
      perMillionNanos: perMillion,
      tiers: fc.array(fc.record({ startTokens: fc.nat(3_000), perMillionNanos: perMillion }), { maxLength: 3 }),
    })
    const used = fc.record({
      input: fc.nat(1_000),
      cacheRead: fc.nat(1_000),
      cacheWrite: fc.nat(1_000),
      cacheWriteLong: fc.nat(1_000),
      output: fc.nat(1_000),
      reasoning: fc.nat(1_000),
      audioInput: fc.nat(1_000),
      audioOutput: fc.nat(1_000),
      image: fc.nat(1_000),
    })
    fc.assert(
      fc.property(price, used, fc.nat(500), (each, spent, spare) => {
        const inputTokensMax = spent.input + spent.cacheRead + spent.cacheWrite + spent.cacheWriteLong + spent.audioInput + spare
        const outputTokensMax = spent.output + spent.reasoning + spent.audioOutput + spent.image
        const cost = rate(spent, each)
        const bound = worstCase({ inputTokensMax, outputTokensMax, n: 1 }, each)
        if (cost !== null) expect(bound !== null && bound >= cost).toBe(true)
      }),
    )
  })
})
