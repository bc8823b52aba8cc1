import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import type { Dialect, ProviderName } from '../provider.ts'
import { samplesIn } from '../samples.fixture.ts'
import { inputTokens, noTokens, outputTokens, type TokenBuckets } from './buckets.ts'
import { nanosOfDecimal } from './decimal.ts'
import { readUsage } from './read.ts'

const samples = samplesIn(process.env.PROVIDER_SAMPLES_DIR)

const buckets = (some: Partial<TokenBuckets>): TokenBuckets => ({ ...noTokens(), ...some })

describe.skipIf(!samples.areThere)('recorded answers, counted by hand', () => {
  test.each<[string, ProviderName, Dialect, Partial<TokenBuckets>, string | null]>([
    ['openai-chat.json', 'openai', 'openai-chat', { input: 13, output: 11 }, 'gpt-5-2025-08-07'],
    ['openai-chat.tool_calls.json', 'openai', 'openai-chat', { input: 129, output: 19 }, 'gpt-5-mini-2025-08-07'],
    ['openai-chat.cached_tokens.json', 'openai', 'openai-chat', { input: 8, cacheRead: 4012, output: 4 }, 'gpt-5.6-sol'],
    ['openai-embeddings.json', 'openai', 'openai-chat', { input: 4 }, 'text-embedding-3-small'],
    ['openai-responses.json', 'openai', 'openai-responses', { input: 13, output: 35, reasoning: 192 }, 'o3-mini-2025-01-31'],
    ['openai-responses.tool_call.json', 'openai', 'openai-responses', { input: 36, output: 12 }, 'gpt-4o-2024-08-06'],
    ['azure-chat.json', 'azure', 'openai-chat', { input: 14, output: 9 }, 'gpt-4o-2024-11-20'],
    ['azure-responses.json', 'azure', 'openai-responses', { input: 18, output: 5 }, 'gpt-5.4'],
    ['anthropic-messages.json', 'anthropic', 'anthropic-messages', { input: 14, output: 5 }, 'claude-opus-4-6'],
    [
      'anthropic-messages.cache-usage.json',
      'anthropic',
      'anthropic-messages',
      { input: 3, cacheRead: 1111, cacheWrite: 418, output: 33 },
      'claude-sonnet-4-5-20250929',
    ],
    ['anthropic-messages.tool_use.json', 'anthropic', 'anthropic-messages', { input: 445, output: 23 }, 'claude-sonnet-4-5-20250929'],
    [
      'anthropic-messages.tool_result-followup.json',
      'anthropic',
      'anthropic-messages',
      { input: 497, output: 56 },
      'claude-sonnet-4-5-20250929',
    ],
    ['anthropic-messages.refusal.json', 'anthropic', 'anthropic-messages', { input: 18, output: 5 }, 'claude-fable-5'],
    ['gemini-generateContent.json', 'google', 'gemini', { input: 15, output: 1, reasoning: 72 }, 'gemini-3.5-flash'],
    ['gemini-generateContent.functionCall.json', 'google', 'gemini', { input: 33, output: 5 }, 'gemini-2.0-flash'],
    ['gemini-generateContent.max_tokens-empty.json', 'google', 'gemini', { input: 15, reasoning: 2 }, 'gemini-2.5-pro'],
    ['gemini-openai-compat-chat.json', 'google', 'openai-chat', { input: 66, output: 6, reasoning: 28 }, 'gemini-2.5-pro-preview-05-06'],
    [
      'gemini-openai-compat-chat.tool_calls.json',
      'google',
      'openai-chat',
      { input: 35, output: 12, reasoning: 62 },
      'gemini-2.5-pro-preview-05-06',
    ],
    ['groq-chat.json', 'groq', 'openai-chat', { input: 178, output: 94 }, 'openai/gpt-oss-120b'],
    ['ollama-api-chat.json', 'ollama', 'ollama', { input: 169, output: 18 }, 'llama3.2'],
    ['ollama-v1-chat.json', 'ollama', 'openai-chat', { input: 136, output: 15 }, 'qwen3:0.6b'],
    ['ollama-cloud-v1-chat.tool_calls.json', 'ollama', 'openai-chat', { input: 206, output: 194 }, 'gpt-oss:20b'],
    ['mistral-chat.json', 'mistral', 'openai-chat', { input: 253, output: 5 }, 'mistral-large-latest'],
    ['mistral-chat.tool_calls.json', 'mistral', 'openai-chat', { input: 1, cacheRead: 69, output: 12 }, 'mistral-large-latest'],
    ['cohere-v2-chat.json', 'cohere', 'cohere', { input: 2406, output: 2 }, null],
    ['cohere-v2-chat.tool_calls.json', 'cohere', 'cohere', { input: 33, output: 22 }, null],
    ['cohere-v2-embed.json', 'cohere', 'cohere', { input: 4 }, null],
    ['deepseek-chat.json', 'deepseek', 'openai-chat', { input: 80, cacheRead: 896, output: 36, reasoning: 25 }, 'deepseek-v4-flash'],
    [
      'deepseek-chat.tool_calls.json',
      'deepseek',
      'openai-chat',
      { input: 51, cacheRead: 512, output: 56, reasoning: 60 },
      'deepseek-v4-flash',
    ],
    ['openrouter-chat.json', 'openrouter', 'openai-chat', { input: 17, output: 5 }, 'anthropic/claude-4.6-sonnet-20260217'],
    ['openrouter-chat.tool_calls.json', 'openrouter', 'openai-chat', { input: 134, output: 43 }, 'mistralai/mistral-small'],
  ])('%s', (name, provider, dialect, expected, model) => {
    const usage = readUsage(provider, dialect, JSON.parse(samples.read(name).toString()))
    expect(usage?.buckets).toEqual(buckets(expected))
    expect(usage?.model ?? null).toBe(model)
  })

  test('openrouter tells what it charged', () => {
    expect(readUsage('openrouter', 'openai-chat', JSON.parse(samples.read('openrouter-chat.json').toString()))?.costNanos).toBe(126_000n)
    expect(
      readUsage('openrouter', 'openai-chat', JSON.parse(samples.read('openrouter-chat.tool_calls.json').toString()))?.costNanos,
    ).toBeNull()
  })

  test('a rerank is billed by searches, which are no tokens', () => {
    expect(readUsage('cohere', 'cohere', JSON.parse(samples.read('cohere-v2-rerank.json').toString()))).toBeNull()
  })
})

