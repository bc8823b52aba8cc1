import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newDatabase } from '../../../test/harness.ts'
import { openEventSink, type EventSink } from '../../features/usage/events.drain.ts'
import { ensurePartitions } from '../../features/usage/events.partitions.ts'
import { bytesOfId, encodeHold, encodeSettlement, noTokens, settleBytesMax, type HoldRecord } from '../../features/usage/events.record.ts'
import { openDb, type OpenDb } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { openJournal } from '../../platform/journal/journal.ts'
import { createLog } from '../../platform/log/log.ts'
import { recoverEpochs } from './recover.ts'

const database = newId()
const [tenant, limit, providerKey] = [newId(), newId(), newId()]
const log = createLog('silent')

let opened: OpenDb
let other: OpenDb
let client: pg.Client
let sinks: EventSink[]
let dir: string
beforeEach(async () => {
  const url = await newDatabase()
  ;[opened, other] = [openDb(url), openDb(url)]
  sinks = [openEventSink(url), openEventSink(url)]
  client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`insert into tenants (id, name, plan, created_at) values ($1, 'Ours', 'pro', now())`, [tenant])
  await client.query(
    `insert into limits (tenant_id, id, subject_type, subject_id, metric, "window", amount, created_at) values ($1, $2, 'provider_key', $3, 'cost', 'total', null, now())`,
    [tenant, limit, providerKey],
  )
  await ensurePartitions(opened.db, new Date('2026-11-22T10:00:00Z'))
  dir = mkdtempSync(join(tmpdir(), 'recover-again-'))
})
afterEach(async () => {
  for (const sink of sinks) await sink.close()
  await client.end()
  await opened.close()
  await other.close()
  rmSync(dir, { recursive: true, force: true })
})

function holdOf(requestId: string): HoldRecord {
  return {
    tenant_id: tenant,
    admitted_at: '2026-11-22T10:30:00.000Z',
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
    price: null,
    request_id: requestId,
    limits: [{ tenant_id: tenant, limit_id: limit, window_start: '1970-01-01T00:00:00.000Z', metric: 'cost', reserved: '9000' }],
  }
}

const settlement = encodeSettlement({
  ...noTokens,
  outcome: 'ok',
  error_source: null,
  error_code: null,
  http_status: 200,
  cost_nanos: '3',
  estimated: false,
  unresolved: false,
  duration_ms: 1,
  first_byte_ms: null,
  raw_usage: null,
})

/** A dead process's journal: `call-0` to `call-1199` settled at 3 nano-dollars each, and `open-0` to `open-599` never, 9000 each. */
async function leaveJournal(): Promise<string> {
  const epoch = newId()
  const journal = await openJournal({ dir, epoch, database, sync: 'group', segmentBytes: 64 * 1024, maxBytes: 8 * 1024 * 1024 })
  for (let number = 0; number < 1200; number += 1) {
    const id = bytesOfId(newId())
    journal.hold(id, encodeHold(holdOf(`call-${number}`)), settleBytesMax)
    journal.settle(id, settlement)
    if (number % 2 === 0) journal.hold(bytesOfId(newId()), encodeHold(holdOf(`open-${number / 2}`)), settleBytesMax)
  }
  await journal.close()
  return epoch
}

/** The death of the database in the middle of things: an event is refused until that is over. */
async function refuse(requestId: string): Promise<() => Promise<unknown>> {
  await client.query(`create function refuse() returns trigger language plpgsql as $$ begin
    if new.request_id = '${requestId}' then raise exception 'the database is away'; end if; return new; end $$`)
  await client.query('create trigger refuse before insert on usage_events for each row execute function refuse()')
  return () => client.query('drop function refuse cascade')
}

async function account(): Promise<Record<string, number>> {
  const { rows } = await client.query<Record<string, bigint>>(
    `select (select count(*) from usage_events) as events, (select count(*) from usage_events where unresolved) as unresolved,
      (select count(distinct request_id) from usage_events) as calls, (select coalesce(sum(posted), 0) from limit_counters) as posted,
      (select coalesce(sum(amount), 0) from ledger_entries) as entries, (select coalesce(sum(cost_nanos), 0) from usage_rollups) as rollups,
      (select count(*) from journal_positions) as positions`,
  )
  return Object.fromEntries(Object.entries(rows[0]!).map(([name, value]) => [name, Number(value)]))
}

// 1200 × 3 + 600 × 9000.
const all = { events: 1800, unresolved: 600, calls: 1800, posted: 5_403_600, entries: 5_403_600, rollups: 5_403_600, positions: 0 }

