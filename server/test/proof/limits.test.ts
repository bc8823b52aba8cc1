import { accessKeys } from '@llm-manager/contract/access-keys'
import { agents } from '@llm-manager/contract/agents'
import { groups } from '@llm-manager/contract/groups'
import { metrics, quotas, subjectTypes } from '@llm-manager/contract/quotas'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSimulator, type Simulator } from '../../../simulator/src/simulator.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/embedded-postgres/embedded-postgres.ts'
import type { Actor } from '../harness.ts'
import { listFaults } from './accounts.ts'
import { fixedSecrets, loadPrices, providersEnv, setUpRoot, withSql } from './installation.ts'
import { endLeftovers, newDataDir, removeDataDir, startProcess, waitUntil, type ServerProcess } from './processes.ts'

/**
 * 64 callers at once on a limit worth exactly so many reservations, through the port of one, two and four gateway processes: exactly so
 * many pass. No call is settled before all are decided, so that nothing is given back meanwhile.
 */

type Metric = (typeof metrics)[number]
type Subject = (typeof subjectTypes)[number]

const callers = 64
const cap = 20
/** Bytes of the body: at most so many input tokens, and 64 for what templates add. */
const request = JSON.stringify({
  model: 'openai/gpt-4o-mini',
  max_tokens: cap,
  messages: [{ role: 'user', content: `count me [[words=${cap} latency_ms=700]]` }],
})
const inputTokensMax = Buffer.byteLength(request) + 64
/** Dollars 0.15 and 0.6 a million tokens are 150 and 600 nano-dollars a token. */
const reservation: Record<Metric, number> = {
  cost: (inputTokensMax * 150 + cap * 600) / 1e9,
  tokens: inputTokensMax + cap,
  requests: 1,
  parallel: 1,
}

describe.each([1, 2, 4])('with %i gateway processes', (workers) => {
  let simulator: Simulator
  let postgres: EmbeddedPostgres
  let server: ServerProcess
  let root: Actor
  let key: string
  let ids: Record<Subject, string>
  const [postgresDir, dataDir] = [newDataDir(), newDataDir()]

  beforeAll(async () => {
    simulator = await startSimulator()
    postgres = await startEmbeddedPostgres({ dataDir: postgresDir, log: () => {} })
    const env = { DATABASE_URL: postgres.url, DATA_DIR: dataDir, GATEWAY_WORKERS: String(workers) }
    server = await startProcess({ ...env, ...fixedSecrets, ...providersEnv(simulator) })
    root = await setUpRoot(server)
    await loadPrices(root)
    const system = await root(systemKeys.create, { body: { provider: 'openai', api_key: 'good-key-for-the-limits' } })
    const agent = await root(agents.create, { body: { name: 'limited', key_id: system.id } })
    const access = await root(accessKeys.create, { body: { name: 'limited', agent_id: agent.id } })
    const group = await root(groups.create, { body: { name: 'limited' } })
    await root(groups.addMember, { params: { id: group.id }, body: { user_id: root.userId } })
    key = access.key
    ids = { tenant: root.tenantId, group: group.id, user: root.userId, agent: agent.id, access_key: access.id, provider_key: system.id }
  })
  afterAll(async () => {
    await server?.stop()
    await postgres?.stop()
    await endLeftovers([postgresDir])
    await simulator?.close()
    for (const folder of [dataDir, postgresDir]) removeDataDir(folder)
  })

  const limit = async (subject: Subject, metric: Metric, reservations: number) => {
    const amount = Number((reservation[metric] * reservations).toFixed(9))
    const window = metric === 'parallel' ? 'total' : 'month'
    return await root(quotas.create, { body: { subject_type: subject, subject_id: ids[subject], metric, amount, window } })
  }
  const lift = (id: string) => root(quotas.remove, { params: { id } })
  const post = async () => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const response = await fetch(`${server.origin}/v1/chat/completions`, { method: 'POST', headers, body: request })
    const { error } = (await response.json()) as { error?: { scope: string; unit: string } }
    return { status: response.status, scope: error?.scope, unit: error?.unit }
  }
  const allAtOnce = () => Promise.all(Array.from({ length: callers }, post))
  /** What was admitted is settled, and the books agree. */
  const settled = () =>
    waitUntil(
      'every call is settled',
      async () => (await withSql(postgres.url, (sql) => sql('select 1 from usage_events'))).length === simulator.ledger().length,
    )

  const each = subjectTypes.flatMap((subject, place) =>
    metrics.map((metric, index) => ({ subject, metric, reservations: 3 + place * 4 + index })),
  )
  test.each(each)('$reservations pass where the $subject has room for so many, of $metric', async ({ subject, metric, reservations }) => {
    const { id } = await limit(subject, metric, reservations)
    const answers = await allAtOnce()
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(reservations)
    const refused = answers.filter(({ status }) => status !== 200)
    const unit = metric === 'cost' ? 'usd' : metric
    for (const answer of refused) expect(answer).toEqual({ status: metric === 'parallel' ? 429 : 402, scope: subject, unit })
    await lift(id)
    await settled()
  })

  test('with all of them stacked on one call, as many pass as the tightest has room for', async () => {
    const all = []
    for (const { subject, metric, reservations } of each) all.push(await limit(subject, metric, reservations === 11 ? 7 : reservations + 8))
    const answers = await allAtOnce()
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(7)
    await settled()
    for (const { id } of all) await lift(id)
    await withSql(postgres.url, async (sql) => {
      expect(await listFaults(sql)).toEqual([])
      // Whoever took part in it, none of them kept room that nobody needs.
      await waitUntil('all room is given back', async () => (await sql('select 1 from limit_counters where leased > 0')).length === 0)
    })
  })

  test('more than one process, where there are more, has room for calls under way', async () => {
    const { id } = await limit('agent', 'requests', 60)
    const answers = allAtOnce()
    await waitUntil('room is shared', async () => {
      const rows = await withSql(postgres.url, (sql) => sql('select distinct epoch from leases where limit_id = $1 and granted > 0', [id]))
      return rows.length >= Math.min(workers, 2)
    })
    expect((await answers).filter(({ status }) => status === 200)).toHaveLength(60)
    await settled()
  })
})
