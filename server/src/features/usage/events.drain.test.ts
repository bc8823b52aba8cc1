import { afterEach, beforeEach, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { journaled, openDrains, type Drains } from './drain.fixture.ts'
import { ensurePartitions } from './events.partitions.ts'
import { decodeSettled, encodeHold, encodeSettlement, bytesOfId, settleBytesMax } from './events.record.ts'

let drains: Drains
const epoch = newId()
beforeEach(async () => {
  drains = await openDrains()
})
afterEach(() => drains.close())

test('events, ledger, counter and roll-up say the same, and a second drain of the same events says nothing new', async () => {
  const { event, drain, one, client } = drains
  const events = [event(), event({ outcome: 'error', cost_nanos: '0' }), event({ estimated: true, cost_nanos: '500' })]
  await drain(epoch, events)
  await drain(epoch, [...events, event({ cost_nanos: '7' })])
  expect(await one('select count(*) from usage_events')).toBe(4n)
  expect(await one('select sum(amount) from ledger_entries')).toBe(5007n)
  expect(await one('select posted from limit_counters')).toBe(5007n)
  const { rows } = await client.query<Record<string, unknown>>('select * from usage_rollups')
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({
    requests: 4n,
    errors: 1n,
    cost_nanos: 5007n,
    tokens_input: 40n,
    tokens_output: 20n,
    estimated_requests: 1n,
    unknown_cost_requests: 0n,
    user_id: '00000000-0000-0000-0000-000000000000',
  })
  expect((rows[0] as { hour: Date }).hour.toISOString()).toBe('2026-11-22T10:00:00.000Z')
  expect(await one('select position from journal_positions')).toBe(4n)
})

test('every column of an event is there as it was settled', async () => {
  const { event, drain, client } = drains
  const told = event({
    user_id: newId(),
    agent_id: newId(),
    outcome: 'upstream_lost',
    error_source: 'provider',
    error_code: 'a\tb\\c\nd\re',
    http_status: 599,
    stream: true,
    model: 'módelo-日本-😀\\N',
    tokens_input: 1,
    tokens_cache_read: 2,
    tokens_cache_write: 3,
    tokens_cache_write_long: 4,
    tokens_output: 5,
    tokens_reasoning: 6,
    tokens_audio_input: 7,
    tokens_audio_output: 8,
    tokens_image: 9,
    cost_nanos: null,
    price: null,
    estimated: true,
    unresolved: true,
    first_byte_ms: null,
    raw_usage: { 'a "quoted" key\\': ['\n\t', 1.5, null, '😀'] },
  })
  await drain(epoch, [told])
  const { rows } = await client.query('select * from usage_events')
  const { limits: _, admitted_at, ...columns } = told
  const asBigint = Object.entries(columns).map(([name, value]) => [name, name.startsWith('tokens_') ? BigInt(value as number) : value])
  expect(rows).toEqual([{ ...Object.fromEntries(asBigint), reserved_nanos: 9000n, admitted_at: new Date(admitted_at) }])
})

test('what an event has used is posted to each of its limits, in the unit of the limit', async () => {
  const { event, drain, limit, client } = drains
  const held = [await limit('cost'), await limit('tokens'), await limit('requests'), await limit('parallel')]
  const counts = { tokens_input: 1, tokens_cache_read: 20, tokens_output: 300, tokens_reasoning: 4000 }
  await drain(epoch, [event({ ...counts, cost_nanos: '70', limits: held }), event({ cost_nanos: '0', limits: held.slice(0, 1) })])
  const { rows } = await client.query(
    `select metric, posted, (select count(*) from ledger_entries e where e.limit_id = l.id) as entries
     from limits l join limit_counters c on c.limit_id = l.id order by metric`,
  )
  expect(rows).toEqual([
    // A cost of nothing has an entry too, that it may be corrected.
    { metric: 'cost', posted: 70n, entries: 2n },
    { metric: 'requests', posted: 1n, entries: 1n },
    { metric: 'tokens', posted: 4321n, entries: 1n },
  ])
})

test('a call of which nobody knows what it used counts as what it reserved, in tokens too', async () => {
  const { event, drain, limit, one } = drains
  const held = { ...(await limit('tokens')), reserved: '777' }
  await drain(epoch, [event({ tokens_input: 0, tokens_output: 0, unresolved: true, outcome: 'unresolved', limits: [held] })])
  expect(await one('select posted from limit_counters')).toBe(777n)
})

test('what was leased to the epoch becomes posted, as far as that reaches, and the process is told what it has now', async () => {
  const { event, drain, limit, client, tenantId } = drains
  const held = await limit('cost', undefined, 1000)
  await client.query(`select renew_epoch($1, interval '1 minute')`, [epoch])
  await client.query('select ensure_counters($1)', [JSON.stringify([held])])
  const want = { tenant_id: tenantId, limit_id: held.limit_id, window_start: held.window_start, need: 100, ask: 0 }
  await client.query('select take_room($1, $2)', [epoch, JSON.stringify([[want]])])
  const first = await drain(epoch, [event({ cost_nanos: '30', limits: [held] })])
  expect(first.words).toMatchObject([{ limitId: held.limit_id, windowStart: held.window_start, granted: 70n, left: 900n }])
  expect(first.counters).toMatchObject([{ limit_id: held.limit_id, amount: 30n }])
  const second = await drain(epoch, [event({ cost_nanos: '100', limits: [held] })], 2)
  expect(second.words).toMatchObject([{ granted: 0n, left: 870n }])
  expect(second.words[0]!.serial).toBeGreaterThan(first.words[0]!.serial)
  const { rows } = await client.query('select posted, leased from limit_counters')
  expect(rows).toEqual([{ posted: 130n, leased: 0n }])
})

test('a limit that is gone does not hold up the events it was on', async () => {
  const { event, drain, one, tenantId } = drains
  const gone = [
    { tenant_id: tenantId, limit_id: newId(), window_start: '1970-01-01T00:00:00.000Z', metric: 'cost' as const, reserved: '1' },
  ]
  await drain(epoch, [event({ limits: gone }), event()])
  expect(await one('select count(*) from usage_events')).toBe(2n)
  expect(await one('select posted from limit_counters')).toBe(4500n)
  expect(await one('select count(*) from ledger_entries')).toBe(1n)
})

test('texts that PostgreSQL cannot store hold nothing up, change no figure, and take nothing from other events', async () => {
  const { event, drain, one, client } = drains
  await drain(epoch, [
    event(),
    event({ error_code: 'a\u0000b', raw_usage: { '\ud800': 'x\u0000' } }),
    event({ model: 'm\u0000' }),
    event({ request_id: '\udc00' }),
    event({ raw_usage: { '😀': '\\u0041' } }),
  ])
  expect(await one('select posted from limit_counters')).toBe(22_500n)
  const { rows } = await client.query('select error_code, model, raw_usage, length(request_id) as length from usage_events order by id')
  expect(rows).toEqual([
    { error_code: null, model: 'gpt-4o-mini', raw_usage: { prompt_tokens: 10 }, length: 36 },
    { error_code: 'a?b', model: 'gpt-4o-mini', raw_usage: null, length: 36 },
    { error_code: null, model: 'm?', raw_usage: null, length: 36 },
    { error_code: null, model: 'gpt-4o-mini', raw_usage: null, length: 1 },
    { error_code: null, model: 'gpt-4o-mini', raw_usage: { '😀': '\\u0041' }, length: 36 },
  ])
})

test('what no check foresaw makes a batch plain, and is in the accounts all the same', async () => {
  const { event, drain, one, client } = drains
  // No JSON column takes a number of so many digits.
  const digits = `${'9'.repeat(140_000)}e0`
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }
  const odd = { toJSON: () => rawJSON(digits) } as unknown as Record<string, unknown>
  await drain(epoch, [event({ raw_usage: odd }), event()])
  expect(await one('select posted from limit_counters')).toBe(9000n)
  const { rows } = await client.query('select raw_usage from usage_events')
  expect(rows).toEqual([{ raw_usage: null }, { raw_usage: null }])
})

