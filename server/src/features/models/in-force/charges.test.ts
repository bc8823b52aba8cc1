import { describe, expect, test } from 'vitest'
import type { Dialect, ProviderName } from '../../../providers/provider.ts'
import { readUsage } from '../../../providers/usage/read.ts'
import { rate } from '../prices.rate.ts'
import { priceInForce, type PriceBook } from './price-book.ts'

/** Nobody has set a price: the catalogue alone counts. */
const nothingSet: PriceBook = { rootTenantId: 'root', prices: new Map() }
const noon = '2026-11-22T12:00:00Z'

/** What an answer with this usage costs, as the gateway settles it; null = unknown. */
function chargeOf(provider: ProviderName, dialect: Dialect, model: string, answer: unknown, at = noon): bigint | null {
  const usage = readUsage(provider, dialect, answer)
  if (!usage) throw new Error('no usage')
  const price = priceInForce(nothingSet, 'tenant', provider, model, new Date(at))
  return usage.costNanos ?? (price && rate(usage.buckets, price.price))
}

describe('one charge of each provider, reckoned by hand', () => {
  test.each<[string, ProviderName, Dialect, string, unknown, bigint]>([
    [
      // $4 fresh, $0.40 read, $5 written, $20 out: 500×4000 + 400×400 + 100×5000 + (30 + 20)×20000
      'a cache read and written, reasoning within the output',
      'openai',
      'openai-chat',
      'gpt-5.6-sol',
      {
        usage: {
          prompt_tokens: 1_000,
          completion_tokens: 50,
          prompt_tokens_details: { cached_tokens: 400, cache_write_tokens: 100 },
          completion_tokens_details: { reasoning_tokens: 20 },
        },
      },
      3_660_000n,
    ],
    [
      // $3, $0.30 read, $3.75 for five minutes, $6 for an hour, $15 out: 10×3000 + 1000×300 + 200×3750 + 300×6000 + 40×15000
      'input beside its cache, written for five minutes and for an hour',
      'anthropic',
      'anthropic-messages',
      'claude-sonnet-4-5',
      {
        usage: {
          input_tokens: 10,
          cache_read_input_tokens: 1_000,
          cache_creation_input_tokens: 500,
          cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 300 },
          output_tokens: 40,
        },
      },
      3_480_000n,
    ],
    [
      // $0.30 text, $1 audio, $2.50 out: 700×300 + 300×1000 + (20 + 30)×2500
      'audio among the input, thoughts beside the output',
      'google',
      'gemini',
      'gemini-2.5-flash',
      {
        usageMetadata: {
          promptTokenCount: 1_000,
          candidatesTokenCount: 20,
          thoughtsTokenCount: 30,
          totalTokenCount: 1_050,
          promptTokensDetails: [
            { modality: 'TEXT', tokenCount: 700 },
            { modality: 'AUDIO', tokenCount: 300 },
          ],
        },
      },
      635_000n,
    ],
    [
      // $0.15, $0.075 read, $0.60 out: 78×150 + 100×75 + 94×600
      'usage told in its own corner',
      'groq',
      'openai-chat',
      'openai/gpt-oss-120b',
      { x_groq: { usage: { prompt_tokens: 178, completion_tokens: 94, prompt_tokens_details: { cached_tokens: 100 } } } },
      75_600n,
    ],
    ['nothing, by however many tokens', 'ollama', 'ollama', 'llama3.2', { done: true, prompt_eval_count: 5_000, eval_count: 9_000 }, 0n],
    [
      // $0.50, $0.05 read, $1.50 out: 6×500 + 64×50 + 12×1500
      'a name that has moved on, its cache told in a name of its own',
      'mistral',
      'openai-chat',
      'mistral-large-latest',
      { usage: { prompt_tokens: 70, completion_tokens: 12, num_cached_tokens: 64 } },
      24_200n,
    ],
    [
      // $2.50 and $10: 33×2500 + 22×10000
      'what is billed, not what was processed',
      'cohere',
      'cohere',
      'command-a-03-2025',
      {
        usage: {
          billed_units: { input_tokens: 33, output_tokens: 22 },
          tokens: { input_tokens: 1_452, output_tokens: 25 },
          cached_tokens: 1_400,
        },
      },
      302_500n,
    ],
    [
      // $0.22, $0.007 read, $0.66 out: 80×220 + 896×7 + (36 + 25)×660
      'hits and misses of the cache',
      'deepseek',
      'openai-chat',
      'deepseek-v4-flash',
      {
        usage: {
          prompt_tokens: 976,
          completion_tokens: 61,
          prompt_cache_hit_tokens: 896,
          prompt_cache_miss_tokens: 80,
          completion_tokens_details: { reasoning_tokens: 25 },
        },
      },
      64_132n,
    ],
    [
      // $2.50 and $10: 14×2500 + 9×10000
      'the model behind the deployment',
      'azure',
      'openai-chat',
      'gpt-4o-2024-11-20',
      { usage: { prompt_tokens: 14, completion_tokens: 9 } },
      125_000n,
    ],
    [
      // 31500.5 nano-dollars
      'what the provider itself charged, half a nano-dollar up',
      'openrouter',
      'openai-chat',
      'anthropic/claude-sonnet-4.5',
      { usage: { prompt_tokens: 17, completion_tokens: 5, cost: 0.0000315005 } },
      31_501n,
    ],
  ])('%s (%s)', (_what, provider, dialect, model, answer, nanos) => {
    expect(chargeOf(provider, dialect, model, answer)).toBe(nanos)
  })
})

