import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { release, settle, type Amounts } from './accounts.ts'
import { accountsFor, putLimit } from './book.ts'
import { openLeaseStore } from './leases.store.ts'
import { amounts, openLeaseWorld, type LeaseWorld, type Process } from './test-kit.ts'

/** What may happen while calls wait for their room. */

let world: LeaseWorld
beforeEach(async () => {
  world = await openLeaseWorld()
})
afterEach(() => world.close())

const accountsOf = (process: Process, subjectIds: string[]) =>
  accountsFor(process.book, subjectIds, { provider: 'openai', model: 'm' }, new Date())

/** Whether a call on several subjects is let in. */
async function isLetIn(process: Process, subjectIds: string[], worst: Amounts): Promise<boolean> {
  const reserved = process.leases.reserve(accountsOf(process, subjectIds), worst)
  return await Promise.resolve(reserved).then(
    () => true,
    () => false,
  )
}

test('a limit that stops being enforced, or begins to be, leaves nothing behind in its account', async () => {
  const first = await world.limit({ amount: 100n })
  const second = await world.limit({ amount: 100n, isHard: false })
  const process = await world.process()
  const ids = [first.subjectId, second.subjectId]
  const letIn = isLetIn(process, ids, amounts(10n))
  putLimit(process.book, { ...first, isHard: false })
  putLimit(process.book, { ...second, isHard: true })
  expect(await letIn).toBe(true)
  release(accountsOf(process, ids), amounts(10n))
  for (const { pending, waiting } of accountsOf(process, ids)) expect({ pending, waiting }).toEqual({ pending: 0n, waiting: 0n })
})

test('what was settled above its reservation is covered by whoever is let in next, also behind a call that is refused', async () => {
  const { subjectId } = await world.limit({ amount: 6n })
  const process = await world.process()
  expect(await isLetIn(process, [subjectId], amounts(1n))).toBe(true)
  settle(accountsOf(process, [subjectId]), amounts(1n), { ...amounts(2n), parallel: 0n })
  const both = [isLetIn(process, [subjectId], amounts(5n)), isLetIn(process, [subjectId], amounts(2n))]
  expect(await Promise.all(both)).toEqual([false, true])
  expect(await world.counters()).toEqual([{ posted: 0n, leased: 4n }])
})

test('a call is not refused for want of room that one before it did not get either', async () => {
  const shared = await world.limit({ amount: 10n })
  const narrow = await world.limit({ amount: 1n })
  const process = await world.process()
  expect(await isLetIn(process, [shared.subjectId], amounts(10n))).toBe(true)
  release(accountsOf(process, [shared.subjectId]), amounts(10n))
  // Behind a call for more than there is here, so that both wait.
  const large = isLetIn(process, [shared.subjectId], amounts(11n))
  const refused = isLetIn(process, [shared.subjectId, narrow.subjectId], amounts(10n))
  const fitting = isLetIn(process, [shared.subjectId], amounts(10n))
  expect(await Promise.all([large, refused, fitting])).toEqual([false, false, true])
})

test('an asking for room that arrives after a later one gives nothing', async () => {
  const { tenantId, id, subjectId } = await world.limit({ amount: 10n })
  const process = await world.process()
  expect(await isLetIn(process, [subjectId], amounts(1n))).toBe(true)
  const store = openLeaseStore(world.url)
  const want = { tenant_id: tenantId, limit_id: id, window_start: '1970-01-01T00:00:00.000Z', need: '1', ask: '0' }
  expect(await store.take(process.epoch, 9, [[want]])).toMatchObject({ state: 'done' })
  expect(await store.take(process.epoch, 8, [[want]])).toEqual({ state: 'not_live' })
  expect(await world.counters()).toEqual([{ posted: 0n, leased: 2n }])
  await store.close()
})

test('nobody is let in after the term of a process, though their answer was on its way', async () => {
  const { subjectId } = await world.limit({ amount: 10n })
  let nowMs = 0
  const process = await world.process({
    now: () => nowMs,
    store: (store) => ({
      ...store,
      async take(...asked) {
        const taken = await store.take(...asked)
        // The process sleeps, and is taken over.
        nowMs += 3_600_000
        await world.sql.query(`update epochs set blocked_at = now()`)
        return taken
      },
    }),
  })
  expect(await isLetIn(process, [subjectId], amounts(1n))).toBe(false)
})

test('room that is on its way back is used by nobody, whatever else happens meanwhile', async () => {
  const { subjectId } = await world.limit({ amount: 100n })
  const answered = Promise.withResolvers<void>()
  const process = await world.process({
    store: (store) => ({
      ...store,
      async giveBack(...asked) {
        const words = await store.giveBack(...asked)
        await answered.promise
        return words
      },
    }),
  })
  const account = () => accountsOf(process, [subjectId])
  for (const cost of [10n, 5n, 20n]) expect(await isLetIn(process, [subjectId], amounts(cost))).toBe(true)
  release(account(), amounts(20n))
  process.leases.surrender(account()[0]!)
  await vi.waitFor(async () => expect(await world.counters()).toEqual([{ posted: 0n, leased: 15n }]))
  // While the answer is on its way a call costs more than was reserved, somebody asks for room again, and another call ends.
  settle(account(), amounts(10n), { ...amounts(18n), parallel: 0n })
  process.leases.surrender(account()[0]!)
  release(account(), amounts(5n))
  const letIn = isLetIn(process, [subjectId], amounts(5n))
  answered.resolve()
  expect(await letIn).toBe(true)
  expect(await world.counters()).toEqual([{ posted: 0n, leased: 23n }])
})

test('what becomes free while room is on its way back goes back too, when it was asked for meanwhile', async () => {
  const { subjectId } = await world.limit({ amount: 100n })
  const answered = Promise.withResolvers<void>()
  const process = await world.process({
    store: (store) => ({
      ...store,
      async giveBack(...asked) {
        const words = await store.giveBack(...asked)
        await answered.promise
        return words
      },
    }),
  })
  const account = () => accountsOf(process, [subjectId])
  for (const cost of [60n, 40n]) expect(await isLetIn(process, [subjectId], amounts(cost))).toBe(true)
  release(account(), amounts(40n))
  process.leases.surrender(account()[0]!)
  await vi.waitFor(async () => expect(await world.counters()).toEqual([{ posted: 0n, leased: 60n }]))
  release(account(), amounts(60n))
  process.leases.surrender(account()[0]!)
  answered.resolve()
  await vi.waitFor(async () => expect(await world.counters()).toEqual([{ posted: 0n, leased: 0n }]))
})
