import { expect, test } from 'vitest'
import { modelLimits, type ModelLimits } from './model-limits.ts'
import type { ProviderName } from './provider.ts'

test.each<[ProviderName, string, ModelLimits | null]>([
  ['openai', 'gpt-4o-mini', { context: 128_000, output: 16_384 }],
  ['openai', 'gpt-4o-2024-05-13', { context: 128_000, output: 4_096 }],
  ['openai', 'gpt-4.1-mini', { context: 1_048_576, output: 32_768 }],
  ['openai', 'gpt-4', { context: 8_192 }],
  ['openai', 'gpt-4-turbo', { context: 128_000, output: 4_096 }],
  ['openai', 'o3-mini', { context: 200_000, output: 100_000 }],
  ['openai', 'gpt-5', { context: 400_000, output: 128_000 }],
  ['openai', 'gpt-5.1-chat-latest', { context: 400_000, output: 16_384 }],
  ['openai', 'gpt-5.6-sol', { context: 1_050_000, output: 128_000 }],
  ['openai', 'text-embedding-3-small', { context: 8_192, output: 0 }],
  ['openai', 'gpt-9', null],
  ['azure', 'gpt-4o', { context: 128_000, output: 16_384 }],
  ['anthropic', 'claude-3-5-sonnet-20241022', { context: 200_000, output: 8_192 }],
  ['anthropic', 'claude-opus-4-20250514', { context: 200_000, output: 32_000 }],
  ['anthropic', 'claude-opus-4-1-20250805', { context: 200_000, output: 32_000 }],
  ['anthropic', 'claude-sonnet-4-5-20250929', { context: 200_000, output: 64_000 }],
  ['anthropic', 'claude-opus-4-8', { context: 1_000_000, output: 128_000 }],
  ['anthropic', 'claude-haiku-5-5', { context: 1_000_000, output: 128_000 }],
  ['google', 'gemini-2.5-flash', { context: 1_048_576, output: 65_536 }],
  ['google', 'models/gemini-2.0-flash-001', { context: 1_048_576, output: 8_192 }],
  ['google', 'gemini-2.5-flash-image', { context: 1_048_576 }],
  ['groq', 'llama-3.3-70b-versatile', { context: 131_072, output: 32_768 }],
  ['groq', 'openai/gpt-oss-120b', { context: 131_072, output: 65_536 }],
  ['mistral', 'mistral-large-latest', { context: 262_144 }],
  ['cohere', 'command-a-03-2025', { context: 256_000, output: 8_000 }],
  ['deepseek', 'deepseek-chat', { context: 1_000_000, output: 384_000 }],
  ['openrouter', 'anthropic/claude-sonnet-4.5', { context: 200_000, output: 64_000 }],
  ['openrouter', 'openai/gpt-4o-mini:free', { context: 128_000, output: 16_384 }],
  ['openrouter', 'unknown/model', null],
  ['openrouter', 'auto', null],
  ['ollama', 'llama3.2', null],
])('%s %s', (provider, model, limits) => {
  expect(modelLimits(provider, model)).toEqual(limits)
})
