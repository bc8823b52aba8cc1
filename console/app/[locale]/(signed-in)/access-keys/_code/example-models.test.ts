import { expect, test } from 'vitest'
import { codeModelsOf, dialectsOf, isSpokenTo } from './example-models.ts'

test('a key that may use every model gets a usual one of each dialect', () => {
  expect(codeModelsOf(null, null)).toEqual({ openai: 'gpt-5-mini', anthropic: 'claude-haiku-4-5' })
})

test('the code names models that the key may use', () => {
  expect(codeModelsOf(['claude-opus-4-5', 'gpt-5.6'], null)).toEqual({ openai: 'gpt-5.6', anthropic: 'claude-opus-4-5' })
  expect(codeModelsOf(['deepseek-chat'], null)).toEqual({ openai: 'deepseek-chat', anthropic: 'deepseek-chat' })
  expect(codeModelsOf(['anthropic/claude-haiku-4-5'], 'openai')).toEqual({
    openai: 'anthropic/claude-haiku-4-5',
    anthropic: 'anthropic/claude-haiku-4-5',
  })
})

test('an agent’s provider decides where the key leaves it open', () => {
  expect(codeModelsOf(null, 'groq')).toEqual({ openai: 'llama-3.3-70b-versatile', anthropic: 'llama-3.3-70b-versatile' })
  expect(codeModelsOf(null, 'anthropic')).toEqual({ openai: 'claude-haiku-4-5', anthropic: 'claude-haiku-4-5' })
})

test('a model is called in its own dialect, and in both where its provider understands both', () => {
  expect([isSpokenTo('gpt-5-mini', 'openai', null), isSpokenTo('gpt-5-mini', 'anthropic', null)]).toEqual([true, false])
  expect([isSpokenTo('claude-haiku-4-5', 'openai', null), isSpokenTo('claude-haiku-4-5', 'anthropic', null)]).toEqual([false, true])
  expect([isSpokenTo('anthropic/claude-haiku-4-5', 'openai', null), isSpokenTo('some-model', 'openai', 'anthropic')]).toEqual([
    false,
    false,
  ])
  expect([isSpokenTo('deepseek-chat', 'anthropic', null), isSpokenTo('anthropic/claude-sonnet-4.5', 'openai', 'openrouter')]).toEqual([
    true,
    true,
  ])
})

test('only the SDKs that can call an agent’s provider are offered', () => {
  expect([dialectsOf('openai'), dialectsOf('groq'), dialectsOf('google')]).toEqual([['openai'], ['openai'], ['openai']])
  expect(dialectsOf('anthropic')).toEqual(['anthropic'])
  expect([dialectsOf('deepseek'), dialectsOf('openrouter'), dialectsOf(null)]).toEqual([
    ['openai', 'anthropic'],
    ['openai', 'anthropic'],
    ['openai', 'anthropic'],
  ])
})
