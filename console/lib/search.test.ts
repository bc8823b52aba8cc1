import { expect, test } from 'vitest'
import { matches } from './search.ts'

test('a search finds words without their accents and case', () => {
  expect(matches('PRODUCAO', 'OpenAI produção')).toBe(true)
  expect(matches('  ', 'anything')).toBe(true)
  expect(matches('groq', 'OpenAI', null)).toBe(false)
})
