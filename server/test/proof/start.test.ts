import { createServer } from 'node:net'
import { existsSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { accessKeys } from '@llm-manager/contract/access-keys'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { createClient } from '@llm-manager/contract/client'
import { sessions } from '@llm-manager/contract/sessions'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSimulator, type Simulator } from '../../../simulator/src/simulator.ts'
import { isRunning } from '../../src/platform/process/process-info.ts'
import { newDatabase, password } from '../harness.ts'
import { fixedSecrets, providersEnv, rootEmail, setUpRoot, signIn, withSql } from './installation.ts'
import {
  endLeftovers,
  interruptedStart,
  newDataDir,
  postgresPids,
  refusedStart,
  removeDataDir,
  startProcess,
  waitUntil,
} from './processes.ts'
import { clientsOf, makeCall, plan } from './sdk-traffic.ts'

/** Starts and refusals to start, of the real program. Linux, where it can be seen which processes are left. */

let simulator: Simulator
const dataDirs: string[] = []
const dataDirOf = () => {
  const made = newDataDir()
  dataDirs.push(made)
  return made
}
beforeAll(async () => {
  simulator = await startSimulator()
})
afterAll(async () => {
  await endLeftovers(dataDirs)
  await simulator.close()
  for (const dataDir of dataDirs) removeDataDir(dataDir)
})

/** Nothing is told by a crash: what was wrong stands there in words, without a stack. */
const isPlain = (message: string) => message !== '' && !/\n\s+at /.test(message)

async function isServing(origin: string): Promise<boolean> {
  return await fetch(`${origin}/healthz`).then(
    (response) => response.ok,
    () => false,
  )
}

/** Every row of every table, as text. */
async function everyRow(url: string): Promise<Record<string, string[]>> {
  return await withSql(url, async (sql) => {
    const tables = await sql<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1",
    )
    const rows: Record<string, string[]> = {}
    for (const { name } of tables)
      rows[name] = (await sql<{ row: string }>(`select t::text as row from "${name}" t order by 1`)).map(({ row }) => row)
    return rows
  })
}

