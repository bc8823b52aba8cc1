import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { accessKeys } from '@llm-manager/contract/access-keys'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { usage } from '@llm-manager/contract/usage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LedgerEntry } from '../../../simulator/src/billing/ledger.ts'
import { startSimulator, type Simulator } from '../../../simulator/src/simulator.ts'
import type { Actor } from '../harness.ts'
import { checkByCommand, listFaults, sumAccounts } from './accounts.ts'
import { loadPrices, providersEnv, rootEmail, setUpRoot, signIn, withSql } from './installation.ts'
import { addTokens, costOf, nanosOf, noTokens, type Tokens } from './price-file.ts'
import {
  endLeftovers,
  killPostgres,
  newDataDir,
  postgresUrl,
  removeDataDir,
  startProcess,
  waitUntil,
  type ServerProcess,
} from './processes.ts'
import { clientsOf, makeCall, plan, type Clients, type Made, type Planned } from './sdk-traffic.ts'

/**
 * kill -9 of the real server in the middle of its work, ten times, on one data folder; in some rounds its PostgreSQL is killed with it.
 * The simulator lives on and keeps its ledger: nothing that it billed may be missing afterwards, and nothing may be counted twice.
 *
 * Every call has a prompt of a length of its own, which tells its entry in the ledger and its event apart from all others. A caller makes
 * one call after the other, so that each has at most one call under way when the server dies.
 */

const kills = 10
const callerCount = 16
const shortestPrompt = 60
/** Chooses pace and moments. Fixed, so that a failure can be looked for again; the machine adds its own chance. */
const random = seeded(20_261_122)

type EventRow = {
  id: string
  access_key_id: string
  request_id: string
  admitted_at: Date
  model: string
  provider: string
  tokens: Tokens
  cost: bigint
  reserved: bigint
  estimated: boolean
  unresolved: boolean
  outcome: string
}

const dataDir = newDataDir()
let simulator: Simulator
let server: ServerProcess
let root: Actor
let keys: { id: string; key: string }[]
/** When each life of the server began to serve, in ms. */
const livesFromMs: number[] = []
const answered: Made[] = []
let begun = 0
const over = new AbortController()
let killedPostgres = 0

const entryPrompt = ({ tokens }: LedgerEntry) => tokens.input + tokens.cache_read + tokens.cache_write
const callerOfPrompt = (promptTokens: number) => (promptTokens - shortestPrompt) % callerCount
const lifeAt = (ms: number) => livesFromMs.findLastIndex((from) => from <= ms)

beforeAll(async () => {
  simulator = await startSimulator()
  await start()
  root = await setUpRoot(server)
  await loadPrices(root)
  for (const provider of ['openai', 'anthropic', 'groq'] as const)
    await root(systemKeys.create, {
      body: { provider, api_key: `good-key-of-${provider}`, usage_limit: provider === 'groq' ? 1000 : null },
    })
  keys = await Promise.all(
    Array.from({ length: callerCount }, async (_, index) => await root(accessKeys.create, { body: { name: `caller ${index}` } })),
  )
  simulator.clearLedger()
  const callers = keys.map(({ key }, index) => callOn(index, key))
  for (let round = 1; round <= kills; round++) {
    const before = answered.length
    await waitUntil('calls are answered', () => answered.length > before + callerCount)
    await sleep(random(600))
    await server.kill()
    if (round % 3 === 0) killedPostgres += (await killPostgres(dataDir)) > 0 ? 1 : 0
    await start()
  }
  const before = answered.length
  await waitUntil('calls are answered', () => answered.length > before + callerCount)
  over.abort()
  await Promise.all(callers)
  root = await signIn(server.origin, rootEmail)
  await waitUntil('nothing waits in the journal', async () => (await waitingEvents()) === 0)
}, 300_000)
afterAll(async () => {
  over.abort()
  await server?.stop()
  await endLeftovers([dataDir])
  await simulator?.close()
  removeDataDir(dataDir)
})

