import { sql } from 'kysely'
import { unattended, type Db } from '../../../platform/db.ts'
import { readWrappedHeader } from '../../../platform/vault/data-key.ts'
import { keyCheck, verifyKeyCheck, WrongEncryptionKey } from '../../../platform/vault/key-check.ts'
import { findRingKey, type Keyring } from '../../../platform/vault/keyring.ts'
import { insertKeyChecks, listKeyChecks, listWrappedDataKeys } from './data-keys.store.ts'

/**
 * To be called before the first write of every start. The first start stores what its keys can be recognised by; a later one that holds
 * none of them, or lacks a key that still wraps a tenant's data, throws `WrongEncryptionKey`; keys that are new in the ring are added.
 */
export async function verifyEncryptionKey(db: Db, keyring: Keyring): Promise<void> {
  await unattended(db, async (tx) => {
    // Two processes that start for the first time at once must not both take themselves for the first.
    await sql`select pg_advisory_xact_lock(hashtext('key_checks'))`.execute(tx)
    const stored = (await listKeyChecks(tx)).map((row) => ({ kekId: row.kek_id, check: row.check_value.toString('base64url') }))
    verifyKeyCheck(keyring, stored)
    const wrapping = new Set((await listWrappedDataKeys(tx)).map((wrapped) => readWrappedHeader(wrapped).kekId))
    const lost = [...wrapping].filter((kekId) => !findRingKey(keyring, kekId))
    if (lost.length > 0) throw new WrongEncryptionKey(lost)
    const known = new Set(stored.map((entry) => entry.kekId))
    const added = keyCheck(keyring).filter((entry) => !known.has(entry.kekId))
    if (added.length > 0)
      await insertKeyChecks(
        tx,
        added.map((entry) => ({ kek_id: entry.kekId, check_value: Buffer.from(entry.check, 'base64url') })),
      )
  })
}
