import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { release, settle } from './accounts.ts'
import { accountsFor } from './book.ts'
import { amounts, openLeaseWorld, type LeaseWorld, type Process } from './test-kit.ts'

let world: LeaseWorld
beforeEach(async () => {
  world = await openLeaseWorld()
})
afterEach(() => world.close())

const accountOf = (process: Process, subjectId: string) =>
  accountsFor(process.book, [subjectId], { provider: 'openai', model: 'm' }, new Date())

describe.each([1, 2, 4])('with %i processes', (count) => {
  test.each(['cost', 'tokens', 'requests', 'parallel'] as const)(
    '64 callers at once on a limit of %s worth 23 reservations: 23 pass',
    async (metric) => {
      const each = metric === 'cost' || metric === 'tokens' ? 7n : 1n
      const { subjectId } = await world.limit({ metric, amount: each * 23n })
      const processes = await Promise.all(Array.from({ length: count }, () => world.process()))
      const answers = await Promise.all(Array.from({ length: 64 }, (_, i) => processes[i % count]!.reserve(subjectId, amounts(7n))))
      expect(answers.filter(Boolean)).toHaveLength(23)
      expect(await world.counters()).toEqual([{ posted: 0n, leased: each * 23n }])
    },
  )

  test('limits stacked on one call: as many pass as the tightest has room for, and no other keeps more', async () => {
    const { subjectId } = await world.limit({ amount: 1000n })
    await world.limit({ subjectId, metric: 'requests', amount: 11n })
    await world.limit({ subjectId, metric: 'tokens', amount: 500n })
    const processes = await Promise.all(Array.from({ length: count }, () => world.process()))
    const answers = await Promise.all(Array.from({ length: 64 }, (_, i) => processes[i % count]!.reserve(subjectId, amounts(7n))))
    expect(answers.filter(Boolean)).toHaveLength(11)
    await Promise.all(processes.map((process) => process.leases.close()))
    expect((await world.counters()).map(({ leased }) => Number(leased)).toSorted((a, b) => a - b)).toEqual([11, 77, 77])
  })
})

test('far from a limit calls ask the database seldom, and near it each of them does', async () => {
  const { subjectId } = await world.limit({ amount: 1_000_000n })
  const process = await world.process()
  for (let call = 0; call < 1000; call++) expect(await process.reserve(subjectId, amounts(10n))).toBe(true)
  expect(process.takes()).toBeLessThan(8)
})

test('room that another process has and does not need is given to who needs it', async () => {
  const { subjectId } = await world.limit({ amount: 100n })
  const [one, two] = [await world.process(), await world.process()]
  expect(await one.reserve(subjectId, amounts(100n))).toBe(true)
  expect(await two.reserve(subjectId, amounts(10n))).toBe(false)
  // A refusal stands for a moment, so that callers who try over and over cost little.
  await new Promise((resolve) => setTimeout(resolve, 50))
  settle(accountOf(one, subjectId), amounts(100n), { cost: 30n, tokens: 0n, requests: 1n, parallel: 0n })
  expect(await two.reserve(subjectId, amounts(70n))).toBe(true)
  expect(await two.reserve(subjectId, amounts(1n))).toBe(false)
  expect(await world.counters()).toEqual([{ posted: 0n, leased: 100n }])
})

test('two processes that each hold a part of what both need do not both go without', async () => {
  const { subjectId } = await world.limit({ amount: 10n })
  const [one, two] = [await world.process(), await world.process()]
  for (const process of [one, two]) {
    await process.reserve(subjectId, amounts(5n))
    release(accountOf(process, subjectId), amounts(5n))
  }
  expect(await world.counters()).toEqual([{ posted: 0n, leased: 10n }])
  const answers = await Promise.all([one.reserve(subjectId, amounts(10n)), two.reserve(subjectId, amounts(10n))])
  expect(answers.filter(Boolean)).toHaveLength(1)
})

test('an epoch that was taken over gets nothing more, and is told once', async () => {
  const { subjectId } = await world.limit({ amount: 100n })
  let told = 0
  let nowMs = 0
  const process = await world.process({ onBlocked: () => told++, now: () => nowMs })
  expect(await process.reserve(subjectId, amounts(40n))).toBe(true)
  await world.sql.query(`update epochs set expires_at = now() - interval '1 hour'`)
  await world.sql.query(`select * from abandon_epochs(interval '10 minutes')`)
  expect(await world.counters()).toEqual([{ posted: 40n, leased: 0n }])
  nowMs += 60_000
  await expect(process.reserve(subjectId, amounts(1n))).rejects.toMatchObject({ name: 'LeasesUnavailable' })
  await expect(process.reserve(subjectId, amounts(1n))).rejects.toMatchObject({ name: 'LeasesUnavailable' })
  expect(told).toBe(1)
  const entries = await world.sql.query('select kind, amount from ledger_entries')
  expect(entries.rows).toEqual([{ kind: 'abandoned', amount: 40n }])
  // Its journal comes back, and shows that nothing of it was spent.
  await world.sql.query('select close_epoch($1)', [process.epoch])
  await world.sql.query('select close_epoch($1)', [process.epoch])
  expect(await world.counters()).toEqual([{ posted: 0n, leased: 0n }])
})

test('a lost answer hides room for a moment, and is found again', async () => {
  const { subjectId } = await world.limit({ amount: 100n })
  let nowMs = 0
  let loses = true
  const process = await world.process({
    now: () => nowMs,
    store: (store) => ({
      ...store,
      async take(...asked) {
        const taken = await store.take(...asked)
        if (loses) throw new Error('the connection was lost')
        return taken
      },
    }),
  })
  await expect(process.reserve(subjectId, amounts(60n))).rejects.toMatchObject({ name: 'LeasesUnavailable' })
  expect(await world.counters()).toEqual([{ posted: 0n, leased: 60n }])
  loses = false
  nowMs += 5_000
  expect(await process.reserve(subjectId, amounts(100n))).toBe(true)
  expect(await process.reserve(subjectId, amounts(1n))).toBe(false)
  expect(await world.counters()).toEqual([{ posted: 0n, leased: 100n }])
})

test('a new window of a limit has room again, and the old one keeps what was posted to it', async () => {
  const { subjectId } = await world.limit({ metric: 'requests', window: 'minute', amount: 2n })
  let at = new Date('2026-06-01T12:00:59Z')
  const process = await world.process({ wallNow: () => at.getTime() })
  const reserve = () => process.reserve(subjectId, amounts(1n), at)
  expect([await reserve(), await reserve(), await reserve()]).toEqual([true, true, false])
  at = new Date('2026-06-01T12:01:00Z')
  expect([await reserve(), await reserve(), await reserve()]).toEqual([true, true, false])
  expect(await world.counters()).toEqual([
    { posted: 0n, leased: 2n },
    { posted: 0n, leased: 2n },
  ])
})
