import { expect, test } from 'vitest'
import { groupErrors } from './error-groups.ts'
import type { UsageEvent } from './error-groups.ts'

const failed = (part: Partial<UsageEvent>) =>
  ({
    error_source: 'provider',
    error_code: 'rate_limited',
    http_status: 429,
    provider: 'openai',
    model: 'gpt-4o',
    at: '2026-11-22T12:00:00Z',
    ...part,
  }) as UsageEvent

test('errors of one cause are one line, with how many, which models and the latest', () => {
  const groups = groupErrors([
    failed({ at: '2026-11-22T12:05:00Z' }),
    failed({ provider: 'anthropic', at: '2026-11-22T12:04:00Z' }),
    failed({ model: 'gpt-4o-mini', at: '2026-11-22T12:03:00Z' }),
    failed({ error_source: 'gateway', at: '2026-11-22T12:02:00Z' }),
  ])
  expect(groups.map(({ source, provider, count, models, lastAt }) => [source, provider, count, models, lastAt])).toEqual([
    ['provider', 'openai', 2, ['gpt-4o', 'gpt-4o-mini'], '2026-11-22T12:05:00Z'],
    ['provider', 'anthropic', 1, ['gpt-4o'], '2026-11-22T12:04:00Z'],
    ['gateway', 'openai', 1, ['gpt-4o'], '2026-11-22T12:02:00Z'],
  ])
})

test('an error without a code goes by its HTTP status, or is unknown', () => {
  const codes = groupErrors([failed({ error_code: null }), failed({ error_code: null, http_status: null })]).map(({ code }) => code)
  expect(codes).toEqual(['HTTP 429', 'unknown'])
})
