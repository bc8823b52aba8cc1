import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { accessKeys } from '@llm-manager/contract/access-keys'
import { quotas } from '@llm-manager/contract/quotas'
import { afterAll, afterEach, beforeAll, describe, expect, test as anywhere } from 'vitest'
import type { LedgerEntry } from '../../../simulator/src/billing/ledger.ts'
import { isRunning } from '../../src/platform/process/process-info.ts'
import { listFaults, sumAccounts } from './accounts.ts'
import { withSql } from './installation.ts'
import { costOf } from './price-file.ts'
import { newDataDir, refusedStart, removeDataDir, startProcess, waitUntil } from './processes.ts'
import { clientsOf, makeCall, plan } from './sdk-traffic.ts'
import { chat, fetchWithoutKeeping, plainClient, sdkClients, startWorks, workerCount, type Works } from './workers-kit.ts'

/** Workers come and go: on request, by accident, one, all, and with the primary. Linux, where it can be seen which processes there are. */

const test = anywhere.runIf(process.platform === 'linux')
/** Starts of many processes, on a machine that has other things to do. */
const patient = { timeout: 240_000 }
let works: Works
let key: string
const keepAgain = fetchWithoutKeeping()
beforeAll(async () => {
  works = await startWorks(['openai', 'anthropic'])
  key = (await works.newKey('under way')).key
}, 180_000)
afterAll(async () => {
  keepAgain()
  await works?.close()
})

/** Calls without end by clients that try once: plain ones on a kept connection each, and the official packages with streams. */
function startTraffic(): { answered: () => number; stop(): Promise<{ answered: number; failed: string[] }> } {
  const over = new AbortController()
  const failed: string[] = []
  let answered = 0
  async function lane(call: (n: number) => Promise<string | null>): Promise<void> {
    for (let n = 0; !over.signal.aborted; n++) {
      const problem = await call(n).catch(String)
      if (problem === null) answered++
      else failed.push(problem)
    }
  }
  const plain = Array.from({ length: 8 }, () => {
    const client = plainClient(works.server.origin)
    return lane(async (n) => {
      const { status, body } = await chat(client, key, `[[words=${3 + (n % 5)} latency_ms=${n % 20}]]`, n % 2 === 1)
      if (n % 7 === 0) await sleep(60)
      return status === 200 && body.endsWith(n % 2 === 1 ? '[DONE]\n\n' : '}') ? null : `${status} ${body}`
    }).finally(() => client.close())
  })
  const streams = Array.from({ length: 6 }, (_, index) => {
    const sdk = sdkClients(works.server.origin, key)
    return lane(async (n) => {
      const pace = `words=${4 + (n % 12)} chunk_ms=${5 + index}`
      if (index % 2 === 0) await makeCall(sdk, plan('chat', 'stream', 'gpt-4o-mini', 'openai', 80, pace))
      else await makeCall(sdk, plan('messages', 'stream', 'claude-haiku-4-5', 'anthropic', 80, pace))
      return null
    }).finally(() => void sdk.close())
  })
  return {
    answered: () => answered,
    async stop() {
      over.abort()
      await Promise.all([...plain, ...streams])
      return { answered, failed }
    },
  }
}

const costOfEntry = ({ provider, model, tokens }: LedgerEntry) => costOf(provider, model ?? '', tokens)
const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n)

/** What the accounts hold against what the simulator billed since `clear`. */
async function compareBooks(): Promise<{ billed: bigint; events: bigint; unresolved: { count: number; reserved: bigint }; calls: number }> {
  return await withSql(works.databaseUrl, async (sql) => {
    expect(await listFaults(sql)).toEqual([])
    const { events, counters, ledger, rollups, requests } = await sumAccounts(sql)
    expect([counters, ledger, rollups]).toEqual([events, events, events])
    const [open] = await sql<{ count: number; reserved: string }>(
      'select count(*)::int as count, coalesce(sum(reserved_nanos), 0)::text as reserved from usage_events where unresolved',
    )
    const entries = works.simulator.ledger().filter(({ outcome }) => outcome !== 'refused')
    return {
      billed: sum(entries.map(costOfEntry)),
      events,
      unresolved: { count: open!.count, reserved: BigInt(open!.reserved) },
      calls: requests,
    }
  })
}

async function allServe(): Promise<void> {
  await waitUntil('every worker serves', async () => {
    const answer = await fetch(`${works.server.origin}/readyz`)
    return (await answer.text()).includes('"problems":[]')
  })
}

