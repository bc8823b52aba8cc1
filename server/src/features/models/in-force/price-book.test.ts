import { describe, expect, test } from 'vitest'
import { noTokens } from '../../../providers/usage/buckets.ts'
import { rate } from '../prices.rate.ts'
import { bookKey, newestFirst, priceInForce, type PriceBook, type SetPrice } from './price-book.ts'
import { readCeiling, readPrice, storedPrice } from './stored-price.ts'

const set = (id: string, from: string, input: string): SetPrice => ({
  id,
  effectiveFromMs: Date.parse(from),
  price: readPrice({ input, output: '0' }),
})
const book: PriceBook = {
  rootTenantId: 'root',
  prices: new Map([
    [bookKey('root', 'openai', 'gpt-4o'), [set('r2', '2026-06-01T00:00:00Z', '20'), set('r1', '2026-01-01T00:00:00Z', '10')]],
    [bookKey('ours', 'openai', 'gpt-4o'), [set('o2', '2026-09-01T00:00:00Z', '7'), set('o1', '2026-07-01T00:00:00Z', '5')]],
    [bookKey('root', 'ollama', 'llama3.2'), [set('l1', '2026-01-01T00:00:00Z', '1')]],
  ]),
}
const sourceAt = (tenant: string, at: string, model = 'gpt-4o') => priceInForce(book, tenant, 'openai', model, new Date(at))?.source

describe('the newest version in force at the instant counts', () => {
  test.each<[string, string, string]>([
    ['ours', '2026-06-30T23:59:59.999Z', 'price r2'],
    ['ours', '2026-07-01T00:00:00.000Z', 'price o1'],
    ['ours', '2026-08-31T23:59:59.999Z', 'price o1'],
    ['ours', '2026-09-01T00:00:00.000Z', 'price o2'],
    ['theirs', '2026-09-01T00:00:00.000Z', 'price r2'],
    ['root', '2026-05-31T23:59:59.999Z', 'price r1'],
    ['ours', '2025-12-31T23:59:59.999Z', '@pydantic/genai-prices 0.1.8'],
  ])('of %s at %s', (tenant, at, source) => {
    expect(sourceAt(tenant, at)).toBe(source)
  })
  test('a price is that of one name', () => {
    expect(sourceAt('ours', '2026-09-01T00:00:00Z', 'gpt-4o-2024-11-20')).toBe('@pydantic/genai-prices 0.1.8')
  })
  test('lists are kept newest first', () => {
    expect([set('a', '2026-01-01T00:00:00Z', '1'), set('b', '2026-02-01T00:00:00Z', '1')].sort(newestFirst).map(({ id }) => id)).toEqual([
      'b',
      'a',
    ])
  })
})

test('ollama costs nothing unless somebody says so', () => {
  const used = { ...noTokens(), input: 1_000_000 }
  const costOf = (model: string) => rate(used, priceInForce(book, 'ours', 'ollama', model, new Date('2026-11-22T00:00:00Z'))!.price)
  expect([costOf('qwen3'), costOf('llama3.2')]).toEqual([0n, 1n])
})

test('a nano-dollar for a million tokens is counted, half a nano-dollar goes up', () => {
  const price = readPrice({ input: '1', output: '0' })
  const costOf = (input: number) => rate({ ...noTokens(), input }, price)
  expect([costOf(1_000_000), costOf(500_000), costOf(499_999)]).toEqual([1n, 1n, 0n])
})

test('a ceiling leaves nothing unpriced: what it does not name costs as much as the dearest of its side', () => {
  const { price, source, isEstimate } = readCeiling({ input: '5000', cache_write: '8000', output: '30000' })
  expect(price.perMillionNanos).toEqual({
    input: 5_000,
    cacheRead: 8_000,
    cacheWrite: 8_000,
    cacheWriteLong: 8_000,
    audioInput: 8_000,
    output: 30_000,
    reasoning: 30_000,
    audioOutput: 30_000,
    image: 30_000,
  })
  expect([source, isEstimate]).toEqual(['ceiling', true])
})

describe('what is kept with an event', () => {
  const at = new Date('2026-11-22T12:00:00Z')
  test('names the model of the catalogue where it is another than the one asked for', () => {
    const stored = storedPrice(priceInForce(book, 'ours', 'openai', 'gpt-5.6', at)!, null)
    expect(stored).toMatchObject({ source: '@pydantic/genai-prices 0.1.8', model: 'gpt-5.6-sol' })
    expect(storedPrice(priceInForce(book, 'ours', 'openai', 'gpt-4o-mini', at)!, null)).not.toHaveProperty('model')
  })
  test('has the tier that was reached, and each bucket with the price it falls back to', () => {
    const stored = storedPrice(priceInForce(book, 'ours', 'openai', 'gpt-5.4', at)!, { ...noTokens(), input: 272_000 })
    expect(stored.per_million_nanos).toEqual({
      input: '5000000000',
      cache_read: '500000000',
      cache_write: '5000000000',
      cache_write_long: '5000000000',
      output: '22500000000',
      reasoning: '22500000000',
    })
  })
})