describe('long input prices the whole call', () => {
  const usage = (prompt: number, cached: number, output: number) => ({
    usage: { prompt_tokens: prompt, completion_tokens: output, prompt_tokens_details: { cached_tokens: cached } },
  })
  test.each<[string, number, number, bigint]>([
    // $2.50 and $15: 271999×2500 + 10×15000
    ['the last token below', 271_999, 0, 680_147_500n],
    // $5 and $22.50: 272000×5000 + 10×22500
    ['the first token of the tier', 272_000, 0, 1_360_225_000n],
    // cached tokens count for the tier and have its price, $0.50: 200000×5000 + 72000×500 + 10×22500
    ['cached tokens', 272_000, 72_000, 1_036_225_000n],
  ])('%s', (_what, prompt, cached, nanos) => {
    expect(chargeOf('openai', 'openai-chat', 'gpt-5.4', usage(prompt, cached, 10))).toBe(nanos)
  })
  test('tokens written to a cache count for it too', () => {
    const answer = { usage: { input_tokens: 1, cache_creation_input_tokens: 200_000, output_tokens: 1 } }
    // $6, $7.50 written, $22.50 out: 1×6000 + 200000×7500 + 1×22500
    expect(chargeOf('anthropic', 'anthropic-messages', 'claude-sonnet-4-5', answer)).toBe(1_500_028_500n)
  })
})

describe('sound and pictures have prices of their own, or none', () => {
  const spoken = {
    usage: {
      prompt_tokens: 100,
      completion_tokens: 50,
      prompt_tokens_details: { audio_tokens: 60 },
      completion_tokens_details: { audio_tokens: 40 },
    },
  }
  test('audio in and out', () => {
    // $2.50 text, $32 heard, $10 text, $64 spoken: 40×2500 + 60×32000 + 10×10000 + 40×64000
    expect(chargeOf('openai', 'openai-chat', 'gpt-audio', spoken)).toBe(4_680_000n)
  })
  test('audio of a model whose price for it nobody knows', () => {
    expect(chargeOf('openai', 'openai-chat', 'gpt-4o-audio-preview', spoken)).toBeNull()
  })
  const drawn = {
    usageMetadata: {
      promptTokenCount: 10,
      candidatesTokenCount: 1_300,
      totalTokenCount: 1_310,
      candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1_290 }],
    },
  }
  test('a picture', () => {
    // $0.30, $2.50 text, $30 image: 10×300 + 10×2500 + 1290×30000
    expect(chargeOf('google', 'gemini', 'gemini-2.5-flash-image', drawn)).toBe(38_728_000n)
    expect(chargeOf('google', 'gemini', 'gemini-2.5-flash', drawn)).toBeNull()
  })
})

describe('the instant of admission decides', () => {
  const answer = { usage: { prompt_tokens: 1_000, completion_tokens: 100 } }
  test.each<[string, string, bigint]>([
    ['before a price was lowered', '2026-08-20T23:59:59.999Z', 8_000_000n],
    ['from the day on', '2026-08-21T00:00:00Z', 6_000_000n],
  ])('%s', (_what, at, nanos) => {
    expect(chargeOf('openai', 'openai-chat', 'gpt-5.6-sol', answer, at)).toBe(nanos)
  })
  test.each<[string, string, bigint]>([
    ['before a price goes up', '2026-12-31T23:59:59.999Z', 1_125_000n],
    ['after it went up', '2027-01-01T00:00:00Z', 2_250_000n],
  ])('%s', (_what, at, nanos) => {
    expect(chargeOf('google', 'openai-chat', 'gemini-3.7-flash', answer, at)).toBe(nanos)
  })
  test('peak hours cost twice as much', () => {
    // $0.44 and $1.32 from one to four in the morning: 1000×440 + 100×1320
    expect(chargeOf('deepseek', 'openai-chat', 'deepseek-v4-flash', answer, '2026-11-22T03:59:59Z')).toBe(572_000n)
    expect(chargeOf('deepseek', 'openai-chat', 'deepseek-v4-flash', answer, '2026-11-22T04:00:00Z')).toBe(286_000n)
  })
})

test.each<[ProviderName, string]>([
  ['anthropic', 'claude-sonnet-5-5'],
  ['openai', 'gpt-5-nano-turbo'],
  ['google', 'gemini-1.5-flash-8b'],
  ['openai', 'ft:gpt-3.5-turbo-0125:o::x'],
  ['azure', 'prod-chat'],
  ['openai', 'gpt-6.1-terra'],
])('what is like a known model only is unknown: %s %s', (provider, model) => {
  expect(priceInForce(nothingSet, 'tenant', provider, model, new Date(noon))).toBeNull()
})