test('while the workers are replaced, one after the other and twice over, not one call fails', patient, async ({ annotate }) => {
  works.simulator.clearLedger()
  const traffic = startTraffic()
  const seen = new Set(works.server.workerPids())
  for (let round = 1; round <= 2; round++) {
    const before = works.server.workerPids()
    await waitUntil('calls are answered', () => traffic.answered() > 60 * round)
    works.server.signal('SIGUSR2')
    await waitUntil('all are replaced', () => works.server.output().split('every gateway worker was replaced').length > round)
    await waitUntil('the old ones are gone', () => !before.some(isRunning))
    for (const pid of works.server.workerPids()) seen.add(pid)
  }
  const from = traffic.answered()
  await waitUntil('calls are answered', () => traffic.answered() > from + 60)
  const { answered, failed } = await traffic.stop()
  expect(failed).toEqual([])
  expect(seen.size).toBe(3 * workerCount)
  expect(works.server.workerPids()).toHaveLength(workerCount)

  await works.settled()
  const { billed, events, unresolved, calls } = await compareBooks()
  expect({ events, unresolved: unresolved.count, calls }).toEqual({ events: billed, unresolved: 0, calls: answered })
  // Of those that have ended, what they counted is kept.
  expect(await works.metric('llm_manager_gateway_calls_total')).toBe(answered)
  expect(readdirSync(join(works.dataDir, 'journal'))).toHaveLength(workerCount)
  await annotate(`${answered} calls over two rolls of ${workerCount} workers, 0 failed`)
})

test('a worker that is killed is replaced, its journal recovered, and only its own calls are lost', patient, async ({ annotate }) => {
  const traffic = startTraffic()
  let lost = 0
  for (let round = 0; round < 3; round++) {
    const from = traffic.answered()
    await waitUntil('calls are answered', () => traffic.answered() > from + 40)
    const [victim = 0, ...others] = works.server.workerPids()
    process.kill(victim, 'SIGKILL')
    await waitUntil('it has ended', () => !isRunning(victim))
    await allServe()
    expect(others.every(isRunning)).toBe(true)
    lost++
  }
  const { answered, failed } = await traffic.stop()
  await works.settled()
  // Not more than the clients had under way with each of them.
  expect(failed.length).toBeLessThanOrEqual(14 * lost)
  for (const problem of failed) expect(problem).not.toMatch(/^\d{3} /)
  const { billed, events, unresolved } = await compareBooks()
  expect(unresolved.count).toBeLessThanOrEqual(failed.length)
  expect(events - unresolved.reserved).toBeLessThanOrEqual(billed)
  expect(billed).toBeLessThanOrEqual(events)
  expect(readdirSync(join(works.dataDir, 'journal'))).toHaveLength(workerCount)
  expect(await works.metric('llm_manager_gateway_worker_ends_total')).toBe(lost)
  await annotate(`${answered} calls, ${lost} workers killed: ${failed.length} calls failed, ${unresolved.count} unresolved`)
})

describe('when no worker can start', () => {
  const breakStarts = () => withSql(works.databaseUrl, (sql) => sql('alter table key_checks rename to key_checks_away'))
  const mendStarts = () => withSql(works.databaseUrl, (sql) => sql('alter table if exists key_checks_away rename to key_checks'))
  afterEach(() => mendStarts())

  test('those that serve are not replaced', async () => {
    await breakStarts()
    const before = works.server.workerPids()
    works.server.signal('SIGUSR2')
    await waitUntil('it is told', () => works.server.output().includes('not every gateway worker was replaced'))
    await waitUntil('what did not start is gone', () => works.server.workerPids().length === workerCount)
    expect(works.server.workerPids()).toEqual(before)
    const client = plainClient(works.server.origin)
    expect((await chat(client, key)).status).toBe(200)
    client.close()
  })

  test('one that is gone is tried again until it serves, and is told of meanwhile', patient, async () => {
    await breakStarts()
    const told = works.server.output().length
    process.kill(works.server.workerPids()[1] ?? 0, 'SIGKILL')
    await waitUntil('a start has failed', () => works.server.output().slice(told).includes('a gateway worker could not start'))
    const answer = await fetch(`${works.server.origin}/readyz`)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ problems: [expect.stringMatching(/^gateway worker \d: it is being started$/)] })
    await mendStarts()
    await allServe()
  })

  test('and none is left that serves, everything ends, with the reason', patient, async () => {
    await breakStarts()
    for (const pid of works.server.workerPids()) process.kill(pid, 'SIGKILL')
    expect(await works.server.ended).toEqual({ code: 1, signal: null })
    expect(works.server.output()).toMatch(/"level":"fatal".*No gateway worker can be started: .*key_checks/)
    await mendStarts()
    await works.restart()
    await allServe()
  })
})

