import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newDatabase } from '../../../test/harness.ts'
import { openDb, unattended, type OpenDb } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { ensureRootTenant } from '../tenants/tenants.ts'
import { isUsedUp, percentUsed, putLimit, readTotalCosts } from './limits.ts'
import { totalWindowStart } from './windows.ts'

const now = new Date('2026-06-01T12:00:00Z')
let opened: OpenDb
let tenantId: string
beforeAll(async () => {
  opened = openDb(await newDatabase())
  tenantId = (await ensureRootTenant(opened.db, now)).id
})
afterAll(() => opened.close())

const put = (subjectId: string, amount: bigint | null) =>
  unattended(opened.db, (tx) =>
    putLimit(tx, { tenantId, subjectType: 'provider_key', subjectId, metric: 'cost', window: 'total', amount }, now),
  )
const limitsOf = (subjectId: string) => opened.db.selectFrom('limits').selectAll().where('subject_id', '=', subjectId).execute()

describe('a limit over a whole life', () => {
  test('is put once and changed after that; what was posted stays', async () => {
    const subjectId = newId()
    await put(subjectId, null)
    const [made] = await limitsOf(subjectId)
    await opened.db
      .insertInto('limit_counters')
      .values({ tenant_id: tenantId, limit_id: made!.id, window_start: totalWindowStart, posted: 9_007_199_254_740_993n })
      .execute()
    await put(subjectId, 9_223_372_036_854_775_807n)
    expect(await limitsOf(subjectId)).toMatchObject([{ id: made!.id, amount: 9_223_372_036_854_775_807n, updated_at: now }])
    expect((await readTotalCosts(opened.db, tenantId, 'provider_key', [subjectId]))(subjectId)).toEqual({
      amount: 9_223_372_036_854_775_807n,
      posted: 9_007_199_254_740_993n,
    })
  })

  test('counts only its own window, tenant and subjects', async () => {
    const [one, two] = [newId(), newId()]
    await put(one, 5n)
    await put(two, 7n)
    const [limit] = await limitsOf(one)
    await opened.db
      .insertInto('limit_counters')
      .values({ tenant_id: tenantId, limit_id: limit!.id, window_start: now, posted: 3n })
      .execute()
    const costOf = await readTotalCosts(opened.db, tenantId, 'provider_key', [one, two])
    expect([costOf(one), costOf(two)]).toEqual([
      { amount: 5n, posted: 0n },
      { amount: 7n, posted: 0n },
    ])
    expect((await readTotalCosts(opened.db, newId(), 'provider_key', [one]))(one)).toEqual({ amount: null, posted: 0n })
    expect((await readTotalCosts(opened.db, tenantId, 'provider_key', []))(one)).toEqual({ amount: null, posted: 0n })
  })
})

test.each([
  [null, 5n, null, false],
  [100_000_000_000n, 45_500_000_000n, 45.5, false],
  [500_000_000_000n, 75_250_000_000n, 15.05, false],
  [3n, 1n, 33.33, false],
  [3n, 2n, 66.67, false],
  [8_000n, 1n, 0.01, false],
  [100n, 100n, 100, true],
  [100n, 250n, 250, true],
  [0n, 0n, 100, true],
])('of %s, %s is %s percent; used up: %s', (amount, posted, percent, usedUp) => {
  expect(percentUsed({ amount, posted })).toBe(percent)
  expect(isUsedUp({ amount, posted })).toBe(usedUp)
})
