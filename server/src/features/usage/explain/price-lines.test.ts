import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StoredPrice } from '../../models/in-force/stored-price.ts'
import { tokenColumns } from '../events.record.ts'
import { priceLinesOf } from './price-lines.ts'

type Column = (typeof tokenColumns)[number]
const none = Object.fromEntries(tokenColumns.map((column) => [column, 0n])) as Record<Column, bigint>
const event = (tokens: Partial<Record<Column, bigint>>, price: Record<string, string>, cost: bigint | null, source = 'test') => ({
  ...none,
  ...tokens,
  cost_nanos: cost,
  reserved_nanos: 9_000n,
  price: { source, per_million_nanos: price } as StoredPrice,
})

test('each bucket at its own price, by hand', () => {
  const price = {
    input: '3000000000',
    cache_read: '300000000',
    cache_write: '3750000000',
    cache_write_long: '6000000000',
    output: '15000000000',
  }
  const tokens = {
    tokens_input: 10n,
    tokens_cache_read: 1_000n,
    tokens_cache_write: 200n,
    tokens_cache_write_long: 300n,
    tokens_output: 40n,
  }
  expect(priceLinesOf(event(tokens, price, 3_480_000n))).toEqual([
    { bucket: 'input', tokens: 10, usd_per_million: 3, cost: 0.00003 },
    { bucket: 'cache_read', tokens: 1_000, usd_per_million: 0.3, cost: 0.0003 },
    { bucket: 'cache_write', tokens: 200, usd_per_million: 3.75, cost: 0.00075 },
    { bucket: 'cache_write_long', tokens: 300, usd_per_million: 6, cost: 0.0018 },
    { bucket: 'output', tokens: 40, usd_per_million: 15, cost: 0.0006 },
  ])
})

test('a charge was rounded once: lines of less than half a nano-dollar add up to it', () => {
  const lines = priceLinesOf(event({ tokens_input: 1n, tokens_output: 1n }, { input: '400000', output: '400000' }, 1n))
  expect(lines.map(({ bucket, cost }) => [bucket, cost])).toEqual([
    ['input', 0],
    ['output', 0.000000001],
  ])
})

test('web searches have a line of their own', () => {
  const price = { source: 'test', web_searches: 3, per_million_nanos: { input: '3000000000', web_search: '10000000000000' } }
  const searched = { ...event({ tokens_input: 10n }, {}, 30_030_000n), price }
  expect(priceLinesOf(searched)).toEqual([
    { bucket: 'input', tokens: 10, usd_per_million: 3, cost: 0.00003 },
    { bucket: 'web_search', tokens: 3, usd_per_million: 10_000, cost: 0.03 },
  ])
})

test('what was not charged by tokens is one line that says why', () => {
  const tokens = { tokens_input: 17n, tokens_output: 5n }
  expect(priceLinesOf(event(tokens, {}, 126_000n, 'provider'))).toEqual([
    { bucket: 'provider', tokens: 22, usd_per_million: null, cost: 0.000126 },
  ])
  expect(priceLinesOf(event({}, { input: '1' }, 9_000n))).toEqual([
    { bucket: 'reserved', tokens: 0, usd_per_million: null, cost: 0.000009 },
  ])
  expect(priceLinesOf(event({ tokens_audio_input: 3n }, { input: '1' }, 9_000n))).toMatchObject([{ bucket: 'reserved', tokens: 3 }])
  expect(priceLinesOf(event(tokens, { input: '1', output: '1' }, 77n))).toMatchObject([{ bucket: 'other', cost: 0.000000077 }])
  expect(priceLinesOf(event(tokens, {}, null))).toEqual([])
  expect(priceLinesOf(event({}, { input: '1' }, 0n))).toEqual([])
})

test('whatever was used at whatever price, the lines add up to the charge', () => {
  const amounts = fc.array(fc.record({ tokens: fc.bigInt(0n, 10_000n), price: fc.bigInt(0n, 20_000_000_000n) }), {
    minLength: tokenColumns.length,
    maxLength: tokenColumns.length,
  })
  fc.assert(
    fc.property(amounts, (used) => {
      const tokens = Object.fromEntries(tokenColumns.map((column, index) => [column, used[index]!.tokens]))
      const price = Object.fromEntries(tokenColumns.map((column, index) => [column.slice('tokens_'.length), String(used[index]!.price)]))
      const exact = used.reduce((sum, each) => sum + each.tokens * each.price, 0n)
      const cost = (exact + 500_000n) / 1_000_000n
      const lines = priceLinesOf(event(tokens, price, cost))
      expect(lines.reduce((sum, line) => sum + BigInt(Math.round(line.cost * 1e9)), 0n)).toBe(cost)
      expect(lines.every((line) => line.usd_per_million !== null)).toBe(true)
    }),
  )
})
