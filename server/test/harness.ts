import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type Call } from '@llm-manager/contract/client'
import type { RoleName } from '@llm-manager/contract/permissions'
import { sessions } from '@llm-manager/contract/sessions'
import { tenants } from '@llm-manager/contract/tenants'
import { users } from '@llm-manager/contract/users'
import pg from 'pg'
import { startSimulator, type Simulator } from '../../simulator/src/simulator.ts'
import { systemClock, type Clock } from '../src/platform/time/clock.ts'
import { readConfig } from '../src/platform/config.ts'
import { createLog } from '../src/platform/log/log.ts'
import { startServer, type RunningServer } from '../src/server.ts'
import { databaseUrl, template } from './global-setup.ts'

export const password = 'a password of the tests'

/** Someone who calls the API: `call(endpoint, sent)`; with their token for raw requests. */
export type Actor = Call & { token: string; userId: string; tenantId: string; email: string }

export type TestApi = {
  origin: string
  server: RunningServer
  simulator: Simulator
  databaseUrl: string
  dataDir: string
  /** The platform administrator, in the root tenant. */
  root: Actor
  /** Of one tenant with plan enterprise. */
  admin: Actor
  member: Actor
  viewer: Actor
  /** Administrator of another tenant with plan enterprise. */
  stranger: Actor
  anon: Call
  /** Signs a further user in, created for the purpose. */
  newActor(role: RoleName, tenantId: string): Promise<Actor>
  newTenant(plan: 'free' | 'pro' | 'enterprise'): Promise<string>
  /** SQL on the test's own database. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>
  /** A raw request to the API. */
  fetch(path: string, init?: RequestInit & { as?: Actor }): Promise<Response>
  close(): Promise<void>
}

let count = 0
let simulator: Promise<Simulator> | null = null

/** A whole server of its own: fresh database, the ten providers simulated, actors signed in. Close it when done. */
export async function startTestApi(options: { now?: Clock; env?: Record<string, string> } = {}): Promise<TestApi> {
  simulator ??= startSimulator({ port: 0 })
  const providers = await simulator
  const database = await newDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'llm-manager-test-'))
  const server = await startServer(
    testConfig(dataDir, database, providers, options.env),
    database,
    createLog(process.env.TEST_LOG_LEVEL ?? 'silent'),
    options.now ?? systemClock,
  )
  const pool = new pg.Pool({ connectionString: database, max: 2 })
  const anon = createClient({ origin: server.origin, retries: 0 })
  const made = await anon(sessions.setUp, { body: { token: server.setupToken!, email: 'root@example.com', name: 'Root', password } })
  const root = actorOf(server.origin, made.access_token, made.user)
  const newTenant = async (plan: 'free' | 'pro' | 'enterprise') =>
    (await root(tenants.create, { body: { name: `Tenant ${plan}`, plan } })).id
  const newActor = async (role: RoleName, tenantId: string) => {
    const email = `${role}-${++count}@example.com`
    await root(users.create, { body: { email, name: role, password, tenant_id: tenantId, roles: [role] } })
    const signedIn = await anon(sessions.logIn, { body: { email, password } })
    return actorOf(server.origin, signedIn.access_token, signedIn.user)
  }
  const ours = await newTenant('enterprise')
  const [admin, member, viewer] = await Promise.all([newActor('admin', ours), newActor('member', ours), newActor('viewer', ours)])
  const stranger = await newActor('admin', await newTenant('enterprise'))
  return {
    origin: server.origin,
    server,
    simulator: providers,
    databaseUrl: database,
    dataDir,
    root,
    admin,
    member,
    viewer,
    stranger,
    anon,
    newActor,
    newTenant,
    sql: async (text, values) => (await pool.query(text, values)).rows as never,
    fetch: (path, { as, headers, ...init } = {}) =>
      fetch(server.origin + path, {
        ...init,
        headers: { ...(as && { authorization: `Bearer ${as.token}` }), ...(headers as Record<string, string>) },
      }),
    async close() {
      await pool.end()
      await server.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** The configuration of a test: fixed secrets, any free port, the simulator in place of every provider. */
export function testConfig(dataDir: string, database: string, providers: Simulator, env: Record<string, string> = {}) {
  const baseUrls = Object.fromEntries(
    Object.entries(providers.baseUrls).map(([name, url]) => [`PROVIDER_BASE_URL_${name.toUpperCase()}`, url]),
  )
  return readConfig({
    API_PORT: '0',
    DATA_DIR: dataDir,
    DATABASE_URL: database,
    ENCRYPTION_KEY: Buffer.from('an encryption key of tests, 32 b').toString('base64url'),
    JWT_SECRET_KEY: 'a secret for the tokens of the tests, long enough',
    LOG_LEVEL: 'silent',
    ...baseUrls,
    ...env,
  })
}

/** A database of its own, copied from the migrated template. */
export async function newDatabase(): Promise<string> {
  const url = process.env.TEST_POSTGRES_URL
  if (!url) throw new Error('TEST_POSTGRES_URL is not set: run these tests by vitest, whose global set-up starts PostgreSQL')
  const name = `test_${process.pid}_${++count}`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`create database ${name} template ${template}`)
  } finally {
    await client.end()
  }
  return databaseUrl(url, name)
}

export function actorOf(origin: string, token: string, user: { id: string; tenant_id: string; email: string }): Actor {
  const call = createClient({ origin, retries: 0, accessToken: () => token })
  return Object.assign(call, { token, userId: user.id, tenantId: user.tenant_id, email: user.email })
}
