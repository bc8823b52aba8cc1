import { createServer, type Server } from 'node:http'
import { mkdtempSync, readdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testConfig } from '../../test/harness.ts'
import {
  bytesOfId,
  encodeHold,
  encodeSettlement,
  noTokens,
  settleBytesMax,
  type HoldRecord,
  type SettleRecord,
} from '../features/usage/events.record.ts'
import { openBus } from '../platform/bus.ts'
import { systemClock } from '../platform/time/clock.ts'
import type { Platform } from '../platform/ctx.ts'
import { openDb } from '../platform/db.ts'
import { createEgress } from '../platform/egress/egress.ts'
import { newId } from '../platform/ids.ts'
import { openJournal } from '../platform/journal/journal.ts'
import { createLog } from '../platform/log/log.ts'
import { openKeyring } from '../platform/vault/keyring.ts'
import { openGateway, type Gateway } from './gateway.ts'
import type { GatewayBounds } from './state.ts'
import { message, openWorld, type SystemKey, type World } from './test-kit.ts'

let world: World
let bound: SystemKey & { key: string }
const undo: (() => Promise<unknown>)[] = []
beforeEach(async () => {
  world = await openWorld()
  bound = await world.bound('openai', 'recovery', { usage_limit: 1 })
})
afterEach(async () => {
  for (const step of undo.reverse().splice(0)) await step()
  await world.close()
})

const body = { model: 'openai/gpt-4o-mini', max_tokens: 10, messages: message('hi') }
const journalDir = () => join(world.api.dataDir, 'journal')

