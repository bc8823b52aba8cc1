import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { accessKeys } from '@llm-manager/contract/access-keys'
import { quotas } from '@llm-manager/contract/quotas'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { usage } from '@llm-manager/contract/usage'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LedgerEntry } from '../../../simulator/src/billing/ledger.ts'
import { startSimulator, type Simulator } from '../../../simulator/src/simulator.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/embedded-postgres/embedded-postgres.ts'
import type { Actor } from '../harness.ts'
import { listFaults, sumAccounts } from './accounts.ts'
import { fixedSecrets, loadPrices, providersEnv, setUpRoot, withSql } from './installation.ts'
import { costOf, nanosOf } from './price-file.ts'
import {
  endLeftovers,
  killPostgres,
  newDataDir,
  postgresPids,
  removeDataDir,
  startProcess,
  waitUntil,
  type ServerProcess,
} from './processes.ts'
import { clientsOf, inParallel, makeCall, plan, type Clients } from './sdk-traffic.ts'

/**
 * PostgreSQL is frozen, then stopped, while calls are made: what was admitted goes on, what cannot be admitted is told so and costs
 * nothing, the API says that it is unavailable, and once PostgreSQL is back everything is in the accounts as it was billed.
 */

const limitUsd = 50
let simulator: Simulator
let postgres: EmbeddedPostgres
let server: ServerProcess
let root: Actor
let clients: Clients
let nextPrompt = 60
const postgresDir = newDataDir()
const dataDir = newDataDir()
const journalDir = join(dataDir, 'journal')

/** A small file system of its own for the journal, which can be filled up; needs user namespaces. */
const smallDisk = [
  'unshare',
  '--user',
  '--map-root-user',
  '--mount',
  'sh',
  '-c',
  `mount -t tmpfs -o size=24m tmpfs "${journalDir}" && exec "$@"`,
  'sh',
]
mkdirSync(journalDir)
const hasSmallDisk = process.platform === 'linux' && spawnSync(smallDisk[0]!, [...smallDisk.slice(1), 'true']).status === 0

beforeAll(async () => {
  simulator = await startSimulator()
  postgres = await startEmbeddedPostgres({ dataDir: postgresDir, log: () => {} })
  server = await startProcess(
    { DATABASE_URL: postgres.url, DATA_DIR: dataDir, ...fixedSecrets, ...providersEnv(simulator) },
    hasSmallDisk ? smallDisk : [],
  )
  root = await setUpRoot(server)
  await loadPrices(root)
  await root(systemKeys.create, { body: { provider: 'openai', api_key: 'good-key-for-an-outage', usage_limit: limitUsd } })
  clients = clientsOf(server.origin, (await root(accessKeys.create, { body: { name: 'caller' } })).key)
  simulator.clearLedger()
})
afterAll(async () => {
  signalPostgres('SIGCONT')
  await server?.stop()
  await postgres?.stop()
  await endLeftovers([postgresDir])
  await simulator?.close()
  for (const folder of [dataDir, postgresDir]) removeDataDir(folder)
})

function signalPostgres(signal: 'SIGSTOP' | 'SIGCONT'): number {
  const pids = postgresPids(postgresDir)
  for (const pid of pids) process.kill(pid, signal)
  return pids.length
}

const nextCall = (directives = 'words=5', mode: 'plain' | 'stream' = 'plain') => callBy(clients, directives, mode)
const callBy = (by: Clients, directives = 'words=5', mode: 'plain' | 'stream' = 'plain') =>
  makeCall(by, plan('chat', mode, 'gpt-4o-mini', 'openai', nextPrompt++, directives))
const costOfEntry = ({ provider, model, tokens }: LedgerEntry) => costOf(provider, model ?? '', tokens)

async function refusalOf(path: string): Promise<{ status: number; code: unknown; waits: boolean }> {
  const response = await fetch(server.origin + path, {
    headers: { authorization: `Bearer ${root.token}` },
    signal: AbortSignal.timeout(45_000),
  })
  const { code } = (await response.json()) as { code?: unknown }
  return { status: response.status, code, waits: Number(response.headers.get('retry-after')) > 0 }
}

/** All that was billed is in every account, as it was billed. */
async function expectEqualAccounts(): Promise<void> {
  const entries = simulator.ledger()
  await waitUntil('every call is in the figures', async () => (await root(usage.summary).catch(() => null))?.requests === entries.length)
  const cost = entries.reduce((sum, entry) => sum + costOfEntry(entry), 0n)
  await withSql(postgres.url, async (sql) => {
    expect(await listFaults(sql)).toEqual([])
    expect(await sumAccounts(sql)).toEqual({ events: cost, counters: cost, ledger: cost, rollups: cost, requests: entries.length })
  })
  const summary = await root(usage.summary)
  expect([nanosOf(summary.cost), summary.estimated_requests]).toEqual([cost, 0])
}

