import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../../platform/ids.ts'
import { journaled, openDrains, type Drains } from '../drain.fixture.ts'
import type { HeldLimit, SettledEvent } from '../events.record.ts'
import { checkBooks, rebuildBooks } from './books.ts'

let drains: Drains
let held: HeldLimit[]
const epoch = newId()
beforeEach(async () => {
  drains = await openDrains()
  const of = drains.event().limits
  held = [...of, await drains.limit('requests'), await drains.limit('tokens'), await drains.limit('cost', '2026-11-22T10:30:00.000Z')]
  await drains.client.query(`update tenants set is_root = true`)
})
afterEach(() => drains.close())

const run = (text: string, values?: unknown[]) => drains.client.query(text, values)

/** Two calls of an hour, of 100 and 20 nano-dollars, and one of the next whose cost is not known; each of 15 tokens. */
async function drainThree(): Promise<SettledEvent[]> {
  const later = '2026-11-22T11:00:00.000Z'
  const events = [
    drains.event({ limits: held, cost_nanos: '100' }),
    drains.event({ limits: held, cost_nanos: '20', outcome: 'error', estimated: true }),
    drains.event({ limits: held, cost_nanos: null, admitted_at: later }),
  ]
  await drains.drain(epoch, events)
  return events
}

/** As a correction does: the event stays, its limits and its hour get the difference. */
async function correct(event: SettledEvent, amount: number): Promise<void> {
  const id = newId()
  const wasUnknown = event.cost_nanos === null
  await run(
    `insert into usage_corrections (tenant_id, id, admitted_at, event_id, amount_nanos, was_unknown, reason, created_at) values ($1, $2, $3, $4, $5, $6, 'other', now())`,
    [event.tenant_id, id, event.admitted_at, event.id, amount, wasUnknown],
  )
  for (const { tenant_id, limit_id, window_start, metric } of event.limits.filter((limit) => limit.metric === 'cost')) {
    expect(metric).toBe('cost')
    await run(
      `insert into ledger_entries (tenant_id, admitted_at, event_id, limit_id, window_start, kind, amount, correction_id) values ($1, $2, $3, $4, $5, 'correction', $6, $7)`,
      [tenant_id, event.admitted_at, event.id, limit_id, window_start, amount, id],
    )
    await run('update limit_counters set posted = posted + $1 where limit_id = $2 and window_start = $3', [amount, limit_id, window_start])
  }
  await run(
    `update usage_rollups set cost_nanos = cost_nanos + $1, unknown_cost_requests = unknown_cost_requests - $2 where hour = date_trunc('hour', $3::timestamptz, 'UTC')`,
    [amount, wasUnknown ? 1 : 0, event.admitted_at],
  )
}

test('books in which everything says the same have no differences: calls, corrections, leases, what is charged without proof', async () => {
  expect(await checkBooks(drains.db)).toEqual([])
  const [first, , unknown] = await drainThree()
  await correct(first!, -30)
  await correct(unknown!, 7)
  const [alive, dead] = [newId(), newId()]
  await run('update limits set amount = 1000000 where id = any($1)', [held.map((limit) => limit.limit_id)])
  for (const id of [alive, dead]) {
    await run(`select renew_epoch($1, interval '1 minute')`, [id])
    const wants = held.map(({ tenant_id, limit_id, window_start }) => ({ tenant_id, limit_id, window_start, need: 500, ask: 0 }))
    await run('select take_room($1, $2)', [id, JSON.stringify([wants])])
  }
  await run(`update epochs set expires_at = now() - interval '1 hour' where id = $1`, [dead])
  await run(`select abandon_epochs(interval '15 minutes')`)
  expect(await checkBooks(drains.db)).toEqual([])
  await run('select close_epoch($1)', [dead])
  expect(await checkBooks(drains.db)).toEqual([])
})

const limitOf = (index: number) => held[index]!.limit_id