test('a settlement fits into the room that its hold reserved, whatever the provider reported', () => {
  const buckets = ['input', 'cache_read', 'cache_write', 'cache_write_long', 'output', 'reasoning', 'audio_input', 'audio_output', 'image']
  const price = {
    source: 'price 01890000-0000-7000-8000-000000000000',
    per_million_nanos: Object.fromEntries(buckets.map((name) => [name, '9'.repeat(16)])),
  }
  const most = Number.MAX_SAFE_INTEGER
  const counts = {
    tokens_input: most,
    tokens_cache_read: most,
    tokens_cache_write: most,
    tokens_cache_write_long: most,
    tokens_output: most,
    tokens_reasoning: most,
    tokens_audio_input: most,
    tokens_audio_output: most,
    tokens_image: most,
  }
  const settlement = encodeSettlement({
    ...counts,
    price,
    outcome: 'upstream_lost',
    error_source: 'provider',
    error_code: 'y'.repeat(100),
    http_status: 599,
    cost_nanos: '9'.repeat(19),
    estimated: false,
    unresolved: false,
    duration_ms: 2 ** 31,
    first_byte_ms: 2 ** 31,
    raw_usage: { details: 'x'.repeat(100_000) },
  })
  expect(settlement.length).toBeLessThanOrEqual(settleBytesMax)
  const id = newId()
  expect(decodeSettled(bytesOfId(id), encodeHold(drains.event()), settlement)).toMatchObject({
    id,
    price,
    raw_usage: null,
    cost_nanos: '9'.repeat(19),
  })
})