/** The gateway alone, on the database of a server that was stopped. */
async function openAlone(
  bounds: Partial<GatewayBounds> = {},
  env: Record<string, string> = {},
): Promise<{ gateway: Gateway; platform: Platform; port: number; post: (sent?: unknown, to?: number) => Promise<Response> }> {
  await world.api.server.close()
  const config = testConfig(world.api.dataDir, world.api.databaseUrl, world.api.simulator, env)
  const log = createLog('silent')
  const { db, close } = openDb(world.api.databaseUrl)
  undo.push(close)
  const bus = await openBus(world.api.databaseUrl, log)
  undo.push(bus.close)
  const egress = createEgress({ allow: [], trustedOrigins: Object.values(config.baseUrls) })
  const platform: Platform = { config, db, bus, keyring: openKeyring(config.encryptionKey.expose()), egress, now: systemClock, log }
  const gateway = await openGateway(platform, { databaseUrl: world.api.databaseUrl, journalDir: journalDir(), bounds })
  undo.push(gateway.close)
  const server: Server = createServer((req, res) => void gateway.handle(req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  undo.push(async () => void server.close())
  const { port } = server.address() as AddressInfo
  const post = (sent: unknown = body, to = port) =>
    fetch(`http://127.0.0.1:${to}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bound.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(sent),
    })
  return { gateway, platform, port, post }
}

async function holdOf(requestId: string, reservedNanos: number): Promise<HoldRecord> {
  const [row] = await world.api.sql<Record<string, string>>(
    `select k.tenant_id, k.id as key_id, l.id as limit_id, a.id as access_key_id, a.agent_id from provider_keys k join limits l on l.subject_id = k.id
      join agents g on g.key_id = k.id join access_keys a on a.agent_id = g.id where k.id = $1`,
    [bound.id],
  )
  const { tenant_id, key_id, limit_id, access_key_id, agent_id } = row as Record<
    'tenant_id' | 'key_id' | 'limit_id' | 'access_key_id' | 'agent_id',
    string
  >
  const limit = { tenant_id, limit_id, window_start: '1970-01-01T00:00:00.000Z', metric: 'cost' as const, reserved: String(reservedNanos) }
  return {
    tenant_id,
    admitted_at: '2026-11-20T10:00:00.000Z',
    operation_id: newId(),
    attempt: 1,
    access_key_id,
    user_id: null,
    agent_id,
    provider_key_tenant_id: tenant_id,
    provider_key_id: key_id,
    provider: 'openai',
    model: 'gpt-4o-mini',
    endpoint: 'chat.completions',
    stream: false,
    reserved_nanos: String(reservedNanos),
    price: null,
    request_id: requestId,
    limits: [limit],
  }
}

const settlement: SettleRecord = {
  ...noTokens,
  outcome: 'ok',
  error_source: null,
  error_code: null,
  http_status: 200,
  tokens_input: 10,
  tokens_output: 20,
  cost_nanos: '13500',
  estimated: false,
  unresolved: false,
  duration_ms: 5,
  first_byte_ms: 4,
  raw_usage: null,
}

/** A journal as a process leaves it that was killed: two calls settled, one not. */
async function leaveJournal(): Promise<string> {
  const epoch = newId()
  const database = world.api.root.tenantId
  const journal = await openJournal({ dir: journalDir(), epoch, database, sync: 'group', segmentBytes: 64 * 1024, maxBytes: 1024 * 1024 })
  for (const name of ['settled-1', 'settled-2', 'open']) {
    const id = bytesOfId(newId())
    journal.hold(id, encodeHold(await holdOf(name, 50_000)), settleBytesMax)
    if (name !== 'open') journal.settle(id, encodeSettlement(settlement))
  }
  await journal.close()
  return epoch
}

async function account(): Promise<{ events: number; posted: number; entries: number; rollups: number; unresolved: number }> {
  const [row] = await world.api.sql<Record<string, string>>(
    `select (select count(*) from usage_events where provider_key_id = $1) as events,
      (select count(*) from usage_events where provider_key_id = $1 and unresolved) as unresolved,
      coalesce((select sum(c.posted) from limit_counters c join limits l on l.id = c.limit_id where l.subject_id = $1), 0) as posted,
      coalesce((select sum(e.amount) from ledger_entries e join limits l on l.id = e.limit_id where l.subject_id = $1), 0) as entries,
      coalesce((select sum(cost_nanos) from usage_rollups where provider_key_id = $1), 0) as rollups`,
    [bound.id],
  )
  return Object.fromEntries(Object.entries(row!).map(([name, value]) => [name, Number(value)])) as Awaited<ReturnType<typeof account>>
}

test('what a killed process left is booked before anything is admitted: settled calls as they were, others at their reservation', async () => {
  await leaveJournal()
  const { gateway } = await openAlone()
  // 2 × 13500 settled, 50000 unresolved.
  expect(await account()).toEqual({ events: 3, unresolved: 1, posted: 77_000, entries: 77_000, rollups: 77_000 })
  const [open] = await world.api.sql('select * from usage_events where unresolved')
  expect(open).toMatchObject({ outcome: 'unresolved', cost_nanos: 50_000n, estimated: true, request_id: 'open' })
  expect(gateway.status()).toMatchObject({ waitingEvents: 0, admitting: true })
  expect(readdirSync(journalDir())).toHaveLength(1)
})

test('a journal that is read twice is booked once', async () => {
  const epoch = await leaveJournal()
  const { cpSync } = await import('node:fs')
  const copy = mkdtempSync(join(world.api.dataDir, 'copy-'))
  cpSync(join(journalDir(), epoch), join(copy, epoch), { recursive: true })
  const first = await openAlone()
  await first.gateway.close()
  cpSync(join(copy, epoch), join(journalDir(), epoch), { recursive: true })
  const again = await openGateway(first.platform, { databaseUrl: world.api.databaseUrl, journalDir: journalDir() })
  undo.push(again.close)
  expect(await account()).toEqual({ events: 3, unresolved: 1, posted: 77_000, entries: 77_000, rollups: 77_000 })
})

test('a limit that recovered calls have used up admits no more', async () => {
  await world.api.sql('update limits set amount = 77000 where subject_id = $1', [bound.id])
  await leaveJournal()
  const { post } = await openAlone()
  const answer = await post()
  expect(answer.status).toBe(402)
  expect(((await answer.json()) as { error: { used: number } }).error.used).toBe(0.000077)
})

test('calls in the journal at a stop are in the database after it', async () => {
  const { gateway, post } = await openAlone()
  for (let call = 0; call < 5; call++) expect((await post()).status).toBe(200)
  await gateway.close()
  expect(await account()).toMatchObject({ events: 5, unresolved: 0 })
  expect(readdirSync(journalDir())).toHaveLength(0)
})

test('two gateways on one database keep one limit between them', async () => {
  const first = await openAlone()
  // `hi` in one message: at most 4 input and 10 output tokens are billed, and at most 6600 nano-dollars are reserved by each of two calls.
  await world.api.sql('update limits set amount = $2 where subject_id = $1', [bound.id, 200_000])
  const second = await openGateway(first.platform, {
    databaseUrl: world.api.databaseUrl,
    journalDir: mkdtempSync(join(world.api.dataDir, 'other-')),
  })
  undo.push(second.close)
  const server: Server = createServer((req, res) => void second.handle(req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  undo.push(async () => void server.close())
  const ports = [first.port, (server.address() as AddressInfo).port]
  const statuses = await Promise.all(Array.from({ length: 60 }, async (_, call) => (await first.post(body, ports[call % 2])).status))
  const passed = statuses.filter((status) => status === 200).length
  expect(statuses.filter((status) => status === 402)).toHaveLength(60 - passed)
  await until(() => first.gateway.status().waitingEvents + second.status().waitingEvents === 0)
  const { posted, events, unresolved } = await account()
  expect({ events, unresolved, posted }).toEqual({ events: passed, unresolved: 0, posted: passed * 6600 })
  expect(posted).toBeLessThanOrEqual(200_000)
  expect(passed).toBeGreaterThan(2)
})

test('a lost session with the database is made anew, and room is asked for in it', async () => {
  const { post } = await openAlone()
  expect((await post()).status).toBe(200)
  await world.api.sql(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'llm-manager leases' and datname = current_database()`,
  )
  await new Promise((resolve) => setTimeout(resolve, 100))
  await world.api.sql('update limits set amount = amount + 1 where subject_id = $1', [bound.id])
  for (let call = 0; call < 20; call++) expect((await post()).status).toBe(200)
})

test('usage that cannot be brought to the database waits in the journal, and arrives once', async () => {
  const { post, gateway } = await openAlone()
  await world.api.sql('alter table usage_rollups rename to usage_rollups_away')
  for (let call = 0; call < 3; call++) expect((await post()).status).toBe(200)
  await until(() => gateway.status().lagSeconds > 0.3)
  expect(gateway.status().waitingEvents).toBe(3)
  await world.api.sql('alter table usage_rollups_away rename to usage_rollups')
  await until(() => gateway.status().waitingEvents === 0)
  // `hi` in one message: 1 + 3 = 4 tokens; 4 × 150 + 10 × 600 = 6600 nano-dollars, three times.
  expect(await account()).toEqual({ events: 3, unresolved: 0, posted: 19_800, entries: 19_800, rollups: 19_800 })
  expect(gateway.status().lagSeconds).toBe(0)
})

test('with every settlement on the disk before the answer ends, answers are the same', async () => {
  const { post } = await openAlone({}, { JOURNAL_SYNC: 'always' })
  expect((await post()).headers.get('x-llm-cost')).toBe('0.0000066')
  const text = await (await post({ ...body, stream: true })).text()
  expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true)
  await until(async () => (await account()).events === 2)
})