describe('shapes that are not among the recorded ones', () => {
  test.each<[string, ProviderName, Dialect, unknown, Partial<TokenBuckets> | null]>([
    [
      'cache written and audio',
      'openai',
      'openai-chat',
      {
        usage: {
          prompt_tokens: 100,
          completion_tokens: 50,
          prompt_tokens_details: { cached_tokens: 20, cache_write_tokens: 30, audio_tokens: 10 },
          completion_tokens_details: { reasoning_tokens: 5, audio_tokens: 15 },
        },
      },
      { input: 40, cacheRead: 20, cacheWrite: 30, audioInput: 10, output: 30, reasoning: 5, audioOutput: 15 },
    ],
    [
      'more cached than read',
      'openai',
      'openai-chat',
      { usage: { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 99 } } },
      { cacheRead: 10, output: 1 },
    ],
    [
      'parts that exceed the whole together',
      'openai',
      'openai-chat',
      {
        usage: {
          prompt_tokens: 10,
          completion_tokens: 4,
          prompt_tokens_details: { cached_tokens: 8, cache_write_tokens: 8 },
          completion_tokens_details: { reasoning_tokens: 9 },
        },
      },
      { cacheRead: 8, cacheWrite: 2, reasoning: 4 },
    ],
    [
      'mistral, third name',
      'mistral',
      'openai-chat',
      { usage: { prompt_tokens: 70, completion_tokens: 12, prompt_token_details: { cached_tokens: 60 } } },
      { input: 10, cacheRead: 60, output: 12 },
    ],
    [
      'mistral, null details',
      'mistral',
      'openai-chat',
      { usage: { prompt_tokens: 7, completion_tokens: 1, prompt_tokens_details: null, num_cached_tokens: null } },
      { input: 7, output: 1 },
    ],
    [
      'deepseek without details',
      'deepseek',
      'openai-chat',
      { usage: { prompt_tokens: 10, completion_tokens: 3, prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 6 } },
      { input: 6, cacheRead: 4, output: 3 },
    ],
    [
      'groq, usage in its own corner only',
      'groq',
      'openai-chat',
      { x_groq: { usage: { prompt_tokens: 5, completion_tokens: 2 } } },
      { input: 5, output: 2 },
    ],
    [
      'gemini compat that counts its thoughts',
      'google',
      'openai-chat',
      { usage: { prompt_tokens: 10, completion_tokens: 30, total_tokens: 40, completion_tokens_details: { reasoning_tokens: 25 } } },
      { input: 10, output: 5, reasoning: 25 },
    ],
    [
      'gemini compat without a total',
      'google',
      'openai-chat',
      { usage: { prompt_tokens: 10, completion_tokens: 30 } },
      { input: 10, output: 30 },
    ],
    [
      'gemini with cache, tools and audio',
      'google',
      'gemini',
      {
        usageMetadata: {
          promptTokenCount: 100,
          toolUsePromptTokenCount: 10,
          cachedContentTokenCount: 40,
          candidatesTokenCount: 20,
          thoughtsTokenCount: 7,
          promptTokensDetails: [
            { modality: 'TEXT', tokenCount: 70 },
            { modality: 'AUDIO', tokenCount: 30 },
          ],
          cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 10 }],
          candidatesTokensDetails: [
            { modality: 'IMAGE', tokenCount: 15 },
            { modality: 'AUDIO', tokenCount: 2 },
          ],
        },
      },
      { input: 50, cacheRead: 40, audioInput: 20, output: 3, reasoning: 7, audioOutput: 2, image: 15 },
    ],
    [
      'anthropic, both kinds of cache',
      'anthropic',
      'anthropic-messages',
      {
        usage: {
          input_tokens: 1,
          cache_read_input_tokens: 2,
          cache_creation_input_tokens: 10,
          cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 6 },
          output_tokens: 9,
          output_tokens_details: { thinking_tokens: 5 },
        },
      },
      { input: 1, cacheRead: 2, cacheWrite: 4, cacheWriteLong: 6, output: 4, reasoning: 5 },
    ],
    [
      'anthropic, no split',
      'anthropic',
      'anthropic-messages',
      { usage: { input_tokens: 1, cache_creation_input_tokens: 10, output_tokens: 2 } },
      { input: 1, cacheWrite: 10, output: 2 },
    ],
    [
      'anthropic, compacted on the way',
      'anthropic',
      'anthropic-messages',
      {
        usage: {
          input_tokens: 20,
          output_tokens: 30,
          iterations: [
            { type: 'compaction', input_tokens: 100, output_tokens: 5 },
            { type: 'message', input_tokens: 20, output_tokens: 30 },
            { type: 'fallback_message', input_tokens: 7, output_tokens: 7 },
          ],
        },
      },
      { input: 120, output: 35 },
    ],
    [
      'cohere without billed units',
      'cohere',
      'cohere',
      { usage: { tokens: { input_tokens: 5, output_tokens: 6 } } },
      { input: 5, output: 6 },
    ],
    ['cohere compat', 'cohere', 'openai-chat', { usage: { prompt_tokens: 5, completion_tokens: 6 } }, { input: 5, output: 6 }],
    ['ollama, prompt cached whole', 'ollama', 'ollama', { model: 'm', done: true, eval_count: 8 }, { output: 8 }],
    [
      'images',
      'openai',
      'openai-chat',
      { usage: { input_tokens: 50, output_tokens: 272, total_tokens: 322, output_tokens_details: { image_tokens: 272 } } },
      { input: 50, image: 272 },
    ],
    [
      'openrouter with produced images',
      'openrouter',
      'openai-chat',
      { usage: { prompt_tokens: 5, completion_tokens: 1300, completion_tokens_details: { image_tokens: 1290 } } },
      { input: 5, output: 10, image: 1290 },
    ],
    ['no usage', 'openai', 'openai-chat', { choices: [] }, null],
    ['usage null', 'openai', 'openai-chat', { usage: null }, null],
    ['usage of another kind', 'openai', 'openai-chat', { usage: { seconds: 4, type: 'duration' } }, null],
    ['a negative count', 'openai', 'openai-chat', { usage: { prompt_tokens: -5, completion_tokens: 1 } }, null],
    ['a fraction', 'openai', 'openai-chat', { usage: { prompt_tokens: 5.5, completion_tokens: 1 } }, null],
    ['a text', 'anthropic', 'anthropic-messages', { usage: { input_tokens: '5', output_tokens: 1 } }, null],
    ['no object at all', 'openai', 'openai-chat', 'nope', null],
    ['null', 'ollama', 'ollama', null, null],
  ])('%s: %s', (_what, provider, dialect, answer, expected) => {
    expect(readUsage(provider, dialect, answer)?.buckets ?? null).toEqual(expected === null ? null : buckets(expected))
  })

  test("a charge with a key of one's own is the fee and the upstream together", () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1, cost: 0.00005, is_byok: true, cost_details: { upstream_inference_cost: 0.001 } }
    expect(readUsage('openrouter', 'openai-chat', { usage })?.costNanos).toBe(1_050_000n)
  })
  test('web searches that Anthropic made are told besides the tokens', () => {
    const usage = { input_tokens: 1, output_tokens: 1, server_tool_use: { web_search_requests: 3, web_fetch_requests: 2 } }
    expect(readUsage('anthropic', 'anthropic-messages', { usage })?.webSearches).toBe(3)
    expect(readUsage('openrouter', 'anthropic-messages', { usage })?.webSearches).toBe(0)
  })
  test.each<[string, ProviderName, Dialect, unknown, string | null]>([
    ['beside the usage', 'openai', 'openai-chat', { service_tier: 'priority', usage: { prompt_tokens: 1 } }, 'priority'],
    ['within it', 'anthropic', 'anthropic-messages', { usage: { input_tokens: 1, service_tier: 'batch' } }, 'batch'],
    ['in a last event', 'openai', 'openai-responses', { response: { service_tier: 'flex', usage: { input_tokens: 1 } } }, 'flex'],
    ['nowhere', 'openai', 'openai-chat', { usage: { prompt_tokens: 1 } }, null],
  ])('the tier that has served is told %s', (_where, provider, dialect, answer, tier) => {
    expect(readUsage(provider, dialect, answer)?.serviceTier).toBe(tier)
  })
  test('a cost that another provider names is not believed', () => {
    expect(readUsage('openai', 'openai-chat', { usage: { prompt_tokens: 1, completion_tokens: 1, cost: 1 } })?.costNanos).toBeNull()
  })
})

