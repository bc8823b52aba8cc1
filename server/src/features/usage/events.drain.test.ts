import { afterEach, beforeEach, expect, test } from 'vitest'
import pg from 'pg'
import { newDatabase } from '../../../test/harness.ts'
import { openDb, type OpenDb } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { drainEvents } from './events.drain.ts'
import { ensurePartitions } from './events.partitions.ts'
import { decodeSettled, encodeHold, encodeSettlement, noTokens, bytesOfId, settleBytesMax, type SettledEvent } from './events.record.ts'

let opened: OpenDb
let client: pg.Client
const tenant = newId()
const limit = newId()
const providerKey = newId()
const epoch = newId()
beforeEach(async () => {
  const url = await newDatabase()
  opened = openDb(url)
  client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`insert into tenants (id, name, plan, created_at) values ($1, 'Ours', 'pro', now())`, [tenant])
  await client.query(
    `insert into limits (tenant_id, id, subject_type, subject_id, metric, "window", amount, created_at) values ($1, $2, 'provider_key', $3, 'cost', 'total', null, now())`,
    [tenant, limit, providerKey],
  )
})
afterEach(async () => {
  await client.end()
  await opened.close()
})

function eventOf(change: Partial<SettledEvent> = {}): SettledEvent {
  return {
    ...noTokens,
    tenant_id: tenant,
    admitted_at: '2026-11-22T10:30:00.000Z',
    id: newId(),
    operation_id: newId(),
    attempt: 1,
    access_key_id: newId(),
    user_id: null,
    agent_id: null,
    provider_key_tenant_id: tenant,
    provider_key_id: providerKey,
    provider: 'openai',
    model: 'gpt-4o-mini',
    endpoint: 'chat.completions',
    stream: false,
    reserved_nanos: '9000',
    price: { source: 'test', per_million_nanos: { input: '150000000' } },
    request_id: newId(),
    limits: [{ tenant_id: tenant, limit_id: limit, window_start: '1970-01-01T00:00:00.000Z', metric: 'cost', reserved: '9000' }],
    outcome: 'ok',
    error_source: null,
    error_code: null,
    http_status: 200,
    tokens_input: 10,
    tokens_output: 5,
    cost_nanos: '4500',
    estimated: false,
    unresolved: false,
    duration_ms: 12,
    first_byte_ms: 10,
    raw_usage: { prompt_tokens: 10 },
    ...change,
  }
}

const one = async (text: string) => Object.values((await client.query(text)).rows[0] as object)[0] as unknown

test('events, ledger, counter and roll-up say the same, and a second drain of the same events says nothing new', async () => {
  const accessKey = newId()
  const events = [
    eventOf({ access_key_id: accessKey }),
    eventOf({ access_key_id: accessKey, outcome: 'error', cost_nanos: '0' }),
    eventOf({ access_key_id: accessKey, estimated: true, cost_nanos: '500' }),
  ]
  await drainEvents(opened.db, { epoch, position: 10 }, events)
  await drainEvents(opened.db, { epoch, position: 10 }, [...events, eventOf({ access_key_id: accessKey, cost_nanos: '7' })])
  expect(await one('select count(*) from usage_events')).toBe(4n)
  expect(await one('select sum(amount) from ledger_entries')).toBe(5007n)
  expect(await one('select posted from limit_counters')).toBe(5007n)
  const { rows } = await client.query('select * from usage_rollups')
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({
    requests: 4n,
    errors: 1n,
    cost_nanos: 5007n,
    tokens_input: 40n,
    tokens_output: 20n,
    estimated_requests: 1n,
    unknown_cost_requests: 0n,
  })
  expect((rows[0] as { hour: Date }).hour.toISOString()).toBe('2026-11-22T10:00:00.000Z')
  expect(await one('select position from journal_positions')).toBe(10n)
})

