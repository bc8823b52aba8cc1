import { afterEach, beforeEach, expect, test } from 'vitest'
import { release, reserve, settle } from './accounts.ts'
import { accountsFor, emptyBook, putLimit } from './book.ts'
import { amounts, openLeaseWorld, type LeaseWorld } from './test-kit.ts'

/** What is left of windows that are over goes away, in the database and in memory. */

let world: LeaseWorld
beforeEach(async () => {
  world = await openLeaseWorld()
})
afterEach(() => world.close())

const call = { provider: 'openai', model: 'gpt-4o' }

test('a lease of a window that is over is given back by the process that has it, while it lives', async () => {
  const { subjectId } = await world.limit({ metric: 'requests', window: 'minute', amount: 1000n })
  await world.limit({ subjectId, amount: 1000n })
  let at = new Date('2026-06-01T12:00:30Z')
  const process = await world.process({ wallNow: () => at.getTime() })
  expect(await process.reserve(subjectId, amounts(1n), at)).toBe(true)
  settle(accountsFor(process.book, [subjectId], call, at), amounts(1n), { cost: 1n, tokens: 0n, requests: 1n, parallel: 0n })
  const leased = async () => {
    const { rows } = await world.sql.query<{ granted: bigint }>(
      `select s.granted from leases s join limits l on l.id = s.limit_id where l."window" = 'minute'`,
    )
    return rows.map(({ granted }) => granted)
  }
  expect((await leased())[0]).toBeGreaterThan(1n)
  at = new Date('2026-06-01T12:05:00Z')
  // The call that is on its way to the database keeps what it has used.
  await expect.poll(leased, { timeout: 20_000, interval: 200 }).toEqual([1n])
})

test('a limit that only counts takes no more memory from minute to minute', () => {
  const book = emptyBook()
  const limit = {
    tenantId: 't',
    id: 'l',
    subjectType: 'user',
    subjectId: 's',
    metric: 'requests',
    window: 'minute',
    timezone: 'UTC',
  } as const
  putLimit(book, { ...limit, anchor: null, restartedAt: null, amount: 10n, isHard: false, provider: null, model: null })
  const used = { cost: 0n, tokens: 0n, requests: 1n, parallel: 0n }
  let before: ReturnType<typeof accountsFor> = []
  for (let minute = 0; minute < 1000; minute++) {
    const accounts = accountsFor(book, ['s'], call, new Date(Date.UTC(2026, 5, 1, 12, minute)))
    reserve(accounts, amounts(1n))
    settle(accounts, amounts(1n), used)
    // It comes to the database when the next minute has begun.
    for (const account of before) account.undrained -= 1n
    before = accounts
  }
  expect(book.entries.get('l')!.byWindow.size).toBeLessThanOrEqual(3)
})

test('neither does a limit that refuses, nor does the database keep leases of windows that are over', async () => {
  const { id, subjectId } = await world.limit({ metric: 'requests', window: 'minute', amount: 1000n })
  let at = new Date('2026-06-01T12:00:30Z')
  const process = await world.process({ wallNow: () => at.getTime() })
  for (let minute = 0; minute < 20; minute++) {
    expect(await process.reserve(subjectId, amounts(1n), at)).toBe(true)
    settle(accountsFor(process.book, [subjectId], call, at), amounts(1n), { cost: 0n, tokens: 0n, requests: 0n, parallel: 0n })
    at = new Date(at.getTime() + 60_000)
  }
  const held = async () =>
    (await world.sql.query<{ count: bigint }>('select count(*) from leases where granted > 0 and limit_id = $1', [id])).rows[0]!.count
  await expect.poll(held, { timeout: 20_000, interval: 200 }).toBe(0n)
  expect(process.book.entries.get(id)?.byWindow.size ?? 0).toBeLessThanOrEqual(2)
  await process.close()
  expect((await world.sql.query('select * from leases')).rows).toEqual([])
})

test('a process whose epoch was taken over is told so when it gives room back, and ends', async () => {
  const { subjectId } = await world.limit({ amount: 100n })
  let blocked = 0
  const process = await world.process({ onBlocked: () => blocked++ })
  expect(await process.reserve(subjectId, amounts(40n))).toBe(true)
  release(accountsFor(process.book, [subjectId], call, new Date()), amounts(40n))
  await world.sql.query(`update epochs set expires_at = now() - interval '1 hour'`)
  await world.sql.query(`select abandon_epochs(interval '15 minutes')`)
  await process.close()
  expect(blocked).toBe(1)
  expect(await world.counters()).toEqual([{ posted: 40n, leased: 0n }])
})
