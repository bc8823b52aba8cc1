import { unattended, type Db, type Reader } from '../../../platform/db.ts'
import { createDataKey, openDataKey, type DataKey } from '../../../platform/vault/data-key.ts'
import type { Keyring } from '../../../platform/vault/keyring.ts'
import { findDataKey, findNewestDataKey, insertDataKey } from './data-keys.store.ts'

/** Opened data keys by tenant and version, for as long as their key ring is in use. */
const openedKeys = new WeakMap<Keyring, Map<string, DataKey>>()

/**
 * The tenant's newest data key, to seal with; made on first use. It is stored for good before it is used, so that what is opened and
 * remembered here is never undone with somebody's transaction: call it before the transaction, not within.
 * Throws `DataKeyRefused` when the ring cannot open it.
 */
export async function ensureDataKey(db: Db, keyring: Keyring, tenantId: string, now: Date): Promise<DataKey> {
  const newest = (await findNewestDataKey(db, tenantId)) ?? (await makeFirst(db, keyring, tenantId, now))
  return openOnce(keyring, tenantId, newest)
}

/** One version of a tenant's data key, to open with. Throws `DataKeyRefused` when the ring cannot open it. */
export async function readDataKey(db: Reader, keyring: Keyring, tenantId: string, version: number): Promise<DataKey> {
  const known = openedKeys.get(keyring)?.get(`${tenantId} ${version}`)
  if (known) return known
  const row = await findDataKey(db, tenantId, version)
  if (!row) throw new Error(`Tenant ${tenantId} has no data key of version ${version}`)
  return openOnce(keyring, tenantId, row)
}

async function makeFirst(db: Db, keyring: Keyring, tenantId: string, now: Date) {
  await unattended(db, (tx) => insertDataKey(tx, tenantId, 1, createDataKey(keyring, tenantId, 1), now))
  // Read again: another process may have been first, and then its key is the one that counts.
  const made = await findNewestDataKey(db, tenantId)
  if (!made) throw new Error('A data key just written is not there')
  return made
}

function openOnce(keyring: Keyring, tenantId: string, row: { version: number; wrapped: Buffer }): DataKey {
  const opened = openedKeys.get(keyring) ?? new Map<string, DataKey>()
  openedKeys.set(keyring, opened)
  const name = `${tenantId} ${row.version}`
  const dataKey = opened.get(name) ?? openDataKey(keyring, tenantId, row.wrapped)
  opened.set(name, dataKey)
  return dataKey
}