describe.runIf(process.platform === 'linux')('with the embedded PostgreSQL', () => {
  let dataDir: string
  let env: Record<string, string>
  let keyId: string
  beforeAll(() => {
    dataDir = dataDirOf()
    env = { DATA_DIR: dataDir, ...providersEnv(simulator) }
  })

  test('the first start makes secrets and a set-up link, and SIGTERM leaves no process behind', async () => {
    const server = await startProcess(env)
    const secrets = join(dataDir, 'secrets.json')
    expect(statSync(secrets).mode & 0o777).toBe(0o600)
    const root = await setUpRoot(server)
    const key = await root(systemKeys.create, { body: { provider: 'openai', api_key: 'sk-good-of-the-first-start' } })
    keyId = key.id
    const pids = [server.pid, ...postgresPids(dataDir)]
    expect(pids.length).toBeGreaterThan(3)
    expect(await server.stop()).toEqual({ code: 0, signal: null })
    expect(pids.filter(isRunning)).toEqual([])
    expect(postgresPids(dataDir)).toEqual([])
    expect(await isServing(server.origin)).toBe(false)
    expect(existsSync(join(dataDir, 'lock'))).toBe(false)
    expect(server.output()).not.toContain(JSON.parse(readFileSync(secrets, 'utf8')).encryptionKey)
  })

  test('a second start keeps everything; another one on the same folder is refused, naming it, and disturbs nothing', async () => {
    const server = await startProcess(env)
    expect(server.setupToken).toBeNull()
    const root = await signIn(server.origin, rootEmail)
    expect(await root(systemKeys.list)).toMatchObject([{ id: keyId, provider: 'openai', status: 'active' }])
    const pids = postgresPids(dataDir)

    const refused = await refusedStart(env)
    expect(refused.code).toBe(1)
    expect(refused.message).toContain(dataDir)
    expect(refused.message).toContain(String(server.pid))
    expect(isPlain(refused.message)).toBe(true)
    expect(await root(systemKeys.list)).toHaveLength(1)
    expect(postgresPids(dataDir)[0]).toBe(pids[0])
    expect((await server.stop()).code).toBe(0)
  })

  test('SIGTERM while it still starts leaves no process behind either, and the next start is none the worse', async () => {
    const interrupted = await interruptedStart(env, () => postgresPids(dataDir).length > 0)
    expect(interrupted).toEqual({ code: 0, signal: null })
    expect(postgresPids(dataDir)).toEqual([])
    expect(existsSync(join(dataDir, 'lock'))).toBe(false)
  })

  test('a port that is taken is named, and PostgreSQL does not stay behind', async () => {
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const { port } = holder.address() as { port: number }
    const refused = await refusedStart({ ...env, API_PORT: String(port) })
    await new Promise((resolve) => holder.close(resolve))
    expect(refused.code).toBe(1)
    expect(refused.message).toContain(String(port))
    expect(refused.message).toContain('API_PORT')
    expect(isPlain(refused.message)).toBe(true)
    expect(postgresPids(dataDir)).toEqual([])
    expect(existsSync(join(dataDir, 'lock'))).toBe(false)
  })

  test('another encryption key is refused in clear words, and the right one finds everything as it was', async () => {
    const before = readFileSync(join(dataDir, 'secrets.json'), 'utf8')
    const refused = await refusedStart({ ...env, ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64url') })
    expect(refused.code).toBe(1)
    expect(refused.message).toContain('ENCRYPTION_KEY')
    expect(isPlain(refused.message)).toBe(true)
    expect(postgresPids(dataDir)).toEqual([])
    expect(readFileSync(join(dataDir, 'secrets.json'), 'utf8')).toBe(before)
  })

  test('without its secrets file a database is not opened, and with it again it is', async () => {
    const secrets = join(dataDir, 'secrets.json')
    renameSync(secrets, `${secrets}.away`)
    const refused = await refusedStart(env)
    expect(refused.code).toBe(1)
    expect(refused.message).toContain(secrets)
    expect(isPlain(refused.message)).toBe(true)
    expect(existsSync(secrets)).toBe(false)
    renameSync(`${secrets}.away`, secrets)
    const server = await startProcess(env)
    const root = await signIn(server.origin, rootEmail)
    expect(await root(systemKeys.list)).toMatchObject([{ id: keyId, status: 'active' }])
    expect((await server.stop()).code).toBe(0)
  })

  test('a broken secrets file is refused in clear words that do not repeat it', async () => {
    const secrets = join(dataDir, 'secrets.json')
    const good = readFileSync(secrets, 'utf8')
    writeFileSync(secrets, good.slice(0, 40))
    const refused = await refusedStart(env)
    writeFileSync(secrets, good)
    expect(refused.code).toBe(1)
    expect(refused.message).toContain(secrets)
    expect(isPlain(refused.message)).toBe(true)
    expect(refused.output).not.toContain(good.slice(22, 36))
  })
})

describe('with DATABASE_URL', () => {
  let url: string
  let env: Record<string, string>
  beforeAll(async () => {
    url = await newDatabase()
    env = { DATABASE_URL: url, DATA_DIR: dataDirOf(), ...fixedSecrets, ...providersEnv(simulator) }
  })

  test('secrets must be given: none is made up for a database that others may use', async () => {
    const { ENCRYPTION_KEY: _, ...without } = env
    const refused = await refusedStart(without)
    expect(refused.code).toBe(1)
    expect(refused.message).toContain('ENCRYPTION_KEY: needed with DATABASE_URL')
    expect(readdirSync(env.DATA_DIR!)).toEqual([])
  })

  test('everything wrong with the environment is told at once, and no value is repeated', async () => {
    const refused = await refusedStart({
      ...env,
      API_PORT: 'eighty',
      LOG_LEVEL: 'loud',
      JOURNAL_SYNC: 'sometimes',
      GATEWAY_WORKERS: '0',
      ENCRYPTION_KEY: 'hardly any key',
      JWT_SECRET_KEY: 'short secret',
      ADMIN_PASSWORD: 'a password without an e-mail',
      METRICS_TOKEN: 'little token',
      PROVIDER_BASE_URL_GROQ: 'ftp://somewhere',
    })
    expect(refused.code).toBe(1)
    for (const name of [
      'API_PORT',
      'LOG_LEVEL',
      'JOURNAL_SYNC',
      'GATEWAY_WORKERS',
      'ENCRYPTION_KEY',
      'JWT_SECRET_KEY',
      'ADMIN_EMAIL and ADMIN_PASSWORD go together',
      'METRICS_TOKEN',
      'PROVIDER_BASE_URL_GROQ',
    ])
      expect.soft(refused.message).toContain(name)
    for (const value of ['hardly any key', 'short secret', 'a password without', 'little token', 'ftp://somewhere'])
      expect.soft(refused.output).not.toContain(value)
    expect(isPlain(refused.output)).toBe(true)
  })

  test('a database that does not answer is told plainly, without its password', async () => {
    const refused = await refusedStart({ ...env, DATABASE_URL: 'postgresql://somebody:canary-password@127.0.0.1:1/nothing' })
    expect(refused.code).toBe(1)
    expect(isPlain(refused.message)).toBe(true)
    expect(refused.message).toContain('DATABASE_URL')
    expect(refused.output).not.toContain('canary-password')
  })

  test('the administrator of the environment is made once, and no set-up link with them', async () => {
    const admin = { ADMIN_EMAIL: rootEmail, ADMIN_PASSWORD: password }
    const first = await startProcess({ ...env, ...admin })
    expect(first.setupToken).toBeNull()
    const root = await signIn(first.origin, rootEmail)
    await root(systemKeys.create, { body: { provider: 'openai', api_key: 'sk-good-of-the-other-database' } })
    expect((await first.stop()).code).toBe(0)
    const second = await startProcess({ ...env, ...admin, ADMIN_PASSWORD: 'another password later on' })
    expect(await (await signIn(second.origin, rootEmail))(systemKeys.list)).toHaveLength(1)
    const anon = createClient({ origin: second.origin, retries: 0 })
    await expect(anon(sessions.logIn, { body: { email: rootEmail, password: 'another password later on' } })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    expect((await second.stop()).code).toBe(0)
  })

  test('another encryption key is refused, and no row has changed', async () => {
    const before = await everyRow(url)
    expect(before.provider_keys).toHaveLength(1)
    const refused = await refusedStart({ ...env, ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64url') })
    expect(refused.code).toBe(1)
    expect(refused.message).toContain('ENCRYPTION_KEY')
    expect(await everyRow(url)).toEqual(before)
  })

  test('SIGTERM lets a stream under way end, books it, and leaves nothing in the journal', async () => {
    const server = await startProcess(env)
    const root = await signIn(server.origin, rootEmail)
    const { key } = await root(accessKeys.create, { body: { name: 'caller' } })
    simulator.clearLedger()
    const stream = makeCall(clientsOf(server.origin, key), plan('chat', 'stream', 'gpt-4o-mini', 'openai', 100, 'words=30 chunk_ms=40'))
    await waitUntil('the stream is under way', async () =>
      /^llm_manager_gateway_open_calls 1$/m.test(await (await fetch(`${server.origin}/metrics`)).text()),
    )
    const stopped = server.stop()
    expect((await stream).text.split(' ')).toHaveLength(30)
    expect(await stopped).toEqual({ code: 0, signal: null })
    expect(readdirSync(join(env.DATA_DIR!, 'journal'))).toEqual([])
    const [entry] = simulator.ledger()
    const events = await withSql(url, (sql) =>
      sql('select outcome, tokens_input::int as input, tokens_output::int as output, estimated, request_id from usage_events'),
    )
    expect(events).toEqual([
      { outcome: 'ok', input: entry?.tokens.input, output: 30, estimated: false, request_id: (await stream).requestId },
    ])
  })

  test('two servers on one data folder are refused, whatever their databases, naming it: the journal there belongs to one', async () => {
    const first = await startProcess(env)
    const refused = await refusedStart({ ...env, DATABASE_URL: await newDatabase() })
    expect(refused.code).toBe(1)
    expect(refused.message).toContain(env.DATA_DIR)
    expect(refused.message).toContain(String(first.pid))
    expect((await first.stop()).code).toBe(0)
  })

  test('two servers share a database, each with a data folder of its own, and leave no session with it behind', async () => {
    const first = await startProcess(env)
    const second = await startProcess({ ...env, DATA_DIR: dataDirOf() })
    for (const { origin } of [first, second]) expect(await (await signIn(origin, rootEmail))(systemKeys.list)).toHaveLength(1)
    await first.kill()
    expect(await (await signIn(second.origin, rootEmail))(systemKeys.list)).toHaveLength(1)
    expect((await second.stop()).code).toBe(0)
    await waitUntil(
      'their sessions with the database are gone',
      async () =>
        (
          await withSql(url, (sql) =>
            sql("select 1 from pg_stat_activity where datname = current_database() and application_name like 'llm-manager%'"),
          )
        ).length === 0,
    )
  })
})
