import { describe, expect, test } from 'vitest'
import { providerNames } from '@llm-manager/contract/common'
import { resolveBaseUrl } from './base-url.ts'
import type { BaseUrls, KeyTarget, ProviderName } from './provider.ts'
import { providerOf } from './registry.ts'

const target = (provider: ProviderName, baseUrl: string | null): KeyTarget => ({ provider, baseUrl, secret: null, options: {} })

function resolved(provider: ProviderName, baseUrl: string | null, baseUrls: BaseUrls = {}): string {
  const url = resolveBaseUrl(providerOf(provider), target(provider, baseUrl), baseUrls)
  return url instanceof URL ? url.href : url.refused
}

test('the ten providers are those of the contract, each under its own name', () => {
  expect(providerNames.map((name) => providerOf(name).name)).toEqual([...providerNames])
})

describe('a base URL means what its writer meant', () => {
  test.each<[ProviderName, string | null, string]>([
    ['openai', null, 'https://api.openai.com/v1'],
    ['openai', 'https://api.openai.com', 'https://api.openai.com/v1'],
    ['openai', 'https://api.openai.com/', 'https://api.openai.com/v1'],
    ['openai', 'https://api.openai.com/v1/', 'https://api.openai.com/v1'],
    ['openai', 'https://api.openai.com/v1/chat/completions', 'https://api.openai.com/v1'],
    ['openai', 'https://proxy.example/llm', 'https://proxy.example/llm'],
    ['openai', 'http://127.0.0.1:8080/openai/v1', 'http://127.0.0.1:8080/openai/v1'],
    ['anthropic', null, 'https://api.anthropic.com/'],
    ['anthropic', 'https://api.anthropic.com/v1/', 'https://api.anthropic.com/'],
    ['anthropic', 'https://proxy.example/claude/v1/messages', 'https://proxy.example/claude'],
    ['google', null, 'https://generativelanguage.googleapis.com/'],
    ['google', 'https://generativelanguage.googleapis.com/v1beta/openai/', 'https://generativelanguage.googleapis.com/'],
    ['google', 'https://generativelanguage.googleapis.com/v1beta', 'https://generativelanguage.googleapis.com/'],
    ['groq', null, 'https://api.groq.com/openai/v1'],
    ['groq', 'https://api.groq.com', 'https://api.groq.com/openai/v1'],
    ['groq', 'https://api.groq.com/openai', 'https://api.groq.com/openai/v1'],
    ['ollama', null, 'http://localhost:11434/'],
    ['ollama', 'http://gpu-box:11434/v1', 'http://gpu-box:11434/'],
    ['ollama', 'http://gpu-box:11434/api/', 'http://gpu-box:11434/'],
    ['mistral', null, 'https://api.mistral.ai/v1'],
    ['cohere', null, 'https://api.cohere.com/'],
    ['cohere', 'https://api.cohere.ai/compatibility/v1', 'https://api.cohere.ai/'],
    ['deepseek', null, 'https://api.deepseek.com/'],
    ['deepseek', 'https://api.deepseek.com/v1', 'https://api.deepseek.com/'],
    ['azure', 'https://res.openai.azure.com', 'https://res.openai.azure.com/openai/v1'],
    ['azure', 'https://res.openai.azure.com/openai/', 'https://res.openai.azure.com/openai/v1'],
    ['azure', 'https://res.services.ai.azure.com/openai/v1', 'https://res.services.ai.azure.com/openai/v1'],
    ['openrouter', null, 'https://openrouter.ai/api/v1'],
    ['openrouter', 'https://openrouter.ai/api', 'https://openrouter.ai/api/v1'],
  ])('%s %s', (provider, baseUrl, expected) => {
    expect(resolved(provider, baseUrl)).toBe(expected)
  })
})

test("a key's own base URL goes before the operator's, and that before the default", () => {
  const operators: BaseUrls = { openai: 'http://localhost:9000/openai/v1', azure: 'http://localhost:9000/azure/openai/v1' }
  expect(resolved('openai', null, operators)).toBe('http://localhost:9000/openai/v1')
  expect(resolved('openai', 'https://own.example/v1', operators)).toBe('https://own.example/v1')
  expect(resolved('groq', null, operators)).toBe('https://api.groq.com/openai/v1')
  expect(resolved('azure', null, operators)).toBe('http://localhost:9000/azure/openai/v1')
})

test('azure without a base URL has nowhere to go', () => {
  expect(resolved('azure', null)).toBe('no_base_url')
})

test.each(['ftp://host/v1', 'https://user:pass@host/v1', 'https://host/v1?key=1', 'https://host/v1#a', 'not a url', ''])(
  'a base URL that is none is refused: %s',
  (baseUrl) => {
    expect(resolved('openai', baseUrl)).toBe('bad_base_url')
  },
)