async function start(): Promise<void> {
  server = await startProcess({ DATA_DIR: dataDir, ...providersEnv(simulator) })
  livesFromMs.push(Date.now())
}

/** One caller: call after call, whatever becomes of each, at whichever server lives. */
async function callOn(index: number, key: string): Promise<void> {
  let clients: Clients | null = null
  let of: ServerProcess | null = null
  for (let n = 0; !over.signal.aborted; n++) {
    if (of !== server) {
      of = server
      clients = clientsOf(server.origin, key)
    }
    begun++
    try {
      answered.push(await makeCall(clients!, planOf(index, n)))
    } catch {
      // The server died under it, or is not back yet.
      await sleep(50)
    }
  }
}

function planOf(index: number, n: number): Planned {
  const promptTokens = shortestPrompt + index + callerCount * n
  const pace = `words=${3 + random(12)} latency_ms=${random(40)} chunk_ms=${random(12)}`
  if (index % 4 === 0) return plan('messages', n % 2 === 0 ? 'stream' : 'plain', 'claude-haiku-4-5', 'anthropic', promptTokens, pace)
  if (index % 4 === 1) return plan('chat', 'plain', 'groq/llama-3.3-70b-versatile', 'groq', promptTokens, pace)
  return plan('chat', n % 2 === 0 ? 'stream' : 'stream_usage', 'gpt-4o-mini', 'openai', promptTokens, pace)
}

async function waitingEvents(): Promise<number> {
  const metrics = await (await fetch(`${server.origin}/metrics`)).text()
  return Number(/^llm_manager_journal_waiting_events (\d+)$/m.exec(metrics)?.[1] ?? Number.NaN)
}

async function listEvents(): Promise<EventRow[]> {
  const rows = await withSql(postgresUrl(dataDir), (sql) =>
    sql<
      Record<
        | 'id'
        | 'access_key_id'
        | 'request_id'
        | 'model'
        | 'provider'
        | 'input'
        | 'cache_read'
        | 'cache_write'
        | 'output'
        | 'reasoning'
        | 'cost'
        | 'reserved'
        | 'outcome',
        string
      > & { admitted_at: Date; estimated: boolean; unresolved: boolean }
    >(`
      select id, access_key_id, request_id, admitted_at, model, provider, estimated, unresolved, outcome, cost_nanos::text as cost, reserved_nanos::text as reserved,
        tokens_input::text as input, tokens_cache_read::text as cache_read, (tokens_cache_write + tokens_cache_write_long)::text as cache_write,
        tokens_output::text as output, tokens_reasoning::text as reasoning
      from usage_events`),
  )
  return rows.map(({ input, cache_read, cache_write, output, reasoning, cost, reserved, ...row }) => ({
    ...row,
    tokens: {
      input: Number(input),
      cache_read: Number(cache_read),
      cache_write: Number(cache_write),
      output: Number(output),
      reasoning: Number(reasoning),
    },
    cost: BigInt(cost),
    reserved: BigInt(reserved),
  }))
}

const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n)
const eventPrompt = ({ tokens }: EventRow) => tokens.input + tokens.cache_read + tokens.cache_write
const entryCost = ({ provider, model, tokens }: LedgerEntry) => costOf(provider, model ?? '', tokens)

test('every call that was answered in full is settled, once, as it was billed', async () => {
  expect(answered.length).toBeGreaterThan(kills * callerCount)
  const byRequest = Map.groupBy(await listEvents(), ({ request_id }) => request_id)
  const byPrompt = Map.groupBy(simulator.ledger(), entryPrompt)
  for (const { planned, requestId } of answered) {
    const events = byRequest.get(requestId ?? '') ?? []
    const [entry] = byPrompt.get(planned.promptTokens) ?? []
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      unresolved: false,
      estimated: false,
      outcome: 'ok',
      tokens: entry?.tokens,
      cost: entry && entryCost(entry),
    })
  }
})