test("whatever is reported, buckets are counts, and OpenAI's add up to its totals", () => {
  const count = fc.oneof(fc.nat(10_000), fc.constant(null), fc.constant(undefined))
  fc.assert(
    fc.property(
      fc.nat(10_000),
      fc.nat(10_000),
      fc.record({ cached_tokens: count, cache_write_tokens: count, audio_tokens: count }),
      fc.record({ reasoning_tokens: count, audio_tokens: count, image_tokens: count }),
      (prompt, completion, input, output) => {
        const usage = readUsage('openai', 'openai-chat', {
          usage: { prompt_tokens: prompt, completion_tokens: completion, prompt_tokens_details: input, completion_tokens_details: output },
        })
        expect(usage).not.toBeNull()
        if (usage === null) return
        expect(Object.values(usage.buckets).every((value) => Number.isSafeInteger(value) && value >= 0)).toBe(true)
        expect(inputTokens(usage.buckets)).toBe(prompt)
        expect(outputTokens(usage.buckets)).toBe(completion)
      },
    ),
  )
})

test.each<[unknown, bigint | null]>([
  [0, 0n],
  [1, 1_000_000_000n],
  [0.000126, 126_000n],
  [1e-9, 1n],
  [5e-10, 1n],
  [4.9e-10, 0n],
  [0.0000315005, 31_501n],
  [1.5e21, 1_500_000_000_000_000_000_000_000_000_000n],
  [0.08333333333333334, 83_333_333n],
  [-1, null],
  [Number.NaN, null],
  [Number.POSITIVE_INFINITY, null],
  ['1', null],
])('%s dollars in nano-dollars', (usd, nanos) => {
  expect(nanosOfDecimal(usd)).toBe(nanos)
})
