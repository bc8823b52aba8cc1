import { accessKeys } from '@llm-manager/contract/access-keys'
import { sessions } from '@llm-manager/contract/sessions'
import { quotas } from '@llm-manager/contract/quotas'
import { usage } from '@llm-manager/contract/usage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isRunning } from '../../src/platform/process/process-info.ts'
import { password } from '../harness.ts'
import { listFaults, sumAccounts } from './accounts.ts'
import { rootEmail, signIn, withSql } from './installation.ts'
import { costOf, nanosOf } from './price-file.ts'
import { waitUntil } from './processes.ts'
import { clientsOf, inParallel, makeCall, plan } from './sdk-traffic.ts'
import { chat, fetchWithoutKeeping, plainClient, startWorks, workerCount, type PlainClient, type Works } from './workers-kit.ts'

/** Three gateway workers behind one port: what one process does, they do together. */

const callCount = 300
const trustedProxy = '127.0.0.2'
let works: Works
const clients: PlainClient[] = []
const newClient = () => {
  const client = plainClient(works.server.origin)
  clients.push(client)
  return client
}

/** A kept connection of the test itself might be with the worker that is stopped. */
const keepAgain = fetchWithoutKeeping()
beforeAll(async () => {
  works = await startWorks(['openai', 'anthropic'], { TRUSTED_PROXIES: trustedProxy })
}, 180_000)
afterAll(async () => {
  keepAgain()
  for (const client of clients) client.close()
  await works?.close()
})

test('calls in parallel are served by every worker, and every figure is what the provider billed', async () => {
  const { key } = await works.newKey('of 300 calls')
  const sdk = clientsOf(works.server.origin, key)
  works.simulator.clearLedger()
  const calls = Array.from({ length: callCount }, (_, index) => {
    const [promptTokens, pace] = [80 + index, `words=${5 + (index % 9)} chunk_ms=1`]
    if (index % 3 === 0) return plan('messages', 'stream', 'claude-haiku-4-5', 'anthropic', promptTokens, pace)
    return plan('chat', index % 3 === 1 ? 'plain' : 'stream_usage', 'gpt-4o-mini', 'openai', promptTokens, pace)
  })
  await inParallel(calls, 60, async (call) => void (await makeCall(sdk, call)))
  await works.settled()

  const byWorker = await works.callsByWorker()
  expect(byWorker).toHaveLength(workerCount)
  for (const calls of byWorker) expect(calls).toBeGreaterThan(0)
  expect(byWorker.reduce((sum, calls) => sum + calls)).toBe(callCount)
  expect(await works.metric('llm_manager_gateway_calls_total')).toBe(callCount)

  const ledger = works.simulator.ledger()
  expect(ledger).toHaveLength(callCount)
  const billed = ledger.reduce((sum, { provider, model, tokens }) => sum + costOf(provider, model ?? '', tokens), 0n)
  const { requests, errors, tokens, cost } = await works.root(usage.summary)
  expect({ requests, errors, input: tokens.input, output: tokens.output, cost: nanosOf(cost) }).toEqual({
    requests: callCount,
    errors: 0,
    input: ledger.reduce((sum, entry) => sum + entry.tokens.input, 0),
    output: ledger.reduce((sum, entry) => sum + entry.tokens.output, 0),
    cost: billed,
  })
  await withSql(works.databaseUrl, async (sql) => {
    expect(await listFaults(sql)).toEqual([])
    expect(await sumAccounts(sql)).toEqual({ events: billed, counters: billed, ledger: billed, rollups: billed, requests: callCount })
  })
})

test('the API behind the workers sees who calls: the client itself, or whom a trusted proxy names', async () => {
  const body = JSON.stringify({ email: rootEmail, password })
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'x-forwarded-for': '203.0.113.9' }
  const client = newClient()
  const direct = await client.send('/api/auth/login', { method: 'POST', headers: { ...headers, 'user-agent': 'direct' } }, body)
  expect(direct.status).toBe(200)
  const proxy = newClient()
  const options = { method: 'POST', headers: { ...headers, 'user-agent': 'proxied' }, localAddress: trustedProxy }
  expect((await proxy.send('/api/auth/login', options, body)).status).toBe(200)
  const { items } = await works.root(sessions.list)
  const ipOf = (agent: string) => items.find(({ user_agent }) => user_agent === agent)?.ip
  expect([ipOf('direct'), ipOf('proxied')]).toEqual(['127.0.0.1', '203.0.113.9'])
})

test('refusals of the API come through the workers as they are', async () => {
  const client = newClient()
  const post = (path: string, type: string, body: string) =>
    client.send(path, { method: 'POST', headers: { 'content-type': type, 'content-length': Buffer.byteLength(body) } }, body)
  const codeOf = ({ status, body }: { status: number; body: string }) => [status, (JSON.parse(body) as { code: string }).code]
  expect(codeOf(await client.send('/api/nothing'))).toEqual([404, 'not_found'])
  expect(codeOf(await client.send('/nothing/at/all'))).toEqual([404, 'not_found'])
  expect(codeOf(await client.send('/api/auth/login'))).toEqual([405, 'method_not_allowed'])
  expect(codeOf(await post('/api/auth/login', 'text/plain', 'hello'))).toEqual([415, 'unsupported_media'])
  expect(codeOf(await post('/api/auth/login', 'application/json', '{'))).toEqual([400, 'invalid_input'])
  expect(codeOf(await post('/api/auth/login', 'application/json', `"${'x'.repeat(1024 * 1024)}"`))).toEqual([413, 'too_large'])
  const large = JSON.stringify({ email: 'a@example.com', password: 'x'.repeat(900_000) })
  expect((await post('/api/auth/login', 'application/json', large)).status).toBeLessThan(413)
  const { status, headers, body } = await client.send('/healthz', { method: 'HEAD' })
  expect([status, headers['content-length'], body]).toEqual([200, '15', ''])
  expect((await client.send('/openapi.json')).body).toContain('"openapi"')
  expect((await client.send('/docs/')).headers['content-type']).toContain('text/html')
  expect((await client.send('/readyz')).body).toContain('"ready"')
})

