import { Writable } from 'node:stream'
import { pino } from 'pino'
import { register } from 'prom-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { release } from '../../features/quotas/leases/accounts.ts'
import { accountsFor } from '../../features/quotas/leases/book.ts'
import { amounts, openLeaseWorld, type LeaseWorld } from '../../features/quotas/leases/test-kit.ts'
import { openDb, type OpenDb } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { graceMs, startSweeper, type Sweeper } from './sweep.ts'

let world: LeaseWorld
let opened: OpenDb
let nowMs: number
let lines: string[]
const sweepers: Sweeper[] = []
beforeEach(async () => {
  world = await openLeaseWorld()
  opened = openDb(world.url)
  nowMs = 1_000_000
  lines = []
})
afterEach(async () => {
  for (const sweeper of sweepers.splice(0)) await sweeper.close()
  await opened.close()
  await world.close()
})

function sweeper(epoch = newId()): Sweeper {
  const log = pino({ base: null }, new Writable({ write: (line: Buffer, _, done) => (lines.push(line.toString()), done()) }))
  const made = startSweeper({ db: opened.db, log, epoch, now: () => nowMs })
  sweepers.push(made)
  return made
}

/** As long ago as makes an epoch expired, and a little more. */
async function expire(epoch: string, behindMs = graceMs + 1_000): Promise<void> {
  await world.sql.query(`update epochs set expires_at = clock_timestamp() - $2 * interval '1 ms' where id = $1`, [epoch, behindMs])
}

async function epochs(): Promise<{ id: string; blocked: boolean }[]> {
  const { rows } = await world.sql.query<{ id: string; blocked: boolean }>(
    'select id, blocked_at is not null as blocked from epochs order by id',
  )
  return rows
}

const metricCount = async () => {
  const text = await register.getSingleMetricAsString('llm_manager_epochs_abandoned_total')
  return Number(/total (\d+)$/m.exec(text)?.[1])
}

/** A process with room for one call in these limits, which then ends without a word. */
async function deadProcess(subjectId: string, worst = amounts(10n)): Promise<string> {
  const process = await world.process()
  await process.reserve(subjectId, worst)
  return process.epoch
}

test('a process that ended without a word is taken over after two looks a term apart, and its room is charged', async () => {
  const { subjectId } = await world.limit({ amount: 10n })
  const epoch = await deadProcess(subjectId)
  await expire(epoch)
  const before = await metricCount()
  const own = sweeper()
  expect(await own.look()).toEqual([])
  nowMs += 59_999
  expect(await own.look()).toEqual([])
  expect(await epochs()).toEqual([{ id: epoch, blocked: false }])
  nowMs += 1
  expect(await own.look()).toEqual([{ epoch, charged: 1n, sums: { cost: '10' } }])
  expect(await epochs()).toEqual([{ id: epoch, blocked: true }])
  expect(await world.counters()).toEqual([{ posted: 10n, leased: 0n }])
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({ level: 50, epoch, leases: 1, sums: { cost: '10' } }),
  ])
  expect(await metricCount()).toBe(before + 1)
  nowMs += 120_000
  expect(await own.look()).toEqual([])
  expect(await world.counters()).toEqual([{ posted: 10n, leased: 0n }])
})

test('an epoch that is not behind its term by the longest call is left in peace', async () => {
  const { subjectId } = await world.limit({ amount: 10n })
  await expire(await deadProcess(subjectId), graceMs - 60_000)
  const own = sweeper()
  for (let look = 0; look < 4; look++, nowMs += 60_000) expect(await own.look()).toEqual([])
  expect(await world.counters()).toEqual([{ posted: 0n, leased: 10n }])
})