test('a recovery that was cut off among the settled calls, and again among the others, is ended by the next, each call booked once', async () => {
  const epoch = await leaveJournal()
  const begin = await refuse('call-700')
  await expect(recoverEpochs(opened.db, sinks[0]!, dir, database, log)).rejects.toThrow('the database is away')
  expect(await account()).toMatchObject({ events: 500, unresolved: 0, positions: 1 })
  await begin()
  const goOn = await refuse('open-450')
  await expect(recoverEpochs(opened.db, sinks[0]!, dir, database, log)).rejects.toThrow('the database is away')
  expect(await account()).toMatchObject({ events: 1500, positions: 1 })
  expect(readdirSync(dir)).toEqual([epoch])
  await goOn()
  await recoverEpochs(opened.db, sinks[0]!, dir, database, log)
  expect(await account()).toEqual(all)
  expect(readdirSync(dir)).toEqual([])
})

test('of two that recover at once one books it; and what is put back from a copy changes nothing', async () => {
  const epoch = await leaveJournal()
  const copy = mkdtempSync(join(tmpdir(), 'recover-again-'))
  cpSync(join(dir, epoch), join(copy, epoch), { recursive: true })
  const counts = await Promise.all([
    recoverEpochs(opened.db, sinks[0]!, dir, database, log),
    recoverEpochs(other.db, sinks[1]!, dir, database, log),
  ])
  expect(counts.toSorted((a, b) => a - b)).toEqual([0, 1800])
  expect(await account()).toEqual(all)
  cpSync(join(copy, epoch), join(dir, epoch), { recursive: true })
  rmSync(copy, { recursive: true })
  await recoverEpochs(opened.db, sinks[0]!, dir, database, log)
  expect(await account()).toEqual(all)
  expect(readdirSync(dir)).toEqual([])
})

/** Room of 6,000,000 nano-dollars in the one limit, leased to a process that is dead. */
async function leaveRoom(epoch: string): Promise<void> {
  const window = '1970-01-01T00:00:00Z'
  await client.query(`insert into epochs (id, started_at, expires_at) values ($1, now() - interval '2 hours', now() - interval '1 hour')`, [
    epoch,
  ])
  await client.query('insert into limit_counters (tenant_id, limit_id, window_start, posted, leased) values ($1, $2, $3, 0, 6000000)', [
    tenant,
    limit,
    window,
  ])
  await client.query('insert into leases values ($1, $2, $3, $4, 6000000, 1)', [tenant, limit, window, epoch])
}

/** Turns one bit over in the middle of the first segment. */
function damage(epoch: string): void {
  const folder = join(dir, epoch)
  const file = join(folder, readdirSync(folder).toSorted()[0]!)
  const bytes = readFileSync(file)
  bytes[30_000]! ^= 1
  writeFileSync(file, bytes)
}

const roomOf = async () =>
  (
    await client.query<Record<string, bigint>>(`select (select sum(leased) from limit_counters)::bigint as leased,
      (select coalesce(sum(amount), 0) from ledger_entries where event_id in (select id from epochs))::bigint as unproved`)
  ).rows[0]!

test.each([false, true])(
  'what a damaged journal does not prove stays charged, also where it was charged before (%s)',
  async (wasTakenOver) => {
    const epoch = await leaveJournal()
    await leaveRoom(epoch)
    if (wasTakenOver) await client.query(`select * from abandon_epochs(interval '15 minutes')`)
    damage(epoch)
    await recoverEpochs(opened.db, sinks[0]!, dir, database, log)
    const { events, posted, entries, rollups } = await account()
    // One record of 3000 is lost: a settlement, whose call is unresolved then; a hold with its settlement; or a hold that nobody settled.
    expect(events).toBeGreaterThan(1795)
    expect({ posted, entries }).toEqual({ posted: 6_000_000, entries: 6_000_000 })
    expect(await roomOf()).toEqual({ leased: 0n, unproved: 6_000_000n - BigInt(rollups!) })
  },
)

test('a whole journal proves what was not spent: nothing of its room stays charged', async () => {
  const epoch = await leaveJournal()
  await leaveRoom(epoch)
  await client.query(`select * from abandon_epochs(interval '15 minutes')`)
  expect(await roomOf()).toEqual({ leased: 0n, unproved: 6_000_000n })
  await recoverEpochs(opened.db, sinks[0]!, dir, database, log)
  expect(await account()).toEqual(all)
  expect(await roomOf()).toEqual({ leased: 0n, unproved: 0n })
})

test('the journal of another installation is left where it is', async () => {
  const epoch = await leaveJournal()
  expect(await recoverEpochs(opened.db, sinks[0]!, dir, newId(), log)).toBe(0)
  expect(await account()).toMatchObject({ events: 0 })
  expect(readdirSync(dir)).toEqual([epoch])
})