test('uploads to the API that are given up do no harm', async () => {
  for (let round = 0; round < 20; round++) {
    const client = plainClient(works.server.origin)
    const headers = { 'content-type': 'application/json', 'content-length': 100_000 }
    const given = client.send('/api/auth/login', { method: 'POST', headers, signal: AbortSignal.timeout(20) }, '{"email":')
    await expect(given).rejects.toThrow()
    client.close()
  }
  expect((await newClient().send('/healthz')).status).toBe(200)
  expect(await works.metric('llm_manager_gateway_worker_ends_total')).toBe(0)
})

test('a revoked key is refused by every worker from the moment that the revocation is acknowledged', async ({ annotate }) => {
  const connections = Array.from({ length: 24 }, newClient)
  const before = await works.callsByWorker()
  const confirmedBefore = await works.metric('llm_manager_change_everywhere_seconds_count')
  for (let round = 0; round < 10; round++) {
    const { id, key } = await works.newKey(`revoked ${round}`)
    const allowed = await Promise.all(connections.map((client) => chat(client, key)))
    expect(allowed.map(({ status }) => status)).toEqual(connections.map(() => 200))
    await works.root(accessKeys.remove, { params: { id } })
    const refused = await Promise.all(connections.map((client) => chat(client, key)))
    expect(refused.map(({ status }) => status)).toEqual(connections.map(() => 401))
  }
  await works.settled()
  const after = await works.callsByWorker()
  for (const [worker, calls] of after.entries()) expect(calls).toBeGreaterThan(before[worker]!)
  expect(await works.metric('llm_manager_change_everywhere_seconds_count')).toBeGreaterThanOrEqual(confirmedBefore + 20)
  expect(await works.metric('llm_manager_change_unconfirmed_total')).toBe(0)
  const [count, seconds] = [
    await works.metric('llm_manager_change_everywhere_seconds_count'),
    await works.metric('llm_manager_change_everywhere_seconds_sum'),
  ]
  await annotate(`${count} changes were in force in every worker after ${Math.round((1000 * seconds) / count)} ms on average`)
})

test.runIf(process.platform === 'linux')(
  'a worker that is stuck holds nobody up: it is told of, and catches up before it serves on',
  async () => {
    const { id, key } = await works.newKey('while one is stuck')
    const connections = Array.from({ length: 24 }, newClient)
    for (const client of connections) expect((await chat(client, key)).status).toBe(200)
    const [stuck = 0] = works.server.workerPids()
    process.kill(stuck, 'SIGSTOP')
    let asked: Promise<number>[]
    try {
      await works.root(accessKeys.remove, { params: { id } })
      expect(await works.metric('llm_manager_change_unconfirmed_total')).toBe(1)
      const readiness = await newClient().send('/readyz')
      expect(readiness.status).toBe(200)
      expect(JSON.parse(readiness.body)).toMatchObject({ problems: [expect.stringMatching(/^gateway worker \d: it does not answer$/)] })
      asked = connections.map(async (client) => (await chat(client, key)).status)
    } finally {
      process.kill(stuck, 'SIGCONT')
    }
    expect(await Promise.all(asked)).toEqual(connections.map(() => 401))
    await waitUntil('all is well', async () => (await newClient().send('/readyz')).body.includes('"problems":[]'))
    expect(isRunning(stuck)).toBe(true)
  },
)

test('a limit is one for all workers: as many calls pass as it has room for, whoever serves them', async () => {
  const { id, key } = await works.newKey('limited')
  const limit = { metric: 'requests', amount: 50, window: 'total' } as const
  await works.root(quotas.create, { body: { subject_type: 'access_key', subject_id: id, ...limit } })
  const connections = Array.from({ length: 24 }, newClient)
  const statuses: number[] = []
  const lane = async (client: PlainClient) => {
    for (let n = 0; n < 5; n++) statuses.push((await chat(client, key)).status)
  }
  await Promise.all(connections.map(lane))
  expect(statuses.filter((status) => status === 200)).toHaveLength(50)
  expect(statuses.filter((status) => status === 402)).toHaveLength(70)
})

test('people who sign in by one worker are known by all', async () => {
  const actor = await signIn(works.server.origin, rootEmail)
  const connections = Array.from({ length: 12 }, newClient)
  const seen = await Promise.all(
    connections.map((client) => client.send('/api/auth/me', { headers: { authorization: `Bearer ${actor.token}` } })),
  )
  expect(seen.map(({ status }) => status)).toEqual(connections.map(() => 200))
})
