import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDrains, type Drains } from '../../features/usage/drain.fixture.ts'
import type { EventSink } from '../../features/usage/events.drain.ts'
import {
  bytesOfId,
  decodeSettled,
  encodeHold,
  encodeSettlement,
  settleBytesMax,
  type HeldLimit,
} from '../../features/usage/events.record.ts'
import { newId } from '../../platform/ids.ts'
import { openJournal, type Journal } from '../../platform/journal/journal.ts'
import { createLog } from '../../platform/log/log.ts'
import { endEpoch } from './end.ts'
import { recoverEpochs } from './recover.ts'

/** The end of the life of a gateway: whatever it is cut off by, and however often, the accounts are the same behind it. */

const database = newId()
const log = createLog('silent')
let drains: Drains
let dir: string
let copies: string
let held: HeldLimit[]
beforeEach(async () => {
  drains = await openDrains()
  dir = mkdtempSync(join(tmpdir(), 'end-'))
  copies = mkdtempSync(join(tmpdir(), 'end-'))
  held = [
    await drains.limit('cost', undefined, 1_000_000),
    await drains.limit('tokens', undefined, 1e9),
    await drains.limit('parallel', undefined, 10),
  ]
})
afterEach(async () => {
  await drains.close()
  for (const folder of [dir, copies]) rmSync(folder, { recursive: true, force: true })
})

/** An epoch with room for more than it uses: 100 000 nano-dollars, 5000 tokens and 3 places. */
async function openEpoch(): Promise<{ epoch: string; journal: Journal }> {
  const epoch = newId()
  const { client, tenantId } = drains
  await client.query(`select renew_epoch($1, interval '1 minute')`, [epoch])
  await client.query('select ensure_counters($1)', [JSON.stringify(held)])
  const needs = { cost: 100_000, tokens: 5000, parallel: 3, requests: 0 }
  const wants = held.map(({ limit_id, window_start, metric }) => ({
    tenant_id: tenantId,
    limit_id,
    window_start,
    need: needs[metric],
    ask: 0,
  }))
  await client.query('select take_room($1, $2)', [epoch, JSON.stringify([wants])])
  const journal = await openJournal({ dir, epoch, database, sync: 'group', segmentBytes: 64 * 1024, maxBytes: 8 * 1024 * 1024 })
  return { epoch, journal }
}

/** 600 calls of 3 nano-dollars and 15 tokens, and two that were never settled: 9000 nano-dollars and 700 tokens each. */
async function makeCalls(journal: Journal): Promise<void> {
  const limits = held.map((one) => ({ ...one, reserved: one.metric === 'tokens' ? '700' : one.metric === 'parallel' ? '1' : '9000' }))
  for (let call = 0; call < 602; call++) {
    const { id, ...event } = drains.event({ limits, cost_nanos: '3' })
    journal.hold(bytesOfId(id), encodeHold(event), settleBytesMax)
    if (call % 301 !== 300) journal.settle(bytesOfId(id), encodeSettlement(event))
  }
}

// 600 × 3 + 2 × 9000, and 600 × 15 + 2 × 700.
const all = { events: 602, unresolved: 2, cost: 19_800, tokens: 10_400, rollups: 19_800, leased: 0, leases: 0, differences: 0 }

async function account(): Promise<Record<string, number>> {
  const { rows } = await drains.client.query<Record<string, string>>(
    `select (select count(*) from usage_events) as events, (select count(*) from usage_events where unresolved) as unresolved,
      coalesce((select posted from limit_counters where limit_id = $1), 0) as cost,
      coalesce((select posted from limit_counters where limit_id = $2), 0) as tokens,
      (select coalesce(sum(cost_nanos), 0) from usage_rollups) as rollups,
      (select coalesce(sum(leased), 0) from limit_counters) as leased, (select count(*) from leases) as leases,
      (select count(*) from limit_counters c where posted <> (select coalesce(sum(amount), 0) from ledger_entries e
         where e.limit_id = c.limit_id and e.window_start = c.window_start)) as differences`,
    held.slice(0, 2).map(({ limit_id }) => limit_id),
  )
  return Object.fromEntries(Object.entries(rows[0]!).map(([name, value]) => [name, Number(value)]))
}

