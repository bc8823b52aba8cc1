import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { accessKeys } from '@llm-manager/contract/access-keys'
import { quotas } from '@llm-manager/contract/quotas'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { usage } from '@llm-manager/contract/usage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSimulator, type Simulator } from '../../../../simulator/src/simulator.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../src/platform/embedded-postgres/embedded-postgres.ts'
import type { Actor } from '../../harness.ts'
import { listFaults, sumAccounts } from '../accounts.ts'
import { fixedSecrets, loadPrices, providersEnv, rootEmail, setUpRoot, signIn, withSql } from '../installation.ts'
import { nanosOf } from '../price-file.ts'
import { endLeftovers, newDataDir, removeDataDir, startProcess, waitUntil, type ServerProcess } from '../processes.ts'
import { compareBooks, type ChaosEvent } from './books.ts'
import { makeChaosCall, type ChaosCall, type ChaosEnd } from './traffic.ts'

/**
 * Everything at once, on three gateway processes: plain and streamed calls, clients that leave in the middle, providers that fail; kill -9
 * of gateway processes and of the whole server, PostgreSQL stopped for a while, the journal's disk full for a while. Afterwards the
 * provider's book and ours are compared call by call. `CHAOS=full` is the long run: 10,000 calls, 30 kills, 60 s without PostgreSQL, 20 s
 * with a full disk.
 */

const isFull = process.env.CHAOS === 'full'
const size = isFull
  ? { calls: 10_000, kills: 30, databaseAwayMs: 60_000, diskFullMs: 20_000 }
  : { calls: 1_500, kills: 5, databaseAwayMs: 4_000, diskFullMs: 3_000 }
const callerCount = 24
const workers = 3
const shortestPrompt = 70
const seed = Number(process.env.CHAOS_SEED ?? 20_261_122)
const random = seeded(seed)

const models = ['openai/gpt-4o-mini', 'groq/llama-3.3-70b-versatile', 'mistral/mistral-small-latest'] as const
const faults = ['status=429', 'status=500', 'error=overloaded', 'error_in_200', 'cut_after=4', 'error_after=3', 'no_usage']

const [postgresDir, dataDir] = [newDataDir(), newDataDir()]
const journalDir = join(dataDir, 'journal')
const env = () => ({
  DATABASE_URL: postgres.url,
  DATA_DIR: dataDir,
  GATEWAY_WORKERS: String(workers),
  ...fixedSecrets,
  ...providersEnv(simulator),
})
let simulator: Simulator
let postgres: EmbeddedPostgres
let server: ServerProcess
let root: Actor
let keys: { id: string; key: string }[]
/** Keeps the small file system of the journal there while server after server is killed. */
let disk: ChildProcess | null = null
const ends: ChaosEnd[] = []
const over = new AbortController()
let [kills, begun] = [0, 0]

beforeAll(async () => {
  simulator = await startSimulator()
  postgres = await startEmbeddedPostgres({ dataDir: postgresDir, log: () => {} })
  mkdirSync(journalDir, { mode: 0o700 })
  disk = await openSmallDisk()
  await start()
  root = await setUpRoot(server)
  await loadPrices(root)
  for (const provider of ['openai', 'groq', 'mistral'] as const) {
    const { id } = await root(systemKeys.create, { body: { provider, api_key: `good-key-of-${provider}`, usage_limit: 1000 } })
    await root(quotas.create, { body: { subject_type: 'provider_key', subject_id: id, metric: 'parallel', amount: 500 } })
  }
  await root(quotas.create, { body: { subject_type: 'tenant', subject_id: root.tenantId, metric: 'tokens', amount: 1e9, window: 'hour' } })
  keys = await Promise.all(
    Array.from({ length: callerCount }, (_, index) => root(accessKeys.create, { body: { name: `caller ${index}` } })),
  )
  // A quarter of the callers come near their budgets, and past them.
  for (const { id } of keys.slice(0, callerCount / 4))
    await root(quotas.create, {
      body: { subject_type: 'access_key', subject_id: id, metric: 'cost', amount: isFull ? 0.02 : 0.003, window: 'month' },
    })
  simulator.clearLedger()
  const callers = keys.map((_, index) => callOn(index))
  await disturb()
  await Promise.all(callers)
  await waitUntil('every worker is there', async () => (await whyNotReady()).length === 0)
  await waitUntil('nothing waits in the journals', async () => (await metric('llm_manager_journal_waiting_events')) === 0)
}, 900_000)
afterAll(async () => {
  over.abort()
  await server?.stop()
  disk?.kill('SIGKILL')
  await postgres?.stop()
  await endLeftovers([postgresDir])
  await simulator?.close()
  for (const folder of [dataDir, postgresDir]) removeDataDir(folder)
})

