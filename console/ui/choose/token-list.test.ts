import { expect, test } from 'vitest'
import { newTokens, suggestionsFor } from './token-list.ts'

test('a pasted list becomes words, each once, and none twice', () => {
  expect(newTokens(' 10.0.0.0/8, 10.1.2.3\n10.1.2.3;;2001:db8::1 ', /[\s,;]+/, ['10.0.0.0/8'])).toEqual(['10.1.2.3', '2001:db8::1'])
  expect(newTokens('  ', /[\s,;]+/, [])).toEqual([])
})

test('suggestions hold what is typed, in any case, those that begin with it first', () => {
  const models = ['anthropic/claude-haiku-4-5', 'claude-haiku-4-5', 'gpt-5-mini', 'Claude-next', 'claude-haiku-4-5']
  expect(suggestionsFor('cla', models, [], 8)).toEqual(['claude-haiku-4-5', 'Claude-next', 'anthropic/claude-haiku-4-5'])
  expect(suggestionsFor('', models, ['gpt-5-mini'], 2)).toEqual(['anthropic/claude-haiku-4-5', 'claude-haiku-4-5'])
})
