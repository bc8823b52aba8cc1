import { afterEach, beforeEach, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { journaled, openDrains, type Drains } from './drain.fixture.ts'
import type { HeldLimit, SettledEvent } from './events.record.ts'

/** Several gateways drain at once, into the same counters and the same figures, each by a session of its own. */

let drains: Drains
beforeEach(async () => {
  drains = await openDrains()
})
afterEach(() => drains.close())

const gateways = 6
const batches = 12
const batchSize = 60

test('drains at once of the same counters and figures neither stop each other nor lose or double anything', async () => {
  const { client, limit, tenantId } = drains
  const windows = Array.from({ length: 5 }, (_, minute) => `2026-11-22T10:5${minute + 5}:00.000Z`)
  const held: HeldLimit[] = []
  for (const windowStart of windows)
    for (const metric of ['cost', 'requests', 'tokens'] as const) held.push(await limit(metric, windowStart, 1e9))
  const accessKeys = Array.from({ length: 4 }, () => newId())
  for (const id of accessKeys)
    await client.query(
      `insert into access_keys (tenant_id, id, name, created_by, mode, secret_hash, key_hint, created_at) values ($1, $2, 'k', $1, 'live', $3, 'h', now())`,
      [tenantId, id, Buffer.from(id)],
    )
  const next = seeded(7)
  const eventOf = (): SettledEvent =>
    drains.event({
      access_key_id: accessKeys[next(4)]!,
      model: `model-${next(3)}`,
      // Around the end of an hour: in two rows of figures.
      admitted_at: new Date(Date.parse('2026-11-22T10:59:00.000Z') + next(120_000)).toISOString(),
      limits: shuffled(held, next).slice(0, 1 + next(6)),
      cost_nanos: String(1 + next(1000)),
    })
  const lives = Array.from({ length: gateways }, () => ({ epoch: newId(), sink: drains.sink() }))
  const made: SettledEvent[][] = []
  await Promise.all(
    lives.map(async ({ epoch, sink }, gateway) => {
      const own = await drains.session()
      await own.query(`select renew_epoch($1, interval '1 minute')`, [epoch])
      const name = (one: HeldLimit) => ({ tenant_id: tenantId, limit_id: one.limit_id, window_start: one.window_start })
      await own.query('select ensure_counters($1)', [JSON.stringify(held.map(name))])
      for (let batch = 0; batch < batches; batch++) {
        const events = Array.from({ length: batchSize }, eventOf)
        made.push(events)
        const wants = shuffled(held, next)
          .slice(0, 4)
          .map((one) => ({ ...name(one), need: 500, ask: 1000 }))
        await own.query('select take_room($1, $2)', [epoch, JSON.stringify([wants])])
        await sink.drain(epoch, journaled(shuffled(events, next), 1 + batch * batchSize))
        // Some come again from elsewhere.
        if (batch % 3 === gateway % 3) await sink.drain(newId(), journaled(shuffled(events, next).slice(0, 30)))
      }
    }),
  )
  const events = made.flat()
  const { rows } = await client.query<Record<string, string>>(
    `select (select count(*) from usage_events)::text as events, (select sum(cost_nanos) from usage_events)::text as cost,
      (select sum(requests) from usage_rollups)::text as rolled, (select sum(cost_nanos) from usage_rollups)::text as rolled_cost,
      (select sum(posted) from limit_counters)::text as posted, (select sum(amount) from ledger_entries)::text as entries`,
  )
  const cost = events.reduce((sum, event) => sum + Number(event.cost_nanos), 0)
  // A request counts 1, and each has 15 tokens.
  const used = (event: SettledEvent) => ({ cost: Number(event.cost_nanos), tokens: 15, requests: 1, parallel: 0 })
  const posted = events.reduce((sum, event) => sum + event.limits.reduce((of, { metric }) => of + used(event)[metric], 0), 0)
  expect(events).toHaveLength(gateways * batches * batchSize)
  expect(rows[0]).toEqual(
    Object.fromEntries(
      Object.entries({ events: events.length, cost, rolled: events.length, rolled_cost: cost, posted, entries: posted }).map(
        ([name, sum]) => [name, String(sum)],
      ),
    ),
  )
  expect(
    await drains.one(
      'select count(*) from limit_counters c where leased <> (select coalesce(sum(granted), 0) from leases s where s.limit_id = c.limit_id and s.window_start = c.window_start)',
    ),
  ).toBe(0n)
  expect(await drains.one('select count(*) from access_keys where last_used is null')).toBe(0n)
  expect(await deadlocks()).toBe(0n)
})

test('drains of different counters into the same figures do not stop each other', async () => {
  const next = seeded(3)
  const accessKeys = Array.from({ length: 40 }, () => newId())
  await Promise.all(
    Array.from({ length: gateways }, async () => {
      const [sink, held, epoch] = [drains.sink(), await drains.limit('cost'), newId()]
      for (let batch = 0; batch < batches; batch++) {
        const events = shuffled(accessKeys, next).map((access_key_id) => drains.event({ access_key_id, cost_nanos: '3', limits: [held] }))
        await sink.drain(epoch, journaled(events, 1 + batch * accessKeys.length))
      }
    }),
  )
  const { rows } = await drains.client.query('select distinct requests, cost_nanos, count(*) over () as rows from usage_rollups')
  expect(rows).toEqual([{ requests: 72n, cost_nanos: 216n, rows: 40n }])
  expect(await deadlocks()).toBe(0n)
})

test('epochs that are closed and taken over while others drain into the same counters stop nobody', async () => {
  const { client, limit, tenantId } = drains
  const held: HeldLimit[] = []
  for (let count = 0; count < 8; count++) held.push(await limit('cost', undefined, 1e9))
  const names = held.map(({ limit_id, window_start }) => ({ tenant_id: tenantId, limit_id, window_start }))
  await client.query('select ensure_counters($1)', [JSON.stringify(names)])
  const next = seeded(11)
  await Promise.all(
    Array.from({ length: 5 }, async (_, gateway) => {
      const sink = drains.sink()
      const own = await drains.session()
      for (let life = 0; life < 10; life++) {
        const epoch = newId()
        await own.query(`select renew_epoch($1, interval '1 minute')`, [epoch])
        const wants = shuffled(names, next).map((name) => ({ ...name, need: 100, ask: 0 }))
        await own.query('select take_room($1, $2)', [epoch, JSON.stringify([wants])])
        await sink.drain(
          epoch,
          journaled(Array.from({ length: 20 }, () => drains.event({ cost_nanos: '1', limits: shuffled(held, next) }))),
        )
        if (gateway < 2) {
          await own.query(`update epochs set expires_at = clock_timestamp() - interval '1 hour' where id = $1`, [epoch])
          await own.query(`select abandon_epochs(interval '10 minutes')`)
        }
        await own.query('select close_epoch($1)', [epoch])
      }
    }),
  )
  // 50 lives × 20 events, each 1 in eight counters: what was taken over has come back by the closing.
  const { rows } = await client.query(
    'select distinct posted, leased from limit_counters c join limits l on l.id = c.limit_id where l.subject_type = $1',
    ['tenant'],
  )
  expect(rows).toEqual([{ posted: 1000n, leased: 0n }])
  expect(await drains.one('select count(*) from leases')).toBe(0n)
  expect(await deadlocks()).toBe(0n)
})

/** What PostgreSQL had to break off in this database. */
async function deadlocks(): Promise<unknown> {
  await drains.client.query('select pg_stat_force_next_flush(), pg_stat_clear_snapshot()')
  return await drains.one('select deadlocks from pg_stat_database where datname = current_database()')
}

/** Whole numbers from 0 to below `end`, by a linear congruential generator. */
function seeded(seed: number): (end: number) => number {
  let state = seed
  return (end) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * end)
  }
}

function shuffled<T>(all: readonly T[], next: (end: number) => number): T[] {
  const rest = [...all]
  return all.map(() => rest.splice(next(rest.length), 1)[0]!)
}
