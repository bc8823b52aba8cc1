import { expect, test } from 'vitest'
import { barOf, byPlace, fullness, isRate, leftOf, mayChange, overOf, standingOf } from './quota.ts'
import type { Quota } from './quota.ts'

const quota = (more: Partial<Quota> = {}): Quota => ({
  id: 'a',
  tenant_id: 't',
  subject_type: 'agent',
  subject_id: 's',
  subject_name: 'Atendimento',
  metric: 'cost',
  amount: 25,
  window: 'month',
  timezone: 'UTC',
  anchor: null,
  hard: true,
  thresholds: [0.5, 0.8, 1],
  provider: null,
  model: null,
  origin: 'quota',
  imposed: false,
  window_start: '2026-11-01T00:00:00.000Z',
  resets_at: '2026-12-01T00:00:00.000Z',
  used: 0,
  reserved: 0,
  unproved: 0,
  created_at: '2026-11-01T00:00:00.000Z',
  updated_at: null,
  ...more,
})

test('what is left is what is neither used nor reserved, to the nano-dollar', () => {
  expect(leftOf(quota({ amount: 0.3, used: 0.1, reserved: 0.1 }))).toBe(0.1)
  expect(leftOf(quota({ used: 25.5 }))).toBe(0)
  expect(overOf(quota({ used: 25.1 }))).toBe(0.1)
  expect(overOf(quota({ used: 20 }))).toBe(0)
})

test.each([
  [{ used: 5 }, { state: 'fine' }],
  [{ used: 12.5 }, { state: 'near', threshold: 0.5 }],
  [{ used: 24.99 }, { state: 'near', threshold: 0.8 }],
  [{ used: 24.99, thresholds: [1] }, { state: 'fine' }],
  [{ used: 24, reserved: 1 }, { state: 'full' }],
  [{ used: 25 }, { state: 'reached' }],
  [{ used: 31 }, { state: 'reached' }],
  [{ used: 31, hard: false }, { state: 'over' }],
  [
    { used: 24, reserved: 9, hard: false },
    { state: 'near', threshold: 0.8 },
  ],
  [{ amount: 0 }, { state: 'blocked' }],
  [{ amount: 0, hard: false }, { state: 'over' }],
  [
    { metric: 'parallel', window: 'total', amount: 5, reserved: 4 },
    { state: 'near', threshold: 0.8 },
  ],
  [{ metric: 'parallel', window: 'total', amount: 5, reserved: 5 }, { state: 'full' }],
] as const)('a limit with %j stands as %j', (more, expected) => expect(standingOf(quota(more as Partial<Quota>))).toEqual(expected))

test('calls at once are as full as the places that are held, all else as what was used', () => {
  expect(fullness(quota({ used: 5, reserved: 5 }))).toBe(0.2)
  expect(fullness(quota({ metric: 'parallel', amount: 4, reserved: 3 }))).toBe(0.75)
  expect(fullness(quota({ amount: 0 }))).toBe(1)
})

test('a rate is a count in a minute, an hour or a day, or calls at once; money is a budget', () => {
  const rates = (['cost', 'tokens', 'requests'] as const).map((metric) =>
    (['minute', 'day', 'week', 'total'] as const).map((window) => isRate({ metric, window })),
  )
  expect(rates).toEqual([
    [false, false, false, false],
    [true, true, false, false],
    [true, true, false, false],
  ])
  expect(isRate({ metric: 'parallel', window: 'total' })).toBe(true)
})

test('a limit is changed by who may, where it was set', () => {
  const admin = { permissions: ['quotas:read' as const, 'quotas:write' as const], roles: ['admin' as const] }
  const platform = { ...admin, roles: ['platform_admin' as const] }
  expect([mayChange(quota(), admin), mayChange(quota(), { ...admin, permissions: ['quotas:read'] })]).toEqual([true, false])
  expect([mayChange(quota({ imposed: true }), admin), mayChange(quota({ imposed: true }), platform)]).toEqual([false, true])
  expect(mayChange(quota({ origin: 'usage_limit' }), platform)).toBe(false)
})

test('limits of one thing stand together, the widest things first', () => {
  const listed = [
    quota({ id: '1', subject_type: 'agent', subject_name: 'Vendas' }),
    quota({ id: '2', subject_type: 'agent', subject_name: 'Atendimento', metric: 'requests' }),
    quota({ id: '3', subject_type: 'tenant', subject_name: 'Padaria' }),
    quota({ id: '4', subject_type: 'agent', subject_name: 'Atendimento', metric: 'cost', window: 'day' }),
  ]
  expect(listed.toSorted(byPlace).map(({ id }) => id)).toEqual(['3', '4', '2', '1'])
})

test('a bar is as long as the amount, and longer where that was passed', () => {
  expect(barOf(quota({ amount: 100, used: 60, reserved: 10 }))).toEqual({
    usedPercent: 60,
    heldPercent: 10,
    marksPercent: [50, 80],
    limitPercent: null,
  })
  expect(barOf(quota({ amount: 100, used: 125, thresholds: [0.5, 1] }))).toEqual({
    usedPercent: 100,
    heldPercent: 0,
    marksPercent: [40],
    limitPercent: 80,
  })
  expect(barOf(quota({ amount: 100, used: 900, thresholds: [1.5] }))).toMatchObject({
    usedPercent: 100,
    marksPercent: [75],
    limitPercent: 50,
  })
  expect(barOf(quota({ amount: 0, reserved: 3 }))).toMatchObject({ usedPercent: 100, heldPercent: 0 })
})

test('bars of several windows have one length, so that they can be compared', () => {
  expect(barOf(quota({ amount: 100, used: 50, thresholds: [] }), 1.25)).toEqual({
    usedPercent: 40,
    heldPercent: 0,
    marksPercent: [],
    limitPercent: 80,
  })
})
