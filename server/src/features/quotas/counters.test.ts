import fc from 'fast-check'
import { expect, test } from 'vitest'
import { release, reserve, settle, takenOf, type Amounts, type Counter } from './counters.ts'

const counterOf = (amount: bigint | null, metric: Counter['limit']['metric'] = 'cost'): Counter => ({
  limit: { tenantId: 't', id: 'l', subjectType: 'provider_key', subjectId: 's', metric, window: 'total', amount },
  windowStart: '1970-01-01T00:00:00.000Z',
  posted: 0n,
  undrained: 0n,
  pending: 0n,
})
const costs = (cost: bigint): Amounts => ({ cost, tokens: cost * 2n, requests: 1n, parallel: 1n })

test('a reservation that fits to the last nano-dollar is taken, one more is not', () => {
  const counter = counterOf(100n)
  expect(reserve([counter], costs(100n))).toBe(null)
  expect(reserve([counter], costs(1n))).toBe(counter)
  expect(counter.pending).toBe(100n)
})

test('a call is reserved in every limit or in none', () => {
  const [wide, narrow] = [counterOf(1000n), counterOf(10n, 'tokens')]
  expect(reserve([wide, narrow], costs(6n))).toBe(narrow)
  expect([wide.pending, narrow.pending]).toEqual([0n, 0n])
  expect(reserve([wide, narrow], costs(5n))).toBe(null)
  expect([wide.pending, narrow.pending]).toEqual([5n, 10n])
})

test('a limit without an amount counts and refuses nothing', () => {
  const counter = counterOf(null)
  expect(reserve([counter], costs(10n ** 18n))).toBe(null)
  settle([counter], costs(10n ** 18n), { cost: 7n, tokens: 0n, requests: 1n, parallel: 0n })
  expect([counter.undrained, counter.pending]).toEqual([7n, 0n])
})

test('calls at once are counted while they run', () => {
  const counter = counterOf(2n, 'parallel')
  expect([reserve([counter], costs(1n)), reserve([counter], costs(1n)), reserve([counter], costs(1n))]).toEqual([null, null, counter])
  settle([counter], costs(1n), { cost: 1n, tokens: 1n, requests: 1n, parallel: 0n })
  expect(takenOf(counter)).toBe(1n)
})

test('whatever is admitted, settled and given back, nothing is admitted past the amount, and in the end nothing is pending', () => {
  const step = fc.record({ reserved: fc.bigInt(0n, 50n), used: fc.bigInt(0n, 80n), settles: fc.boolean(), later: fc.boolean() })
  fc.assert(
    fc.property(fc.bigInt(0n, 300n), fc.array(step, { maxLength: 40 }), (amount, steps) => {
      const counter = counterOf(amount)
      const open: (() => void)[] = []
      let used = 0n
      for (const { reserved, used: actual, settles, later } of steps) {
        const before = takenOf(counter)
        const refused = reserve([counter], costs(reserved))
        expect(refused !== null).toBe(before + reserved > amount)
        if (refused) continue
        open.push(() => {
          if (!settles) return release([counter], costs(reserved))
          settle([counter], costs(reserved), costs(actual))
          used += actual
        })
        if (!later) open.shift()!()
      }
      for (const finish of open) finish()
      expect([counter.pending, counter.undrained]).toEqual([0n, used])
    }),
  )
})