describe.runIf(process.platform === 'linux')('while PostgreSQL is frozen', () => {
  test('calls go on, the API says that it is unavailable, and everything arrives afterwards', async () => {
    await nextCall()
    expect(signalPostgres('SIGSTOP')).toBeGreaterThan(3)
    try {
      await inParallel(Array.from({ length: 40 }), 8, async () => {
        await nextCall()
      })
      expect(simulator.ledger().filter(({ outcome }) => outcome === 'complete')).toHaveLength(41)
      const [summary, keys, ready, alive] = await Promise.all([
        refusalOf('/api/usage/summary'),
        refusalOf('/api/llm/system/keys'),
        fetch(`${server.origin}/readyz`, { signal: AbortSignal.timeout(45_000) }),
        fetch(`${server.origin}/healthz`),
      ])
      for (const refusal of [summary, keys]) expect(refusal).toEqual({ status: 503, code: 'unavailable', waits: true })
      expect([ready.status, alive.status]).toEqual([503, 200])
    } finally {
      signalPostgres('SIGCONT')
    }
    await expectEqualAccounts()
  })
})

describe('while PostgreSQL is stopped', () => {
  test('calls go on in the room that is there, others are told to wait and cost nothing, and everything arrives afterwards', async () => {
    const near = await root(accessKeys.create, { body: { name: 'near its limit' } })
    await root(quotas.create, {
      body: { subject_type: 'access_key', subject_id: near.id, metric: 'requests', amount: 20, window: 'month' },
    })
    const nearItsLimit = clientsOf(server.origin, near.key)
    // Near a limit there is room for one call at a time; far from it, for many.
    await callBy(nearItsLimit)
    await nextCall()
    const underWay = nextCall('words=30 chunk_ms=60', 'stream')
    await waitUntil('the call is under way', async () => (await openCalls()) === 1)
    await postgres.stop()
    await waitUntil('the gateway has noticed', async () => (await whyNotReady()).length > 0)
    const billed = simulator.ledger().length
    const refused = await callBy(nearItsLimit).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(OpenAI.APIError)
    const { status, headers, error } = refused as InstanceType<typeof OpenAI.APIError>
    expect([status, Number(headers?.get('retry-after')) > 0, headers?.get('x-llm-error-source'), error]).toEqual([
      503,
      true,
      'gateway',
      expect.objectContaining({ code: 'not_admitting' }),
    ])
    expect(simulator.ledger()).toHaveLength(billed)
    for (let call = 0; call < 10; call++) await nextCall()
    expect(await refusalOf('/api/usage/summary')).toEqual({ status: 503, code: 'unavailable', waits: true })
    expect(await refusalOf('/api/auth/me')).toEqual({ status: 503, code: 'unavailable', waits: true })
    expect((await underWay).text.split(' ')).toHaveLength(30)
    expect(simulator.ledger()).toHaveLength(billed + 11)

    postgres = await startEmbeddedPostgres({ dataDir: postgresDir, log: () => {} })
    await waitUntil('calls are admitted again', async () => (await whyNotReady()).length === 0)
    await nextCall()
    await expectEqualAccounts()
  })

  test('a PostgreSQL that is killed under the work is recovered, and nothing is lost or counted twice', async () => {
    const over = new AbortController()
    const refusals: unknown[] = []
    const callers = Array.from({ length: 8 }, async () => {
      while (!over.signal.aborted) {
        const refused: unknown = await nextCall('words=4 latency_ms=20').then(
          () => null,
          (error: unknown) => error,
        )
        if (refused === null) continue
        refusals.push(refused)
        await sleep(50)
      }
    })
    for (let round = 0; round < 2; round++) {
      const before = simulator.ledger().length
      await waitUntil('calls are made', () => simulator.ledger().length > before + 40)
      await killPostgres(postgresDir)
      // Who started it starts it again.
      await waitUntil('PostgreSQL is back', async () => (await whyNotReady()).length === 0)
    }
    over.abort()
    await Promise.all(callers)
    for (const refusal of refusals) expect(refusal).toMatchObject({ status: 503, error: { code: 'not_admitting' } })
    await expectEqualAccounts()
  })
})

describe.runIf(hasSmallDisk)('while the disk of the journal is full', () => {
  test('calls under way are settled, new ones are told to wait and cost nothing, and with room again they go on', async () => {
    await nextCall()
    const underWay = nextCall('words=60 chunk_ms=60', 'stream')
    await waitUntil('the call is under way', async () => (await openCalls()) === 1)
    // The server's view of its disk, from outside.
    const filler = `/proc/${server.pid}/root${journalDir}/filler`
    expect(() => writeFileSync(filler, Buffer.alloc(24 * 1024 * 1024))).toThrow('ENOSPC')
    let refused: unknown = null
    for (let tries = 0; refused === null && tries < 400; tries++)
      refused = await nextCall().then(
        () => null,
        (error: unknown) => error,
      )
    expect(refused).toMatchObject({ status: 503, error: { code: 'not_admitting' } })
    expect(await whyNotReady()).toEqual([expect.stringContaining('journal')])
    const billed = simulator.ledger().length
    await expect(nextCall()).rejects.toMatchObject({ status: 503 })
    expect((await underWay).text.split(' ')).toHaveLength(60)
    expect(simulator.ledger()).toHaveLength(billed + 1)
    rmSync(filler)
    await waitUntil('calls are admitted again', async () => (await whyNotReady()).length === 0)
    await nextCall()
    await expectEqualAccounts()
  })
})

async function openCalls(): Promise<number> {
  const metrics = await (await fetch(`${server.origin}/metrics`)).text()
  return Number(/^llm_manager_gateway_open_calls (\d+)$/m.exec(metrics)?.[1] ?? Number.NaN)
}

async function whyNotReady(): Promise<string[]> {
  return ((await (await fetch(`${server.origin}/readyz`)).json()) as { problems: string[] }).problems
}