const count = async (table: 'epochs' | 'journal_positions') => Number(await drains.one(`select count(*) from ${table}`))

async function abandon(): Promise<void> {
  await drains.client.query(`update epochs set expires_at = clock_timestamp() - interval '1 hour' where blocked_at is null`)
  await drains.client.query(`select abandon_epochs(interval '15 minutes')`)
}

const recover = (sink: EventSink = drains.sink()) => recoverEpochs(drains.db, sink, dir, database, log)

/** Where a recovery is cut off. Each brings about what is there then. */
const cuts: Record<string, () => Promise<void>> = {
  'before anything of it was done': async () => {},
  'when the first batch is in': async () => {
    const sink = drains.sink()
    let batches = 0
    const cutSink = {
      ...sink,
      drain: (epoch: string, events: Parameters<EventSink['drain']>[1]) => (batches++ === 0 ? sink.drain(epoch, events) : died()),
    }
    await expect(recover(cutSink)).rejects.toThrow('died')
    expect(await account()).toMatchObject({ events: 500 })
  },
  'when the answer to the last batch is missing': async () => {
    const sink = drains.sink()
    let batches = 0
    const drain = async (epoch: string, events: Parameters<EventSink['drain']>[1]) => {
      const drained = await sink.drain(epoch, events)
      return batches++ === 0 ? drained : died()
    }
    await expect(recover({ ...sink, drain })).rejects.toThrow('died')
    expect(await account()).toMatchObject({ events: 602 })
  },
  'when everything is in and the epoch is not closed': () => without('close_epoch', () => expect(recover()).rejects.toThrow('close_epoch')),
  'when the epoch is closed and the journal is there': async () => {
    cpSync(dir, join(copies, 'whole'), { recursive: true })
    await without('forget_journal', () => expect(recover()).rejects.toThrow('forget_journal'))
    expect(await account()).toEqual(all)
    cpSync(join(copies, 'whole'), dir, { recursive: true })
  },
  'when the journal is gone and its position is not': () =>
    without('forget_journal', () => expect(recover()).rejects.toThrow('forget_journal')),
}

/** While a step of the database is not to be had. */
async function without(name: string, run: () => Promise<unknown>): Promise<void> {
  await drains.client.query(`alter function ${name} rename to away`)
  await run()
  await drains.client.query(`alter function away rename to ${name}`)
}

function died(): never {
  throw new Error('died')
}

describe.each(['was', 'was not'])('of an epoch that %s taken over before', (was) => {
  test.each(Object.keys(cuts))('a recovery that is cut off %s, and begun again, ends with the same accounts', async (cut) => {
    const { journal } = await openEpoch()
    await makeCalls(journal)
    await journal.close()
    if (was === 'was') await abandon()
    await cuts[cut]!()
    // Others may find it expired between the two.
    await abandon()
    await recover()
    expect(await account()).toEqual(all)
    expect(await count('epochs')).toBe(0)
    expect(readdirSync(dir)).toEqual([])
    await recover()
    expect(await account()).toEqual(all)
  })
})

test('nothing is left of a recovered epoch, also where it was closed and its journal was still there', async () => {
  for (const cut of ['before anything of it was done', 'when the epoch is closed and the journal is there']) {
    const { journal } = await openEpoch()
    await journal.close()
    await cuts[cut]!().catch(() => {})
    await recover()
    expect(await count('journal_positions')).toBe(0)
  }
})

test('while its journal is missing an epoch is charged what it had; what it then is found to have used stays', async () => {
  const { journal } = await openEpoch()
  await makeCalls(journal)
  await journal.close()
  cpSync(dir, join(copies, 'lost'), { recursive: true })
  rmSync(dir, { recursive: true })
  await abandon()
  expect(await account()).toMatchObject({ events: 0, cost: 100_000, tokens: 5000, leased: 0, leases: 0, differences: 0 })
  cpSync(join(copies, 'lost'), dir, { recursive: true })
  await recover()
  expect(await account()).toEqual(all)
})