/** What happens meanwhile, one thing after the other, with kills all along. */
async function disturb(): Promise<void> {
  const done = () => ends.length / size.calls
  const away = async () => {
    await waitUntil('a quarter is done', () => done() > 0.25, 300_000)
    await postgres.stop()
    await sleep(size.databaseAwayMs)
    postgres = await startEmbeddedPostgres({ dataDir: postgresDir, log: () => {} })
  }
  const full = async () => {
    await waitUntil('half is done', () => done() > 0.5, 300_000)
    if (!disk) return
    const filler = `/proc/${disk.pid}/root${journalDir}/filler`
    try {
      writeFileSync(filler, Buffer.alloc(300 * 1024 * 1024))
    } catch {
      // It is full now.
    }
    await sleep(size.diskFullMs)
    rmSync(filler)
  }
  const killing = async () => {
    for (; kills < size.kills; kills++) {
      await waitUntil('it is time', () => done() > (kills + 0.5) / (size.kills + 1), 300_000)
      await sleep(random(300))
      const pids = server.workerPids()
      const pid = pids[random(pids.length)]
      if (kills % 6 === 5 || pid === undefined) await restart()
      else process.kill(pid, 'SIGKILL')
    }
  }
  await Promise.all([away(), full(), killing()])
}

/** kill -9 of the whole server: its workers find themselves alone and end. A start may wait for PostgreSQL to be back. */
async function restart(): Promise<void> {
  const pids = server.workerPids()
  await server.kill()
  for (const pid of pids) if (random(2) === 0) endPid(pid)
  await start()
}

async function start(): Promise<void> {
  const within = disk ? ['nsenter', '--target', String(disk.pid), '--user', '--mount', '--preserve-credentials'] : []
  for (const untilMs = Date.now() + 120_000; ;) {
    try {
      server = await startProcess(env(), within)
      return
    } catch (error) {
      if (Date.now() > untilMs) throw error
      await sleep(500)
    }
  }
}

