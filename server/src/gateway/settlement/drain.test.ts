import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDrains, type Drains } from '../../features/usage/drain.fixture.ts'
import type { EventSink } from '../../features/usage/events.drain.ts'
import { bytesOfId, encodeHold, encodeSettlement, settleBytesMax } from '../../features/usage/events.record.ts'
import { accountsFor, putLimit } from '../../features/quotas/leases/book.ts'
import { reserve, settle } from '../../features/quotas/leases/accounts.ts'
import type { Leases } from '../../features/quotas/leases/leases.ts'
import { newId } from '../../platform/ids.ts'
import { openJournal, type Journal } from '../../platform/journal/journal.ts'
import { createLog } from '../../platform/log/log.ts'
import { emptySnapshot } from '../snapshot/snapshot.ts'
import { startDrain, type Drain } from './drain.ts'

let drains: Drains
let dir: string
let journal: Journal
let drain: Drain
let epoch: string
/** How many events each drain had, with those that failed. */
let batches: number[]
let fails: () => boolean
const snapshot = emptySnapshot()
beforeEach(async () => {
  drains = await openDrains()
  dir = mkdtempSync(join(tmpdir(), 'drain-'))
  epoch = newId()
  journal = await openJournal({ dir, epoch, database: newId(), sync: 'group', segmentBytes: 1024 * 1024, maxBytes: 64 * 1024 * 1024 })
  batches = []
  fails = () => false
  const own = drains.sink()
  const sink: EventSink = {
    ...own,
    async drain(of, events) {
      batches.push([...('lines' in events ? events.events : events)].length)
      if (fails()) throw new Error('the database is away')
      return await own.drain(of, events)
    },
  }
  const leases = { heard: () => {} } as Partial<Leases> as Leases
  drain = startDrain({ sink, log: createLog('silent'), journal, epoch, snapshot, leases, now: Date.now })
})
afterEach(async () => {
  await drain.close(5_000)
  await journal.close()
  await drains.close()
  rmSync(dir, { recursive: true, force: true })
})

/** Settles calls of 3 nano-dollars each, as a gateway does. */
function settleCalls(count: number): void {
  for (let call = 0; call < count; call++) {
    const { id, ...event } = drains.event({ cost_nanos: '3' })
    journal.hold(bytesOfId(id), encodeHold(event), settleBytesMax)
    journal.settle(bytesOfId(id), encodeSettlement(event))
    drain.wake()
  }
}

const drained = () => expect.poll(() => drain.waitingEvents(), { timeout: 30_000, interval: 20 }).toBe(0)

test('what is settled gathers for a moment and comes to the database together', async () => {
  settleCalls(30)
  await drained()
  expect(batches).toEqual([30])
  expect(await drains.one('select posted from limit_counters')).toBe(90n)
  expect(drain.lagMs(Date.now())).toBe(0)
})

test('a backlog is drained in batches of a bounded size, one after the other', async () => {
  settleCalls(4500)
  await drained()
  expect(batches).toEqual([2000, 2000, 500])
  expect(await drains.one('select posted from limit_counters')).toBe(13_500n)
  expect(await drains.one('select count(*) from usage_events')).toBe(4500n)
})

test('a batch that fails is tried again half as large, until some succeed, and nothing is lost or doubled', async () => {
  fails = () => batches.length <= 2
  settleCalls(4500)
  await drained()
  expect(batches).toEqual([2000, 1000, 500, 500, 1000, 2000, 500])
  expect(await drains.one('select posted from limit_counters')).toBe(13_500n)
  expect(await drains.one('select sum(requests) from usage_rollups')).toBe(4500n)
})

test('what a process knows to be on its way is what is not in the database yet', async () => {
  const { limit_id: id, tenant_id: tenantId } = drains.event().limits[0]!
  const limit = { tenantId, id, subjectType: 'provider_key', subjectId: 's', metric: 'cost', window: 'total', timezone: 'UTC' } as const
  putLimit(snapshot.limits, { ...limit, anchor: null, restartedAt: null, amount: null, isHard: false, provider: null, model: null })
  const accounts = accountsFor(snapshot.limits, ['s'], { provider: 'openai', model: 'm' }, new Date())
  const amounts = { cost: 3n, tokens: 0n, requests: 1n, parallel: 0n }
  for (let call = 0; call < 20; call++) {
    reserve(accounts, amounts)
    settle(accounts, amounts, amounts)
  }
  settleCalls(20)
  expect(accounts[0]!.undrained).toBe(60n)
  await drained()
  expect(accounts[0]!.undrained).toBe(0n)
})

test('a drain that is closed brings everything first', async () => {
  settleCalls(2500)
  await drain.close(30_000)
  expect(drain.waitingEvents()).toBe(0)
  expect(await drains.one('select count(*) from usage_events')).toBe(2500n)
})