test('what a gateway brings after it was taken over takes the place of what was charged for it, and its end takes back the rest', async () => {
  const { epoch, journal } = await openEpoch()
  await makeCalls(journal)
  const sink = drains.sink()
  await abandon()
  const records = journal.take(1000)
  const events = records.map(({ id, hold, settle, position }) => ({ event: decodeSettled(id, hold, settle), position }))
  const { words } = await sink.drain(epoch, events)
  await journal.drained(records.at(-1)!.position)
  expect(words.map(({ granted }) => granted)).toEqual([0n, 0n])
  // 1800 of the 100 000 nano-dollars, and 9000 of the 5000 tokens, are proved now.
  expect(await account()).toMatchObject({ events: 600, cost: 100_000, tokens: 9000, leased: 0, differences: 0 })
  // Two calls are under way in its journal: it cannot be closed, and whoever starts next ends it.
  await endEpoch({ db: drains.db, log }, journal, epoch)
  expect(await account()).toMatchObject({ cost: 100_000, tokens: 9000 })
  expect(readdirSync(dir)).toHaveLength(1)
  await recover()
  expect(await account()).toEqual(all)
})

test('a gateway that stops with everything in the database leaves nothing', async () => {
  const { epoch, journal } = await openEpoch()
  await drains.drain(epoch, [drains.event({ limits: held, cost_nanos: '3' })])
  await endEpoch({ db: drains.db, log }, journal, epoch)
  expect(await account()).toMatchObject({ events: 1, cost: 3, leased: 0, leases: 0, differences: 0 })
  expect([await count('epochs'), await count('journal_positions'), readdirSync(dir).length]).toEqual([0, 0, 0])
})

test('a gateway that stops while the database is away leaves its journal, and the next start ends it', async () => {
  const { epoch, journal } = await openEpoch()
  await drains.drain(epoch, [drains.event({ limits: held, cost_nanos: '3' })])
  await without('close_epoch', () => endEpoch({ db: drains.db, log }, journal, epoch))
  expect(await account()).toMatchObject({ leased: 105_000 + 3 - 3 - 15 })
  expect(readdirSync(dir)).toEqual([epoch])
  await recover()
  expect(await account()).toMatchObject({ events: 1, cost: 3, tokens: 15, leased: 0, leases: 0, differences: 0 })
  expect([await count('epochs'), await count('journal_positions'), readdirSync(dir).length]).toEqual([0, 0, 0])
})

test.each(['was', 'was not'])(
  'of an epoch that %s taken over before, what a damaged journal does not prove stays charged until a better copy comes',
  async (was) => {
    const { epoch, journal } = await openEpoch()
    await makeCalls(journal)
    await journal.close()
    cpSync(dir, join(copies, 'sound'), { recursive: true })
    const segment = join(dir, epoch, readdirSync(join(dir, epoch)).toSorted()[2]!)
    const bytes = readFileSync(segment)
    writeFileSync(segment, bytes.fill(0x55, 20_000, 30_000))
    if (was === 'was') await abandon()
    await recover()
    const damaged = await account()
    expect(damaged.events).toBeGreaterThan(500)
    expect(damaged.events).toBeLessThan(602)
    expect(damaged).toMatchObject({ cost: 100_000, leased: 0, leases: 0, differences: 0 })
    expect([readdirSync(dir), await count('journal_positions'), await count('epochs')]).toEqual([[], 0, 1])
    cpSync(join(copies, 'sound'), dir, { recursive: true })
    await recover()
    // A call whose settlement was lost to the damage stays unresolved: what comes after that is a correction.
    expect(await account()).toMatchObject({ events: 602, leased: 0, leases: 0, differences: 0, cost: (await account()).rollups })
    expect([readdirSync(dir), await count('journal_positions'), await count('epochs')]).toEqual([[], 0, 0])
  },
)