test('everything billed is settled as it was billed, or covered by an unresolved call that is flagged', async ({ annotate }) => {
  const events = await listEvents()
  const entries = simulator.ledger().filter(({ outcome }) => outcome !== 'refused')
  expect(new Set(entries.map(entryPrompt)).size).toBe(entries.length)
  const settled = events.filter(({ unresolved }) => !unresolved)
  const unresolved = events.filter(({ unresolved }) => unresolved)
  const byPrompt = new Map(entries.map((entry) => [entryPrompt(entry), entry]))

  expect(new Set(settled.map(eventPrompt)).size).toBe(settled.length)
  for (const event of settled) {
    const entry = byPrompt.get(eventPrompt(event))
    expect(event).toMatchObject({
      estimated: false,
      tokens: entry?.tokens,
      cost: entry && entryCost(entry),
      access_key_id: keys[callerOfPrompt(eventPrompt(event))]?.id,
    })
  }
  const settledPrompts = new Set(settled.map(eventPrompt))
  const uncovered = entries.filter((entry) => !settledPrompts.has(entryPrompt(entry)))
  const cover = Map.groupBy(unresolved, ({ access_key_id, admitted_at }) => `${access_key_id} ${lifeAt(admitted_at.getTime())}`)
  for (const [where, calls] of cover) expect(calls, where).toHaveLength(1)
  for (const event of unresolved) expect(event).toMatchObject({ estimated: true, outcome: 'unresolved', cost: event.reserved })
  for (const entry of uncovered) {
    const [event] = cover.get(`${keys[callerOfPrompt(entryPrompt(entry))]?.id} ${lifeAt(Date.parse(entry.at))}`) ?? []
    expect(event, JSON.stringify(entry)).toMatchObject({ provider: entry.provider, model: entry.model })
    expect(event!.reserved).toBeGreaterThanOrEqual(entryCost(entry))
  }
  const billed = sum(entries.map(entryCost))
  const known = sum(settled.map(({ cost }) => cost))
  expect(known).toBeLessThanOrEqual(billed)
  expect(billed).toBeLessThanOrEqual(known + sum(unresolved.map(({ reserved }) => reserved)))
  expect(events.length).toBeLessThanOrEqual(begun)
  // Which is to say that something was there to be lost.
  expect(uncovered.length).toBeGreaterThan(0)
  await annotate(
    `${kills} kills (${killedPostgres} with PostgreSQL), ${answered.length} calls answered in full, ${entries.length} billed: ${settled.length} settled, ${unresolved.length} unresolved that cover ${uncovered.length}`,
  )
})

test('counters, ledger, roll-ups and the figures shown are the sums of the events', async () => {
  const events = await listEvents()
  const cost = sum(events.map((event) => event.cost))
  await withSql(postgresUrl(dataDir), async (sql) => {
    expect(await listFaults(sql)).toEqual([])
    expect(await sumAccounts(sql)).toEqual({ events: cost, counters: cost, ledger: cost, rollups: cost, requests: events.length })
  })
  const { requests, tokens, cost: shown, estimated_requests } = await root(usage.summary)
  const { input, output } = events.reduce<Tokens>((total, event) => addTokens(total, event.tokens), noTokens)
  expect({ requests, input: tokens.input, output: tokens.output, cost: nanosOf(shown), estimated_requests }).toEqual({
    requests: events.length,
    input,
    output,
    cost,
    estimated_requests: events.filter(({ unresolved }) => unresolved).length,
  })
  const keysUsed = await root(systemKeys.list)
  expect(sum(keysUsed.map(({ current_usage }) => nanosOf(current_usage)))).toBe(cost)
})

test('the check of the books finds nothing, while the server runs', async () => {
  expect(await checkByCommand({ DATA_DIR: dataDir })).toMatch(/the books agree/)
})

test('of the journals of the lives before, nothing is left', () => {
  expect(readdirSync(join(dataDir, 'journal'))).toHaveLength(1)
})

/** Whole numbers from 0 to below `end`, by a linear congruential generator. */
function seeded(seed: number): (end: number) => number {
  let state = seed
  return (end) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * end)
  }
}