/** What somebody or something has done to the books, with what a check says of it. `mends`: a rebuild makes it right. */
const damages: Record<string, { damage: () => Promise<unknown>; found: () => object[]; mends: boolean }> = {
  'a counter that was changed': {
    damage: () => run('update limit_counters set posted = posted + 5 where limit_id = $1', [limitOf(0)]),
    found: () => [
      {
        what: 'a counter says another sum than the ledger entries of its window',
        of: { limit_id: limitOf(0), window_start: '1970-01-01T00:00:00Z' },
        booked: '125',
        due: '120',
      },
    ],
    mends: true,
  },
  'a counter that is gone': {
    damage: () => run('delete from limit_counters where limit_id = $1', [limitOf(1)]),
    found: () => [{ of: { limit_id: limitOf(1) }, booked: null, due: '3' }],
    mends: true,
  },
  'room that nobody has': {
    damage: () => run('update limit_counters set leased = 77 where limit_id = $1', [limitOf(3)]),
    found: () => [
      {
        what: 'a counter says another sum than the leases of its window',
        of: { limit_id: limitOf(3), window_start: '2026-11-22T10:30:00Z' },
        booked: '77',
        due: '0',
      },
    ],
    mends: true,
  },
  'a figure that was changed': {
    damage: () => run(`update usage_rollups set tokens_output = 3, cost_nanos = 0 where hour = '2026-11-22T10:00:00Z'`),
    found: () => [
      { of: { figure: 'tokens_output', hour: '2026-11-22T10:00:00Z', model: 'gpt-4o-mini' }, booked: '3', due: '10' },
      { of: { figure: 'cost_nanos', hour: '2026-11-22T10:00:00Z' }, booked: '0', due: '120' },
    ],
    mends: true,
  },
  'an hour whose figures are gone': {
    damage: () => run(`delete from usage_rollups where hour = '2026-11-22T11:00:00Z'`),
    found: () =>
      [
        ['requests', '1'],
        ['tokens_input', '10'],
        ['tokens_output', '5'],
        ['unknown_cost_requests', '1'],
      ].map(([figure, due]) => ({ of: { figure, hour: '2026-11-22T11:00:00Z' }, booked: null, due })),
    mends: true,
  },
  'figures of calls that there were not': {
    damage: () => run(`update usage_rollups set hour = '2026-11-22T12:00:00Z' where hour = '2026-11-22T11:00:00Z'`),
    found: () =>
      expect.arrayContaining([
        expect.objectContaining({ of: expect.objectContaining({ hour: '2026-11-22T12:00:00Z' }) as unknown, due: '0' }),
      ]) as object[],
    mends: true,
  },
  'an entry of the ledger that is gone': {
    damage: () => run('delete from ledger_entries where limit_id = $1 and amount = 100', [limitOf(0)]),
    found: () => [
      { of: { limit_id: limitOf(0) }, booked: '120', due: '20' },
      { what: 'an event has no entry in the ledger for the key that served it', booked: null, due: '100' },
    ],
    mends: false,
  },
  'an entry that was changed together with its counter': {
    damage: async () => {
      await run('update ledger_entries set amount = amount + 1 where limit_id = $1 and amount = 20', [limitOf(3)])
      await run('update limit_counters set posted = posted + 1 where limit_id = $1', [limitOf(3)])
    },
    found: () => [
      { what: 'an entry in the ledger says something else than its event', of: { limit_id: limitOf(3) }, booked: '21', due: '20' },
    ],
    mends: false,
  },
  'an entry of an event that there is not': {
    damage: () => run(`update ledger_entries set event_id = gen_random_uuid() where limit_id = $1 and amount = 20`, [limitOf(3)]),
    found: () => [{ what: 'an entry in the ledger says something else than its event', booked: '20' }],
    mends: false,
  },
}

describe.each(Object.keys(damages))('%s', (name) => {
  test('is found, with both figures', async () => {
    await drainThree()
    const { damage, found, mends } = damages[name]!
    await damage()
    const differences = await checkBooks(drains.db)
    const expected = found()
    if (Array.isArray(expected)) expect(differences).toHaveLength(expected.length)
    expect(differences).toMatchObject(expected)
    for (const { tenant_id } of differences) expect(tenant_id).toBe(drains.tenantId)
    const rebuilt = await rebuildBooks(drains.db, new Date('2026-11-22T13:00:00Z'))
    const left = (await checkBooks(drains.db)).map(({ what }) => what)
    if (mends) {
      expect(left).toEqual([])
      expect(rebuilt.counters + rebuilt.rollups).toBeGreaterThan(0)
    } else expect(left).toEqual([expect.stringMatching(/^an (event|entry)/)])
    const { rows } = await run('select action, outcome, actor_id, after from audit_events')
    expect(rows).toEqual([{ action: 'books.rebuilt', outcome: 'done', actor_id: null, after: rebuilt }])
  })
})

test('books are right, and are mended, while gateways drain into them', async () => {
  await run('update limits set amount = 1000000000 where id = any($1)', [held.map((limit) => limit.limit_id)])
  let over = new AbortController()
  const found: unknown[] = []
  const draining = Array.from({ length: 4 }, async () => {
    const [sink, own, life] = [drains.sink(), await drains.session(), newId()]
    await own.query(`select renew_epoch($1, interval '5 minutes')`, [life])
    for (let batch = 0; batch < 25; batch++) {
      const wants = held.map(({ tenant_id, limit_id, window_start }) => ({ tenant_id, limit_id, window_start, need: 10, ask: 0 }))
      await own.query('select take_room($1, $2)', [life, JSON.stringify([wants])])
      const events = Array.from({ length: 20 }, (_, call) => drains.event({ limits: held, cost_nanos: '7', model: `m${call % 3}` }))
      await sink.drain(life, journaled(events, 1 + batch * 20))
    }
  })
  const checking = (async () => {
    while (!over.signal.aborted) found.push(...(await checkBooks(drains.db)))
  })()
  await Promise.all(draining).finally(() => over.abort())
  await checking
  expect(found).toEqual([])

  over = new AbortController()
  let calls = 0
  const more = Array.from({ length: 4 }, async () => {
    const [sink, life] = [drains.sink(), newId()]
    for (let batch = 0; !over.signal.aborted; batch++, calls += 20) {
      const events = Array.from({ length: 20 }, (_, call) => drains.event({ limits: held, cost_nanos: '7', model: `m${call % 5}` }))
      await sink.drain(life, journaled(events, 1 + batch * 20))
    }
  })
  for (let times = 0; times < 20; times++) {
    // Where counters are locked, no drain comes as far as the roll-ups.
    for (const { limit_id } of times % 2 ? held : [])
      await run('update limit_counters set posted = posted + 3, leased = leased + 1 where limit_id = $1', [limit_id])
    await run('update usage_rollups set requests = 0 where model = $1', [`m${times % 3}`])
    await run('delete from usage_rollups where model = $1', [`m${(times + 1) % 5}`])
    await rebuildBooks(drains.db, new Date())
  }
  over.abort()
  await Promise.all(more)
  expect(calls).toBeGreaterThan(200)
  expect(await checkBooks(drains.db)).toEqual([])
  // Before it, 4 × 25 × 20 calls.
  expect(await drains.one('select sum(requests) from usage_rollups')).toBe(BigInt(2000 + calls))
  expect(await drains.one('select posted from limit_counters where limit_id = $1', [limitOf(0)])).toBe(BigInt((2000 + calls) * 7))
})