test('a box that slept takes none of its neighbours over: they say within a term that they are alive', async () => {
  const { subjectId } = await world.limit({ amount: 100n })
  const [first, second] = [await deadProcess(subjectId), await deadProcess(subjectId)]
  for (const epoch of [first, second]) await expire(epoch, 8 * 3600_000)
  const own = sweeper()
  expect(await own.look()).toEqual([])
  await world.sql.query(`select renew_epoch($1, interval '1 minute')`, [first])
  nowMs += 60_000
  expect((await own.look()).map(({ epoch }) => epoch)).toEqual([second])
  // And one that expires again, after it was alive, is looked at twice again.
  await expire(first, 8 * 3600_000)
  expect(await own.look()).toEqual([])
  nowMs += 59_999
  expect(await own.look()).toEqual([])
  nowMs += 1
  expect((await own.look()).map(({ epoch }) => epoch)).toEqual([first])
})

test('a process does not take itself over', async () => {
  const { subjectId } = await world.limit({ amount: 10n })
  const epoch = await deadProcess(subjectId)
  await expire(epoch)
  const own = sweeper(epoch)
  await own.look()
  nowMs += 60_000
  expect(await own.look()).toEqual([])
  expect(await epochs()).toEqual([{ id: epoch, blocked: false }])
})

test('room in every limit and window is charged, and places for calls at once are free again', async () => {
  const { subjectId } = await world.limit({ amount: 1000n })
  await world.limit({ subjectId, metric: 'tokens', amount: 7n })
  await world.limit({ subjectId, metric: 'parallel', amount: 1n })
  await world.limit({ subjectId, metric: 'requests', window: 'minute', amount: 1n })
  const process = await world.process()
  const minutes = ['2026-06-01T12:00:30Z', '2026-06-01T12:01:30Z', '2026-06-01T12:02:30Z'].map((at) => new Date(at))
  for (const at of minutes) {
    expect(await process.reserve(subjectId, amounts(7n), at)).toBe(true)
    // The call did not go out, and its room is still the process's: but for the cost, which is there three times.
    release(accountsFor(process.book, [subjectId], { provider: 'openai', model: 'm' }, at), {
      cost: 0n,
      tokens: 7n,
      requests: 1n,
      parallel: 1n,
    })
  }
  await expire(process.epoch)
  const own = sweeper()
  await own.look()
  nowMs += 60_000
  const [abandoned] = await own.look()
  expect(abandoned).toMatchObject({ epoch: process.epoch, charged: 5n, sums: { tokens: '7', requests: '3' } })
  const { rows } = await world.sql.query(
    `select l.metric, c.posted, c.leased, (select coalesce(sum(e.amount), 0)::bigint from ledger_entries e
       where e.limit_id = c.limit_id and e.window_start = c.window_start and e.kind = 'abandoned') as abandoned
     from limit_counters c join limits l on l.id = c.limit_id order by l.metric, c.window_start`,
  )
  const cost = BigInt(abandoned!.sums.cost!)
  expect(cost).toBeGreaterThanOrEqual(21n)
  expect(rows).toEqual([
    { metric: 'cost', posted: cost, leased: 0n, abandoned: cost },
    { metric: 'parallel', posted: 0n, leased: 0n, abandoned: 0n },
    ...minutes.map(() => ({ metric: 'requests', posted: 1n, leased: 0n, abandoned: 1n })),
    { metric: 'tokens', posted: 7n, leased: 0n, abandoned: 7n },
  ])
  // What was charged comes back when the epoch is closed, in every window.
  await process.close()
  await world.sql.query('select close_epoch($1)', [process.epoch])
  expect(new Set((await world.counters()).map(({ posted, leased }) => posted + leased))).toEqual(new Set([0n]))
})

test('of many who look at once, one takes an epoch over', async () => {
  const dead: string[] = []
  for (let count = 0; count < 5; count++) dead.push(await deadProcess((await world.limit({ amount: 10n })).subjectId))
  for (const epoch of dead) await expire(epoch)
  const all = Array.from({ length: 6 }, () => sweeper())
  for (const one of all) await one.look()
  nowMs += 60_000
  const taken = (await Promise.all(all.map((one) => one.look()))).flat().map(({ epoch }) => epoch)
  expect(taken.toSorted()).toEqual(dead.toSorted())
  expect(await world.counters()).toEqual(dead.map(() => ({ posted: 10n, leased: 0n })))
})
