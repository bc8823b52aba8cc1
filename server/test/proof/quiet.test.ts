import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { accessKeys } from '@llm-manager/contract/access-keys'
import { quotas } from '@llm-manager/contract/quotas'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSimulator, type Simulator } from '../../../simulator/src/simulator.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/embedded-postgres/embedded-postgres.ts'
import type { Actor } from '../harness.ts'
import { fixedSecrets, loadPrices, providersEnv, setUpRoot, withSql } from './installation.ts'
import { endLeftovers, newDataDir, removeDataDir, startProcess, type ServerProcess } from './processes.ts'
import { clientsOf, inParallel, makeCall, plan, type Clients } from './sdk-traffic.ts'

/** PostgreSQL writes down every statement that it gets: how many there are for calls, and for none. */

let simulator: Simulator
let postgres: EmbeddedPostgres
let server: ServerProcess
let root: Actor
let clients: Clients
const postgresDir = newDataDir()
const dataDir = newDataDir()
const logPath = join(postgresDir, 'postgres.log')

beforeAll(async () => {
  simulator = await startSimulator()
  postgres = await startEmbeddedPostgres({ dataDir: postgresDir, log: () => {} })
  await withSql(postgres.url, async (sql) => {
    await sql(`alter system set log_line_prefix = '%a|'`)
    await sql(`alter system set log_statement = 'all'`)
    await sql('select pg_reload_conf()')
  })
  server = await startProcess({ DATABASE_URL: postgres.url, DATA_DIR: dataDir, ...fixedSecrets, ...providersEnv(simulator) })
  root = await setUpRoot(server)
  await loadPrices(root)
  const { id } = await root(systemKeys.create, { body: { provider: 'openai', api_key: 'good-key-of-a-quiet-box', usage_limit: 50 } })
  const access = await root(accessKeys.create, { body: { name: 'caller', user_id: root.userId } })
  const subjects = { provider_key: id, access_key: access.id, user: root.userId, tenant: root.tenantId } as const
  for (const [subject_type, subject_id] of Object.entries(subjects) as [keyof typeof subjects, string][])
    for (const [metric, amount] of [
      ['cost', 100],
      ['tokens', 1e9],
      ['requests', 1e6],
    ] as const)
      await root(quotas.create, { body: { subject_type, subject_id, metric, amount, window: 'month' } })
  clients = clientsOf(server.origin, access.key)
})
afterAll(async () => {
  await server?.stop()
  await postgres?.stop()
  await endLeftovers([postgresDir])
  await simulator?.close()
  for (const folder of [dataDir, postgresDir]) removeDataDir(folder)
})

/** The statements that PostgreSQL got while something was done, without the words that go with them. */
async function statementsDuring(run: () => Promise<void>): Promise<string[]> {
  const from = statSync(logPath).size
  await run()
  await sleep(200)
  const lines = readFileSync(logPath).subarray(from).toString('utf8').split('\n')
  return lines.flatMap((line) => /\| ?LOG: {2}(?:statement|execute [^:]*): (.*)$/.exec(line)?.[1]?.trim() ?? [])
}

const calls = (count: number) =>
  inParallel(Array.from({ length: count }), 8, async () => {
    await makeCall(clients, plan('chat', 'plain', 'gpt-4o-mini', 'openai', 100, 'words=3'))
  })

const isOf = (text: RegExp) => (statement: string) => text.test(statement)
const polls = isOf(/^select last_value from change_versions$/)
const sweeps = isOf(/^select id, expires_at from epochs/)
const takes = isOf(/^select (take_room|renew_epoch|give_back)/)

test('600 calls under thirteen limits ask for room a few times, and for nothing else', async ({ annotate }) => {
  await calls(50)
  await sleep(500)
  const statements = await statementsDuring(() => calls(600))
  const asked = statements.filter(takes)
  // Whatever else there is belongs to the drain, which works by time and not by call.
  const begun = statements.filter(isOf(/^(begin|start transaction)/i))
  await annotate(
    `600 calls: ${asked.length} statements for room, ${begun.length} transactions of the drain, ${statements.length} statements in all`,
  )
  expect(asked.length).toBeLessThan(15)
  expect(begun.length).toBeLessThan(100)
  expect(statements.filter(isOf(/take_room/)).length).toBeGreaterThan(0)
})

test('a gateway without calls gives back what it has, and then does nothing', async () => {
  await expect
    .poll(() => withSql(postgres.url, async (sql) => (await sql<{ count: bigint }>('select count(*) from epochs'))[0]!.count), {
      timeout: 30_000,
      interval: 1000,
    })
    .toBe(0n)
  await withSql(postgres.url, async (sql) => {
    expect(await sql('select * from leases where granted > 0')).toEqual([])
    expect(await sql('select * from limit_counters where leased <> 0')).toEqual([])
  })
  const statements = await statementsDuring(() => sleep(5_000))
  // One look a second at whether anything has changed, in case a message was lost; one in half a minute for processes that died.
  expect(statements.filter((statement) => !polls(statement) && !sweeps(statement))).toEqual([])
  expect(statements.length).toBeLessThan(8)
})
