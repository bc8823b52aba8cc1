import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { calcPrice, findProvider } from '@pydantic/genai-prices'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ProviderName } from '../../providers/provider.ts'
import { noTokens } from '../../providers/usage/buckets.ts'
import { cataloguePrice, contextLimit } from './prices.catalogue.ts'
import { rate, type Price } from './prices.rate.ts'

const at = new Date('2026-11-22T12:00:00Z')

describe('prices as they are published, in nano-dollars', () => {
  test.each<[ProviderName, string, string, Price]>([
    ['openai', 'gpt-4o-mini', 'gpt-4o-mini', { perMillionNanos: { input: 150_000_000, cacheRead: 75_000_000, output: 600_000_000 } }],
    [
      'openai',
      'gpt-4o-2024-11-20',
      'gpt-4o',
      { perMillionNanos: { input: 2_500_000_000, cacheRead: 1_250_000_000, output: 10_000_000_000 } },
    ],
    ['openai', 'text-embedding-3-small', 'text-embedding-3-small', { perMillionNanos: { input: 20_000_000 } }],
    [
      'anthropic',
      'claude-haiku-4-5-20251001',
      'claude-haiku-4-5',
      {
        perMillionNanos: {
          input: 1_000_000_000,
          cacheRead: 100_000_000,
          cacheWrite: 1_250_000_000,
          cacheWriteLong: 2_000_000_000,
          output: 5_000_000_000,
        },
      },
    ],
    [
      'openai',
      'gpt-5.4',
      'gpt-5.4',
      {
        perMillionNanos: { input: 2_500_000_000, cacheRead: 250_000_000, output: 15_000_000_000 },
        tiers: [{ startTokens: 272_000, perMillionNanos: { input: 5_000_000_000, cacheRead: 500_000_000, output: 22_500_000_000 } }],
      },
    ],
    [
      'azure',
      'gpt-4o-2024-11-20',
      'gpt-4o',
      { perMillionNanos: { input: 2_500_000_000, cacheRead: 1_250_000_000, output: 10_000_000_000 } },
    ],
    [
      'mistral',
      'mistral-large-latest',
      'mistral-large-2512',
      { perMillionNanos: { input: 500_000_000, cacheRead: 50_000_000, output: 1_500_000_000 } },
    ],
    [
      'openrouter',
      'google/gemini-3-flash-preview',
      'google/gemini-3-flash-preview',
      { perMillionNanos: { input: 500_000_000, cacheRead: 50_000_000, cacheWrite: 83_333_333, output: 3_000_000_000 } },
    ],
  ])('%s %s', (provider, model, modelId, price) => {
    const found = cataloguePrice(provider, model, at)
    expect(found?.price).toEqual(price)
    expect([found?.modelId, found?.exact]).toEqual([modelId, true])
  })

  test('ollama costs nothing, whatever the model and the bucket', () => {
    const found = cataloguePrice('ollama', 'anything', at)
    expect(found?.exact).toBe(true)
    expect(found === null ? null : rate({ ...noTokens(), input: 9, reasoning: 9, audioInput: 9, image: 9 }, found.price)).toBe(0n)
  })
})

describe('a name that has moved is priced as what it means now', () => {
  test.each<[ProviderName, string, string, number, number]>([
    ['mistral', 'mistral-large-latest', 'mistral-large-2512', 500_000_000, 1_500_000_000],
    ['mistral', 'mistral-small-latest', 'mistral-small-2603', 150_000_000, 600_000_000],
    ['deepseek', 'deepseek-chat', 'deepseek-v4-flash', 220_000_000, 660_000_000],
    ['deepseek', 'deepseek-reasoner', 'deepseek-v4-flash', 220_000_000, 660_000_000],
    ['groq', 'openai/gpt-oss-safeguard-20b', 'openai/gpt-oss-20b', 75_000_000, 300_000_000],
  ])('%s %s', (provider, model, modelId, input, output) => {
    expect(cataloguePrice(provider, model, at)).toMatchObject({ modelId, exact: true, price: { perMillionNanos: { input, output } } })
  })
})

describe('unknown is null, never zero', () => {
  test.each<[ProviderName, string]>([
    ['openai', 'gpt-6.1-terra'],
    ['openai', 'no-such'],
    ['openai', ''],
    ['openai', '__proto__'],
    ['deepseek', 'deepseek-flash'],
    ['anthropic', 'claude-haiku-5-5'],
    ['azure', 'my-deployment'],
    ['mistral', 'mistral-ocr-latest'],
    ['groq', 'whisper-large-v3'],
  ])('%s %s', (provider, model) => {
    expect(cataloguePrice(provider, model, at)).toBeNull()
  })
})