test('drains at once of overlapping events and limits neither stop each other nor count twice', async () => {
  const events = Array.from({ length: 40 }, () => eventOf({ cost_nanos: '3' }))
  await Promise.all(Array.from({ length: 6 }, (_, turn) => drainEvents(opened.db, { epoch: newId(), position: 1 }, events.slice(turn * 5))))
  expect(await one('select count(*) from usage_events')).toBe(40n)
  expect(await one('select posted from limit_counters')).toBe(120n)
  expect(await one('select sum(requests) from usage_rollups')).toBe(40n)
})

test('a limit that is gone does not hold up the events it was on', async () => {
  const gone = [{ tenant_id: tenant, limit_id: newId(), window_start: '1970-01-01T00:00:00.000Z', metric: 'cost' as const, reserved: '1' }]
  await drainEvents(opened.db, { epoch, position: 1 }, [eventOf({ limits: gone }), eventOf()])
  expect(await one('select count(*) from usage_events')).toBe(2n)
  expect(await one('select posted from limit_counters')).toBe(4500n)
})

test('texts that PostgreSQL cannot store hold nothing up, and change no figure', async () => {
  await drainEvents(opened.db, { epoch, position: 1 }, [
    eventOf(),
    eventOf({ error_code: 'a\u0000b', raw_usage: { '\ud800': 'x\u0000' } }),
    eventOf({ model: 'm\u0000' }),
  ])
  expect(await one('select count(*) from usage_events')).toBe(3n)
  expect(await one('select posted from limit_counters')).toBe(13_500n)
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
  expect(decodeSettled(bytesOfId(id), encodeHold(eventOf()), settlement)).toMatchObject({
    id,
    price,
    raw_usage: null,
    cost_nanos: '9'.repeat(19),
  })
})

test('partitions are made ahead, take the events of their month, and adopt what came before them', async () => {
  await drainEvents(opened.db, { epoch, position: 1 }, [
    eventOf({ admitted_at: '2026-11-30T23:59:59.999Z' }),
    eventOf({ admitted_at: '2026-12-01T00:00:00.000Z' }),
  ])
  expect(await one('select count(*) from usage_events_rest')).toBe(2n)
  await ensurePartitions(opened.db, new Date('2026-11-22T00:00:00Z'))
  await ensurePartitions(opened.db, new Date('2026-11-22T00:00:00Z'))
  expect(await one('select count(*) from usage_events_rest')).toBe(0n)
  expect(await one('select count(*) from usage_events_2026_11')).toBe(1n)
  expect(await one('select count(*) from usage_events_2026_12')).toBe(1n)
  expect(await one('select count(*) from usage_events_2027_01')).toBe(0n)
  await drainEvents(opened.db, { epoch, position: 2 }, [eventOf({ admitted_at: '2026-12-31T12:00:00.000Z' })])
  expect(await one('select count(*) from usage_events_2026_12')).toBe(2n)
})

test('amounts that no column holds stop at what it holds, and keep none of the others out', async () => {
  await ensurePartitions(opened.db, new Date('2026-11-22T00:00:00Z'))
  const absurd = { reserved_nanos: '9'.repeat(30), cost_nanos: '9'.repeat(30), tokens_input: 1e22, model: 'absurd' }
  await drainEvents(opened.db, { epoch, position: 1 }, [eventOf(absurd), eventOf(absurd), eventOf()])
  await drainEvents(opened.db, { epoch, position: 2 }, [eventOf({ ...absurd, access_key_id: newId() })])
  expect(await one('select count(*)::int from usage_events')).toBe(4)
  expect(await one("select cost_nanos from usage_events where model = 'gpt-4o-mini'")).toBe(4500n)
  expect(await one("select max(reserved_nanos) from usage_events where model = 'absurd'")).toBe(9_223_372_036_854_775_807n)
  expect(await one("select max(cost_nanos) from usage_rollups where model = 'absurd'")).toBe(9_223_372_036_854_775_807n)
  expect(await one('select posted from limit_counters')).toBe(9_223_372_036_854_775_807n)
})
