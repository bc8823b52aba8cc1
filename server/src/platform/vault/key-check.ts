import { sameBytes } from './primitives.ts'
import { deriveFromRaw, findRingKey, shortKekId } from './keyring.ts'
import type { Keyring, RingKey } from './keyring.ts'

/** What is stored to recognise a key later: its id and 32 bytes in base64url from which nothing of the key follows. */
export type KeyCheck = { kekId: string; check: string }

/** The installation's data was written under another ENCRYPTION_KEY. Nothing may be written until the right one is given. */
export class WrongEncryptionKey extends Error {
  override readonly name = 'WrongEncryptionKey'
  readonly missingKekIds: readonly string[]

  constructor(missingKekIds: readonly string[]) {
    super(`ENCRYPTION_KEY does not hold the key that this data was written with (missing: ${missingKekIds.map(shortKekId).join(', ')})`)
    this.missingKekIds = missingKekIds
  }
}

/** The values to store, one for each key of the ring, on the first start and whenever a key was added. */
export function keyCheck(keyring: Keyring): KeyCheck[] {
  return keyring.keys.map((key) => ({ kekId: key.kekId, check: checkOf(key) }))
}

/**
 * To be called before the first write of every start. Nothing stored yet is a first start and passes.
 * @throws WrongEncryptionKey when values are stored and not one of them belongs to a key of the ring.
 */
export function verifyKeyCheck(keyring: Keyring, stored: readonly KeyCheck[]): void {
  const missing = missingKekIds(keyring, stored)
  if (stored.length > 0 && missing.length === stored.length) throw new WrongEncryptionKey(missing)
}

/** Ids of stored keys that the ring does not hold: data keys still wrapped by one of these cannot be opened. */
export function missingKekIds(keyring: Keyring, stored: readonly KeyCheck[]): string[] {
  return stored.filter((entry) => !holds(keyring, entry)).map((entry) => entry.kekId)
}

function holds(keyring: Keyring, entry: KeyCheck): boolean {
  const key = findRingKey(keyring, entry.kekId)
  return key !== undefined && sameBytes(Buffer.from(checkOf(key)), Buffer.from(entry.check))
}

function checkOf(key: RingKey): string {
  return deriveFromRaw(key.raw, 'key-check').toString('base64url')
}