describe('a likeness is told from the model itself', () => {
  test.each<[ProviderName, string, boolean]>([
    ['anthropic', 'claude-sonnet-5', true],
    ['anthropic', 'claude-sonnet-5-5', false],
    ['anthropic', 'claude-sonnet-4-20250514', true],
    ['anthropic', 'claude-3-5-haiku-20241022', true],
    ['anthropic', 'claude-opus-4-1-20250805', true],
    ['anthropic', 'claude-opus-4-10', false],
    ['anthropic', 'claude-opus-4-6-fast', false],
    ['openai', 'gpt-5-nano-2025-08-07', true],
    ['openai', 'gpt-5-nano-turbo', false],
    ['openai', 'gpt-5.6-sol-2026-07-01', true],
    ['openai', 'ft:gpt-4o-mini-2024-07-18:org:name:id', true],
    ['google', 'models/gemini-2.0-flash-001', true],
    ['google', 'gemini-2.5-pro-preview-05-06', true],
    ['google', 'gemini-3.1-pro-preview-customtools', false],
    ['deepseek', 'deepseek-chat-v9', false],
    ['cohere', 'command-a-03-2025', true],
    ['mistral', 'magistral-medium-2509', true],
  ])('%s %s', (provider, model, exact) => {
    expect(cataloguePrice(provider, model, at)?.exact).toBe(exact)
  })
})

describe('the instant decides', () => {
  test.each<[string, number]>([
    ['2026-11-22T02:00:00Z', 440_000_000],
    ['2026-11-22T04:00:00Z', 220_000_000],
    ['2026-11-22T09:59:59.999Z', 440_000_000],
    ['2026-11-22T12:00:00Z', 220_000_000],
    ['2026-08-16T12:00:00Z', 140_000_000],
    ['2026-08-17T00:00:00Z', 220_000_000],
  ])('deepseek-v4-flash at %s', (time, input) => {
    expect(cataloguePrice('deepseek', 'deepseek-v4-flash', new Date(time))?.price.perMillionNanos.input).toBe(input)
  })
  test('a price that changes in the future has not changed yet', () => {
    expect(cataloguePrice('google', 'gemini-3.7-flash', at)?.price.perMillionNanos.input).toBe(750_000_000)
    expect(cataloguePrice('google', 'gemini-3.7-flash', new Date('2027-01-01T00:00:00Z'))?.price.perMillionNanos.input).toBe(1_500_000_000)
  })
})

const ids = (['openai', 'anthropic', 'google', 'groq', 'mistral', 'cohere', 'deepseek', 'azure', 'openrouter'] as const).flatMap(
  (provider) => (findProvider({ providerId: provider })?.models ?? []).map((model) => [provider, model.id] as const),
)

test('for every model, instant and size our cost is that of the catalogue itself', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ids),
      fc.date({ min: new Date('2024-01-01'), max: new Date('2027-06-01'), noInvalidDate: true }),
      fc.record({ input: fc.nat(300_000), cacheRead: fc.nat(100_000), output: fc.nat(100_000), reasoning: fc.nat(1_000) }),
      ([provider, id], when, used) => {
        const ours = cataloguePrice(provider, id, when)
        if (ours !== null && ours.modelId !== id) return
        const { input, cacheRead, output, reasoning } = ours?.price.perMillionNanos ?? {}
        // The catalogue charges nothing for what it has no price for; we do not compare what we call unknown.
        if (ours === null || input === undefined || cacheRead === undefined || output === undefined) return
        const theirs = calcPrice(
          {
            input_tokens: used.input + used.cacheRead,
            cache_read_tokens: used.cacheRead,
            output_tokens: used.output + used.reasoning,
            ...(reasoning === undefined ? {} : { output_reasoning_tokens: used.reasoning }),
          },
          id,
          { providerId: provider, timestamp: when },
        )
        const nanos = rate({ ...noTokens(), ...used }, ours.price)
        expect(Math.abs(Number(nanos) - (theirs?.total_price ?? Number.NaN) * 1e9)).toBeLessThan(2)
      },
    ),
    { numRuns: 1_000 },
  )
})

describe('limits', () => {
  test('come from the catalogue and the table together, the larger context counting', () => {
    expect(contextLimit('openai', 'gpt-4o-mini')).toEqual({ context: 128_000, output: 16_384 })
    expect(contextLimit('openai', 'gpt-5.5')).toEqual({ context: 1_050_000, output: 128_000 })
    expect(contextLimit('cohere', 'c4ai-aya-expanse-8b')).toEqual({ context: 8_192 })
    expect(contextLimit('openrouter', 'amazon/nova-lite-v1')).toEqual({ context: 300_000 })
  })
  test('are null where nothing is known', () => {
    expect(contextLimit('ollama', 'llama3.2')).toBeNull()
    expect(contextLimit('openai', 'no-such')).toBeNull()
  })
})

test('the source names the version that is installed', () => {
  const manifest = join(dirname(createRequire(import.meta.url).resolve('@pydantic/genai-prices')), '..', 'package.json')
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  expect(cataloguePrice('openai', 'gpt-4o', at)?.source).toBe(`@pydantic/genai-prices ${version}`)
})