test('partitions are made ahead, take the events of their month, and adopt what came before them', async () => {
  const { event, drain, one, db } = drains
  await drain(epoch, [event({ admitted_at: '2027-03-31T23:59:59.999Z' }), event({ admitted_at: '2027-04-01T00:00:00.000Z' })])
  expect(await one('select count(*) from usage_events_rest')).toBe(2n)
  await ensurePartitions(db, new Date('2027-03-22T00:00:00Z'))
  await ensurePartitions(db, new Date('2027-03-22T00:00:00Z'))
  expect(await one('select count(*) from usage_events_rest')).toBe(0n)
  expect(await one('select count(*) from usage_events_2027_03')).toBe(1n)
  expect(await one('select count(*) from usage_events_2027_04')).toBe(1n)
  expect(await one('select count(*) from usage_events_2027_05')).toBe(0n)
  await drain(epoch, [event({ admitted_at: '2027-04-30T12:00:00.000Z' })], 3)
  expect(await one('select count(*) from usage_events_2027_04')).toBe(2n)
})

test('amounts that no column holds stop at what it holds, and keep none of the others out', async () => {
  const { event, drain, one } = drains
  const absurd = { reserved_nanos: '9'.repeat(30), cost_nanos: '9'.repeat(30), tokens_input: 1e22, duration_ms: 1e12, model: 'absurd' }
  await drain(epoch, [event(absurd), event(absurd), event()])
  await drain(epoch, [event(absurd)], 4)
  expect(await one('select count(*)::int from usage_events')).toBe(4)
  expect(await one("select cost_nanos from usage_events where model = 'gpt-4o-mini'")).toBe(4500n)
  expect(await one("select max(reserved_nanos) from usage_events where model = 'absurd'")).toBe(9_223_372_036_854_775_807n)
  expect(await one("select max(cost_nanos) from usage_rollups where model = 'absurd'")).toBe(9_223_372_036_854_775_807n)
  expect(await one('select posted from limit_counters')).toBe(9_223_372_036_854_775_807n)
})

test('a key says when it was last used, to some seconds, and nobody waits for whoever else is at its row', async () => {
  const { event, drain, one, client, tenantId } = drains
  const [key, other] = [newId(), newId()]
  for (const id of [key, other])
    await client.query(
      `insert into access_keys (tenant_id, id, name, created_by, mode, secret_hash, key_hint, created_at) values ($1, $2, 'k', $1, 'live', $3, 'h', now())`,
      [tenantId, id, Buffer.from(id)],
    )
  const lastUsed = async (id = key) => ((await one('select last_used from access_keys where id = $1', [id])) as Date | null)?.toISOString()
  const used = (at: string, access_key_id = key) => event({ access_key_id, admitted_at: `2026-11-22T10:00:${at}.000Z` })
  await drain(epoch, [used('01'), used('03'), used('02')])
  expect(await lastUsed()).toBe('2026-11-22T10:00:03.000Z')
  await drain(epoch, [used('08')], 4)
  expect(await lastUsed()).toBe('2026-11-22T10:00:03.000Z')
  await drain(epoch, [used('09')], 5)
  expect(await lastUsed()).toBe('2026-11-22T10:00:09.000Z')
  await client.query('begin')
  await client.query('update access_keys set name = name where id = $1', [key])
  await drain(epoch, [used('30'), used('31', other)], 6)
  await client.query('commit')
  expect([await lastUsed(), await lastUsed(other)]).toEqual(['2026-11-22T10:00:09.000Z', '2026-11-22T10:00:31.000Z'])
  await drain(epoch, [used('33')], 8)
  expect(await lastUsed()).toBe('2026-11-22T10:00:33.000Z')
})

test('a sink whose session was ended goes on in a new one', async () => {
  const { event, sink, one, client } = drains
  const lasting = sink()
  await lasting.drain(epoch, journaled([event()]))
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'llm-manager drain' and datname = current_database()`,
  )
  const next = journaled([event()], 2)
  await lasting.drain(epoch, next).catch(() => lasting.drain(epoch, next))
  expect(await one('select count(*) from usage_events')).toBe(2n)
})
