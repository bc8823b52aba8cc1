import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newDatabase } from '../../../../test/harness.ts'
import { openDb, unattended, type OpenDb } from '../../../platform/db.ts'
import { newId } from '../../../platform/ids.ts'
import { Secret } from '../../../platform/secret.ts'
import { openKeyring } from '../../../platform/vault/keyring.ts'
import { ensureRootTenant } from '../../tenants/tenants.ts'
import { ensureDataKey, readDataKey } from './data-keys.ts'
import { verifyEncryptionKey } from './encryption-key.ts'
import { openProviderKeySecret, readProviderKeySecret, sealProviderKeySecret } from './sealed-secret.ts'

const now = new Date('2026-06-01T12:00:00Z')
const [first, second, third] = [newKey(), newKey(), newKey()]
let opened: OpenDb
let tenantId: string

function newKey(): string {
  return randomBytes(32).toString('base64url')
}

beforeAll(async () => {
  opened = openDb(await newDatabase())
  tenantId = (await ensureRootTenant(opened.db, now)).id
})
afterAll(() => opened.close())

async function countDataKeys(): Promise<number> {
  return (await opened.db.selectFrom('data_keys').select('version').where('tenant_id', '=', tenantId).execute()).length
}

describe('a tenant has one data key', () => {
  test('however many ask for the first one at once', async () => {
    const rings = Array.from({ length: 8 }, () => openKeyring(first))
    const keys = await Promise.all(rings.map((ring) => ensureDataKey(opened.db, ring, tenantId, now)))
    expect(new Set(keys.map((key) => key.commitment.toString('hex'))).size).toBe(1)
    expect(await countDataKeys()).toBe(1)
  })

  test('opened once per key ring', async () => {
    const ring = openKeyring(first)
    expect(await readDataKey(opened.db, ring, tenantId, 1)).toBe(await ensureDataKey(opened.db, ring, tenantId, now))
  })

  test('and a version that is not there is our own fault', async () => {
    await expect(readDataKey(opened.db, openKeyring(first), tenantId, 2)).rejects.toThrow('no data key of version 2')
  })

  test('which opens for a ring that was added to, and for no other ring', async () => {
    await expect(ensureDataKey(opened.db, openKeyring(`${second},${first}`), tenantId, now)).resolves.toBeDefined()
    await expect(ensureDataKey(opened.db, openKeyring(second), tenantId, now)).rejects.toThrow('ENCRYPTION_KEY does not hold key')
  })
})

describe('a sealed secret', () => {
  const place = { tenantId: '', id: newId(), secretVersion: 3 }
  const row = (sealed: Buffer | null) => ({
    tenant_id: tenantId,
    id: place.id,
    secret_version: 3,
    sealed_secret: sealed,
    data_key_version: 1,
  })

  test('opens in its own row and version only', async () => {
    const ring = openKeyring(first)
    const dataKey = await ensureDataKey(opened.db, ring, tenantId, now)
    const sealed = sealProviderKeySecret(dataKey, { ...place, tenantId }, Secret.of('sk-sealed'))
    expect(sealed.includes('sk-sealed')).toBe(false)
    expect((await readProviderKeySecret(opened.db, ring, row(sealed)))?.expose()).toBe('sk-sealed')
    expect(() => openProviderKeySecret(dataKey, { ...row(sealed), secret_version: 2 })).toThrow('does not open')
    expect(() => openProviderKeySecret(dataKey, { ...row(sealed), id: newId() })).toThrow('does not open')
  })

  test('that is not there is no secret', async () => {
    expect(await readProviderKeySecret(opened.db, openKeyring(first), row(null))).toBeNull()
  })
})

describe('the encryption key is recognised at start', () => {
  beforeAll(async () => {
    await unattended(opened.db, (tx) => tx.deleteFrom('key_checks').execute())
  })
  const verify = (ring: string) => verifyEncryptionKey(opened.db, openKeyring(ring))
  const count = async () => (await opened.db.selectFrom('key_checks').select('kek_id').execute()).length

  test('the first start stores what later starts compare', async () => {
    await verify(first)
    await verify(first)
    expect(await count()).toBe(1)
  })

  test('a wrong key refuses to start, says so, and stores nothing', async () => {
    await expect(verify(second)).rejects.toThrow('ENCRYPTION_KEY does not hold the key that this data was written with')
    expect(await count()).toBe(1)
  })

  test('a key added to the ring is known from then on', async () => {
    await verify(`${second},${first}`)
    expect(await count()).toBe(2)
  })

  test('a known key is not enough while data is wrapped by one that is gone', async () => {
    await expect(verify(second)).rejects.toThrow('ENCRYPTION_KEY does not hold the key')
  })

  test('two first starts with different keys do not both count as the first', async () => {
    await unattended(opened.db, async (tx) => {
      await tx.deleteFrom('key_checks').execute()
      await tx.deleteFrom('data_keys').execute()
    })
    const outcomes = await Promise.allSettled([verify(second), verify(third)])
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected'])
  })
})