test('more calls at once than are held are told to come again', async () => {
  const { post } = await openAlone({ openCallsMax: 2 })
  const slow = { ...body, messages: message('hi [[latency_ms=300]]') }
  const statuses = await Promise.all([post(slow), post(slow), post(slow)].map(async (answer) => (await answer).status))
  expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 200, 503])
})

test('a provider that never answers is given up, unresolved', async () => {
  const { post } = await openAlone({ headTimeoutMs: 300 })
  const answer = await post({ ...body, messages: message('hi [[hang]]') })
  expect({ status: answer.status, code: ((await answer.json()) as { error: { code: string } }).error.code }).toEqual({
    status: 504,
    code: 'upstream_timeout',
  })
  await until(async () => (await account()).unresolved === 1)
})

test('after a client has left a silent stream, it is read no longer than the bound, and charged by what came', async () => {
  const { post, gateway } = await openAlone({ drainTimeMs: 200 })
  const answer = await post({ ...body, max_tokens: 500, stream: true, messages: message('hi [[words=100 hang_after=20]]') })
  const reader = answer.body!.getReader()
  await reader.read()
  await reader.cancel()
  await until(() => gateway.status().openCalls === 0)
  await until(async () => (await account()).events === 1)
  const [event] = await world.api.sql<{ outcome: string; estimated: boolean; tokens_output: bigint }>(
    'select * from usage_events where provider_key_id = $1',
    [bound.id],
  )
  expect(event).toMatchObject({ outcome: 'client_gone', estimated: true })
  expect(Number(event!.tokens_output)).toBeGreaterThan(5)
  expect(Number(event!.tokens_output)).toBeLessThan(60)
})

