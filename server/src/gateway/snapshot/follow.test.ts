import { accountsFor } from '../../features/quotas/leases/book.ts'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newDatabase } from '../../../test/harness.ts'
import { ensureDataKey } from '../../features/provider-keys/secrets/data-keys.ts'
import { sealProviderKeySecret } from '../../features/provider-keys/secrets/sealed-secret.ts'
import { systemClock } from '../../platform/time/clock.ts'
import { openDb, type OpenDb } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { createLog } from '../../platform/log/log.ts'
import { Secret } from '../../platform/secret.ts'
import { openKeyring } from '../../platform/vault/keyring.ts'
import { followChanges, type Follower } from './follow.ts'
import { emptySnapshot, type Snapshot } from './snapshot.ts'

let opened: OpenDb
let url: string
let snapshot: Snapshot
let follower: Follower
let surrendered: string[] = []
let clients: pg.Client[] = []
const keyring = openKeyring(Buffer.from('an encryption key of tests, 32 b').toString('base64url'))
const tenant = newId()
const user = newId()

beforeEach(async () => {
  url = await newDatabase()
  opened = openDb(url)
  snapshot = emptySnapshot()
  follower = followChanges(
    { db: opened.db, keyring, log: createLog('silent'), now: systemClock },
    snapshot,
    () => {},
    (account) => surrendered.push(account.limit.id),
  )
  const client = await connect()
  await client.query(`insert into tenants (id, name, plan, created_at) values ($1, 'Ours', 'pro', now())`, [tenant])
  await client.query(`insert into users (tenant_id, id, email, name, created_at) values ($1, $2, 'a@example.com', 'A', now())`, [
    tenant,
    user,
  ])
})
afterEach(async () => {
  await Promise.all(clients.map((client) => client.end()))
  clients = []
  await opened.close()
})

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  clients.push(client)
  return client
}

const hashOf = (name: string) => Buffer.from(name.padEnd(32, '.'))
const isKnown = (name: string) => snapshot.accessKeys.has(hashOf(name).toString('latin1'))

async function insertKey(client: pg.Client, name: string): Promise<string> {
  const id = newId()
  await client.query(
    `insert into access_keys (tenant_id, id, name, user_id, created_by, mode, secret_hash, key_hint, created_at) values ($1, $2, $3, $4, $4, 'live', $5, 'x', now())`,
    [tenant, id, name, user, hashOf(name)],
  )
  return id
}

test('a change is in force after catching up, and a key that is gone opens nothing', async () => {
  const client = await connect()
  const id = await insertKey(client, 'first')
  await follower.catchUp()
  expect(isKnown('first')).toBe(true)
  expect(snapshot.users.get(user)).toEqual({ isActive: true })
  await client.query('update access_keys set revoked_at = now(), updated_at = now() where id = $1', [id])
  await follower.catchUp()
  expect(isKnown('first')).toBe(false)
  expect(snapshot.accessKeyHashes.size).toBe(0)
  expect(follower.delayMs()).toBeGreaterThanOrEqual(0)
})

test('a change that was begun early and committed late is not missed, however much went before it', async () => {
  const [slow, fast] = [await connect(), await connect()]
  await follower.catchUp()
  await slow.query('begin')
  await insertKey(slow, 'slow')
  // Far more versions than are looked at again in any case.
  for (let round = 0; round < 5; round++) {
    await fast.query(`select nextval('change_versions') from generate_series(1, 500)`)
    await insertKey(fast, `fast-${round}`)
    await follower.catchUp()
    await follower.catchUp()
  }
  expect(isKnown('slow')).toBe(false)
  await slow.query('commit')
  await follower.catchUp()
  expect(isKnown('slow')).toBe(true)
  expect(isKnown('fast-4')).toBe(true)
})

test('a replaced secret drops the old one', async () => {
  const client = await connect()
  const id = await insertKey(client, 'old')
  await follower.catchUp()
  await client.query('update access_keys set secret_hash = $1 where id = $2', [hashOf('new'), id])
  await follower.catchUp()
  expect([isKnown('old'), isKnown('new')]).toEqual([false, true])
})

test('a limit keeps its account when its amount changes, and the room that is not needed is given back', async () => {
  const client = await connect()
  const [first, second] = [newId(), newId()]
  surrendered = []
  const insert = (id: string, amount: number) =>
    client.query(
      `insert into limits (tenant_id, id, subject_type, subject_id, metric, "window", amount, created_at) values ($1, $2, 'user', $3, 'cost', 'total', $4, now())`,
      [tenant, id, user, amount],
    )
  const at = new Date()
  const accounts = () => accountsFor(snapshot.limits, [user], { provider: 'openai', model: 'gpt-4o' }, at)
  await insert(first, 100)
  await follower.catchUp()
  const [account] = accounts()
  account!.pending = 7n
  await client.query('update limits set amount = 200 where id = $1', [first])
  await insert(second, 300)
  await follower.catchUp()
  expect(accounts()[0]).toBe(account)
  expect(accounts().map(({ pending, limit }) => [pending, limit.amount])).toEqual([
    [7n, 200n],
    [0n, 300n],
  ])
  expect(surrendered).toEqual([first])
  await client.query(`update limits set status = 'retired' where id = $1`, [first])
  await follower.catchUp()
  expect(accounts().map(({ limit }) => limit.id)).toEqual([second])
})

test('a provider key whose secret does not open serves nobody and keeps nothing else from being known', async () => {
  const client = await connect()
  const [sound, broken, keyless] = [newId(), newId(), newId()]
  const dataKey = await ensureDataKey(opened.db, keyring, tenant, new Date())
  const insert = (id: string, sealed: Buffer, dataKeyVersion: number) =>
    client.query(
      `insert into provider_keys (tenant_id, id, kind, provider, name, sealed_secret, data_key_version, secret_version, key_hint, status, is_active, created_at)
        values ($1, $2, 'system', 'openai', 'x', $3, $4, 1, 'x', 'active', true, now())`,
      [tenant, id, sealed, dataKeyVersion],
    )
  const sealed = sealProviderKeySecret(dataKey, { tenantId: tenant, id: sound, secretVersion: 1 }, Secret.of('sk-of-this-test'))
  await insert(sound, sealed, 1)
  await insert(broken, sealed, 1)
  await insert(keyless, sealed, 9)
  await insertKey(client, 'beside')
  await follower.catchUp()
  expect(snapshot.providerKeys.get(sound)?.target?.secret?.expose()).toBe('sk-of-this-test')
  expect([snapshot.providerKeys.get(broken)?.target, snapshot.providerKeys.get(keyless)?.target]).toEqual([null, null])
  expect(isKnown('beside')).toBe(true)
  await client.query(`update provider_keys set status = 'retired'`)
  await follower.catchUp()
  expect([snapshot.providerKeys.size, snapshot.providerKeysOf.size]).toEqual([0, 0])
})