describe('what another process has taken over', () => {
  /** A call under a limit makes a process take room in it; then it happens what a sweeper does to one of which nothing was heard for long. */
  async function takeOver(origin: string): Promise<void> {
    const limited = await works.newKey('limited')
    const limit = { metric: 'cost', amount: 100, window: 'total' } as const
    await works.root(quotas.create, { body: { subject_type: 'access_key', subject_id: limited.id, ...limit } })
    const client = plainClient(origin)
    expect((await chat(client, limited.key)).status).toBe(200)
    client.close()
    await withSql(works.databaseUrl, async (sql) => {
      const taken = await sql(
        `update epochs set blocked_at = clock_timestamp() where id in
           (select s.epoch from leases s join limits l on l.tenant_id = s.tenant_id and l.id = s.limit_id where l.subject_id = $1) returning id`,
        [limited.id],
      )
      expect(taken).toHaveLength(1)
    })
  }

  test('ends, and another worker takes its place', patient, async () => {
    const before = works.server.workerPids()
    const told = works.server.output().length
    await takeOver(works.server.origin)
    await waitUntil('it leaves', () => works.server.output().slice(told).includes('another process has taken over its limits'))
    await waitUntil('it has ended', () => !before.every(isRunning))
    await allServe()
    expect(works.server.workerPids().filter((pid) => before.includes(pid))).toHaveLength(workerCount - 1)
  })

  test('ends the server, where there is one process only, and says why', patient, async () => {
    const dataDir = newDataDir()
    const alone = await startProcess({ ...works.env, DATA_DIR: dataDir, GATEWAY_WORKERS: '1' })
    await takeOver(alone.origin)
    expect(await alone.ended).toEqual({ code: 1, signal: null })
    expect(alone.output()).toMatch(/"level":"fatal".*another process has taken over its limits.*the server ends/)
    removeDataDir(dataDir)
  })
})

test('on another machine a revoked key is refused within two seconds', patient, async ({ annotate }) => {
  const dataDir = newDataDir()
  const other = await startProcess({ ...works.env, DATA_DIR: dataDir, GATEWAY_WORKERS: '1' })
  const client = plainClient(other.origin)
  for (let round = 0; round < 5; round++) {
    const { id, key: revoked } = await works.newKey('of two machines')
    await waitUntil('the key is known', async () => (await chat(client, revoked)).status === 200, 2_000)
    await works.root(accessKeys.remove, { params: { id } })
    await waitUntil('the key is refused', async () => (await chat(client, revoked)).status === 401, 2_000)
  }
  const [count, seconds] = await metricsOf(other.origin, 'llm_manager_gateway_change_delay_seconds')
  expect(count).toBeGreaterThanOrEqual(5)
  await annotate(`${count} revocations of another machine were in force after ${Math.round((1000 * seconds) / count)} ms on average`)
  client.close()
  await other.stop()
  removeDataDir(dataDir)
})

/** How often a histogram was observed, and the sum. */
async function metricsOf(origin: string, histogram: string): Promise<[count: number, sum: number]> {
  const all = await (await fetch(`${origin}/metrics`)).text()
  const read = (name: string) => Number(new RegExp(`^${histogram}_${name} (.*)$`, 'm').exec(all)?.[1])
  return [read('count'), read('sum')]
}

test('SIGTERM lets streams end, books them, and leaves no process and no journal behind', patient, async () => {
  const sdk = clientsOf(works.server.origin, key)
  const streams = Array.from({ length: 6 }, () =>
    makeCall(sdk, plan('chat', 'stream', 'gpt-4o-mini', 'openai', 100, 'words=30 chunk_ms=40')),
  )
  await waitUntil('the streams are under way', async () => (await works.metric('llm_manager_gateway_open_calls')) === 6)
  const pids = works.server.workerPids()
  const stopped = works.server.stop()
  for (const { text } of await Promise.all(streams)) expect(text.split(' ')).toHaveLength(30)
  expect(await stopped).toEqual({ code: 0, signal: null })
  expect(pids.filter(isRunning)).toEqual([])
  expect(readdirSync(join(works.dataDir, 'journal'))).toEqual([])
  expect(readdirSync(works.dataDir)).not.toContain('api')
  await works.restart()
})

test('when the primary is killed the workers end what is under way and end too; the next start finds everything', patient, async () => {
  const sdk = clientsOf(works.server.origin, key)
  const streams = Array.from({ length: 6 }, () =>
    makeCall(sdk, plan('chat', 'stream', 'gpt-4o-mini', 'openai', 100, 'words=20 chunk_ms=30')),
  )
  await waitUntil('the streams are under way', async () => (await works.metric('llm_manager_gateway_open_calls')) === 6)
  const pids = works.server.workerPids()
  await works.server.kill()
  for (const { text } of await Promise.all(streams)) expect(text.split(' ')).toHaveLength(20)
  await waitUntil('the workers have ended', () => !pids.some(isRunning))
  await works.restart()
  await works.settled()
  await compareBooks()
  expect(readdirSync(join(works.dataDir, 'journal'))).toHaveLength(workerCount)
})

test('a number of workers that makes no sense, and a port that is taken, are refused in clear words', patient, async () => {
  for (const count of ['0', '65', 'two', '1.5']) {
    const refused = await refusedStart({ ...works.env, GATEWAY_WORKERS: count })
    expect(refused.message).toContain('GATEWAY_WORKERS')
  }
  const taken = await refusedStart({ ...works.env, DATA_DIR: join(works.dataDir, 'other'), API_PORT: new URL(works.server.origin).port })
  expect(taken.code).toBe(1)
  expect(taken.message).toContain('API_PORT')
})