async function openSmallDisk(): Promise<ChildProcess | null> {
  const script = `mount -t tmpfs -o size=256m,mode=700 tmpfs "${journalDir}" && echo ready && exec sleep 3600`
  if (process.platform !== 'linux' || spawnSync('nsenter', ['--version']).status !== 0) return null
  const child = spawn('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'ignore'] })
  const isReady = await new Promise<boolean>((resolve) => {
    child.stdout.once('data', () => resolve(true))
    child.once('error', () => resolve(false))
    child.once('exit', () => resolve(false))
  })
  return isReady ? child : null
}

/** One caller: call after call, at whichever server lives. */
async function callOn(caller: number): Promise<void> {
  let call: ChaosCall | null = null
  while (!over.signal.aborted) {
    if (call === null && begun >= size.calls) return
    call ??= planned(caller, begun++)
    const end = await makeChaosCall(server.origin, keys[caller]!.key, call)
    if (end === null) {
      await sleep(100)
      continue
    }
    call = null
    ends.push(end)
    // The next call begins in another millisecond; where nobody answers, or nothing is admitted, it can wait.
    await sleep(end.status === null || end.code === 'not_admitting' ? 150 : 2)
  }
}

function planned(caller: number, n: number): ChaosCall {
  const model = models[n % models.length]!
  const kind = random(2) === 0 ? 'plain' : 'stream'
  const fault = random(8) === 0 ? ` ${faults[random(faults.length)]}` : ''
  const leavesAfter = random(10) === 0 ? random(1200) : null
  const directives = `words=${1 + random(25)} latency_ms=${random(30)} chunk_ms=${random(8)}${fault}`
  return { caller, model, promptTokens: shortestPrompt + Math.floor(n / models.length), kind, directives, leavesAfter }
}

async function metric(name: string): Promise<number> {
  const metrics = await (await fetch(`${server.origin}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN)
}

async function whyNotReady(): Promise<unknown[]> {
  return await fetch(`${server.origin}/readyz`)
    .then(async (response) => ((await response.json()) as { problems: unknown[] }).problems)
    .catch((error: unknown) => [error])
}

async function listEvents(): Promise<ChaosEvent[]> {
  const names = ['input', 'cache_read', 'cache_write', 'output', 'reasoning']
  const rows = await withSql(postgres.url, (sql) =>
    sql<Record<string, string> & { admitted_at: Date; estimated: boolean; unresolved: boolean }>(
      `select *, cost_nanos::text as cost, reserved_nanos::text as reserved from usage_events`,
    ),
  )
  return rows.map((row) => ({
    id: row.id!,
    accessKeyId: row.access_key_id!,
    admittedMs: row.admitted_at.getTime(),
    outcome: row.outcome!,
    tokens: Object.fromEntries(names.map((name) => [name, Number(row[`tokens_${name}`])])),
    cost: BigInt(row.cost!),
    reserved: BigInt(row.reserved!),
    estimated: row.estimated,
    unresolved: row.unresolved,
  }))
}

test('everything that the provider billed is in our books to the unit, or visibly estimated or unresolved, and nothing else is', async ({
  annotate,
}) => {
  const entries = simulator.ledger()
  const events = await listEvents()
  const result = compareBooks(
    ends,
    entries,
    events,
    keys.map(({ id }) => id),
  )
  const { wrong, ...counts } = result
  const statuses = Object.entries(Object.groupBy(ends, ({ status, code }) => `${status ?? 'cut'} ${code ?? ''}`.trim())).map(
    ([name, some]) => `${name}: ${some!.length}`,
  )
  await annotate(
    `seed ${seed}: ${ends.length} calls, ${kills} kills, ${entries.length} at the provider; ${JSON.stringify(counts)}; answers ${statuses.join(', ')}`,
  )
  expect(wrong.slice(0, 5)).toEqual([])
  // Which is to say that there was something to be lost.
  for (const count of [counts.exact, counts.free, counts.estimated, counts.unresolved]) expect(count).toBeGreaterThan(0)
})

test('counters, ledger, roll-ups and the figures shown are the sums of the events, and no limit was passed', async () => {
  const cost = (await listEvents()).reduce((sum, event) => sum + event.cost, 0n)
  await withSql(postgres.url, async (sql) => {
    expect(await listFaults(sql)).toEqual([])
    expect(await sumAccounts(sql)).toMatchObject({ events: cost, counters: cost, ledger: cost, rollups: cost })
    expect(await sql('select c.* from limit_counters c join limits l on l.id = c.limit_id where l.hard and c.posted > l.amount')).toEqual(
      [],
    )
  })
  root = await signIn(server.origin, rootEmail)
  const { requests, cost: shown } = await root(usage.summary)
  expect([requests, nanosOf(shown)]).toEqual([(await listEvents()).length, cost])
})

test('after a quiet time nothing is held: no call, no room, no journal of a life before', async () => {
  expect(await metric('llm_manager_gateway_open_calls')).toBe(0)
  const held = () =>
    withSql(postgres.url, (sql) =>
      sql(`select c.limit_id, c.window_start, c.leased::text, s.epoch, s.granted::text, e.expires_at - now() as lives_for, e.blocked_at
        from limit_counters c left join leases s using (tenant_id, limit_id, window_start) left join epochs e on e.id = s.epoch
        where c.leased <> 0 or s.granted <> 0`),
    )
  await expect.poll(held, { timeout: 40_000, interval: 500 }).toEqual([])
  const folder = disk ? `/proc/${disk.pid}/root${journalDir}` : journalDir
  expect(readdirSync(folder)).toHaveLength(workers)
})

function endPid(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

/** Whole numbers from 0 to below `end`, by a linear congruential generator. */
function seeded(from: number): (end: number) => number {
  let state = from
  return (end) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * end)
  }
}
