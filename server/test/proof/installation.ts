import { sessions } from '@llm-manager/contract/sessions'
import { prices } from '@llm-manager/contract/prices'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { tenants } from '@llm-manager/contract/tenants'
import { users } from '@llm-manager/contract/users'
import { createClient } from '@llm-manager/contract/client'
import pg from 'pg'
import type { Simulator } from '../../../simulator/src/simulator.ts'
import { actorOf, password, type Actor } from '../harness.ts'
import type { ServerProcess } from './processes.ts'
import { pricedModels } from './price-file.ts'

export const rootEmail = 'root@example.com'

/** The environment by which a server finds the simulator in place of every provider. */
export function providersEnv(simulator: Simulator): Record<string, string> {
  return Object.fromEntries(Object.entries(simulator.baseUrls).map(([name, url]) => [`PROVIDER_BASE_URL_${name.toUpperCase()}`, url]))
}

/** Secrets that a server needs with `DATABASE_URL`. */
export const fixedSecrets = {
  ENCRYPTION_KEY: Buffer.from('an encryption key of tests, 32 b').toString('base64url'),
  JWT_SECRET_KEY: 'a secret for the tokens of the tests, long enough',
}

/** Creates the first administrator by the set-up link. */
export async function setUpRoot(server: ServerProcess): Promise<Actor> {
  const anon = createClient({ origin: server.origin, retries: 0 })
  const made = await anon(sessions.setUp, { body: { token: server.setupToken ?? '', email: rootEmail, name: 'Root', password } })
  return actorOf(server.origin, made.access_token, made.user)
}

/** Signs somebody in again: after a restart the origin is another. */
export async function signIn(origin: string, email: string): Promise<Actor> {
  const signedIn = await createClient({ origin, retries: 0 })(sessions.logIn, { body: { email, password } })
  return actorOf(origin, signedIn.access_token, signedIn.user)
}

/** A tenant with plan enterprise and its administrator. */
export async function newTenantAdmin(origin: string, root: Actor, email: string): Promise<Actor> {
  const tenant = await root(tenants.create, { body: { name: `Tenant of ${email}`, plan: 'enterprise' } })
  return await newUser(origin, root, email, tenant.id, 'admin')
}

export async function newUser(origin: string, root: Actor, email: string, tenantId: string, role: 'admin' | 'member'): Promise<Actor> {
  await root(users.create, { body: { email, name: email, password, tenant_id: tenantId, roles: [role] } })
  return await signIn(origin, email)
}

/** The simulator's price file becomes the installation's prices, through the API. */
export async function loadPrices(root: Actor): Promise<void> {
  for (const { provider, model, per_million } of pricedModels) {
    const perMillion = { ...per_million, output: per_million.output ?? 0 }
    await root(prices.create, { body: { provider, model, effective_from: '2020-01-01T00:00:00Z', per_million: perMillion } })
  }
}

/** A system key of the installation for each provider, its last four letters the provider's, so that the simulator tells them apart. */
export async function addSystemKeys(root: Actor, providers: readonly Provider[]): Promise<Map<Provider, string>> {
  const ids = new Map<Provider, string>()
  for (const provider of providers) {
    const key = await root(systemKeys.create, { body: { provider, api_key: `good-system-key-${provider.slice(-4)}` } })
    ids.set(provider, key.id)
  }
  return ids
}

export type Provider = keyof Simulator['baseUrls']

/** SQL on a database, in the types that `pg` gives without the product's own parsers: text for integers beyond 2^53. */
export async function withSql<T>(
  url: string,
  run: (sql: <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await run(async (text, values) => (await client.query(text, values)).rows as never)
  } finally {
    await client.end()
  }
}