test('after a client has left, an answer that never begins is waited for no longer than the bound, and the request is charged', async () => {
  const { gateway, port } = await openAlone({ drainTimeMs: 200 })
  const abort = new AbortController()
  const call = fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bound.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, messages: message('hi [[hang]]') }),
    signal: abort.signal,
  })
  await until(() => gateway.status().openCalls === 1)
  // The call is counted before it is sent on.
  await new Promise((resolve) => setTimeout(resolve, 100))
  abort.abort()
  await expect(call).rejects.toThrow()
  await until(async () => (await account()).events === 1)
  const [event] = await world.api.sql<{ outcome: string; estimated: boolean; unresolved: boolean; cost_nanos: bigint }>(
    'select * from usage_events where provider_key_id = $1',
    [bound.id],
  )
  expect(event).toMatchObject({ outcome: 'client_gone', estimated: true, unresolved: false })
  expect(event!.cost_nanos).toBeGreaterThan(0n)
})

test('an answer larger than any that is passed on is cut, and charged', async () => {
  const { post } = await openAlone({ answerBytesMax: 500 })
  const answer = await post({ ...body, max_tokens: 500, messages: message('hi [[words=400]]') })
  expect(answer.status).toBe(502)
  await until(async () => (await account()).events === 1)
  expect((await account()).posted).toBeGreaterThan(0)
})

test('a stop cuts calls that do not end, and books them', async () => {
  const { post, gateway } = await openAlone({ closeTimeoutMs: 300 })
  const call = post({ ...body, messages: message('hi [[hang]]') }).then(
    (answer) => answer.status,
    () => 'cut',
  )
  await until(() => gateway.status().openCalls === 1)
  await gateway.close()
  expect(await call).toBe(502)
  expect(await account()).toMatchObject({ events: 1, unresolved: 1 })
})

test('a gateway that was taken over brings what it has, and its end takes back what was charged for it', async () => {
  const { post, gateway } = await openAlone()
  expect((await post()).status).toBe(200)
  await until(() => gateway.status().waitingEvents === 0)
  await world.api.sql(`update epochs set expires_at = clock_timestamp() - interval '1 hour'`)
  const [abandoned] = await world.api.sql<{ charged: bigint; sums: { cost: string } }>(
    `select * from abandon_epochs(interval '15 minutes')`,
  )
  expect(Number(abandoned!.sums.cost)).toBeGreaterThan(0)
  expect((await account()).posted).toBe(6600 + Number(abandoned!.sums.cost))
  // It does not know yet: it lets calls in, within the room that it had, which nobody else can have had.
  expect((await post()).status).toBe(200)
  await gateway.close()
  expect(await account()).toEqual({ events: 2, unresolved: 0, posted: 13_200, entries: 13_200, rollups: 13_200 })
  expect(await world.api.sql('select * from epochs')).toEqual([])
  expect(await world.api.sql('select * from leases')).toEqual([])
  expect(await world.api.sql('select * from journal_positions')).toEqual([])
  expect(readdirSync(journalDir())).toEqual([])
})

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; !(await condition());) {
    if (Date.now() > end) throw new Error('this did not come about')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
