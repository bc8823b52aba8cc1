import { createSecretKey, randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { KEY_BYTES, NONCE_BYTES, TAG_BYTES, decryptGcm, encryptGcm, hkdf, lengthPrefixed } from './primitives.ts'
import { findRingKey, shortKekId } from './keyring.ts'
import type { Keyring, RingKey } from './keyring.ts'

const FORMAT = 1
const KEK_ID_BYTES = 8
const SALT_BYTES = 32
const COMMITMENT_BYTES = 32
const KEK_ID_AT = 1
const VERSION_AT = KEK_ID_AT + KEK_ID_BYTES
const NONCE_AT = VERSION_AT + 4
const SEALED_AT = NONCE_AT + NONCE_BYTES
const WRAPPED_BYTES = SEALED_AT + KEY_BYTES + SALT_BYTES + TAG_BYTES

/** A tenant's key, opened. Holds key objects, which print and serialise as nothing. */
export type DataKey = {
  readonly tenantId: string
  readonly version: number
  readonly key: KeyObject
  readonly salt: Buffer
  /** Names this key and no other: compared before anything is decrypted, so that no record opens under two keys. */
  readonly commitment: Buffer
}

export type DataKeyProblem = 'malformed' | 'missing_key' | 'tampered'

/** A wrapped data key that does not open: `missing_key` when the ring lacks its key, `tampered` when the bytes or their tenant were changed. */
export class DataKeyRefused extends Error {
  override readonly name = 'DataKeyRefused'
  readonly problem: DataKeyProblem

  constructor(problem: DataKeyProblem, message: string) {
    super(message)
    this.problem = problem
  }
}

/**
 * A new random key for a tenant, wrapped under the first key of the ring: the form to store (105 bytes).
 * Layout: format 1 | key id 8 | version 4 | nonce 12 | AES-256-GCM of (key 32, salt 32) | tag 16.
 * @param version 1 to 2^32 - 1, counted per tenant
 */
export function createDataKey(keyring: Keyring, tenantId: string, version: number): Buffer {
  const material = randomBytes(KEY_BYTES + SALT_BYTES)
  const wrapped = wrap(keyring.current, tenantId, version, material)
  material.fill(0)
  return wrapped
}

/** @throws DataKeyRefused */
export function openDataKey(keyring: Keyring, tenantId: string, wrapped: Buffer): DataKey {
  const material = unwrap(keyring, tenantId, wrapped)
  const key = createSecretKey(material.subarray(0, KEY_BYTES))
  const salt = Buffer.from(material.subarray(KEY_BYTES))
  material.fill(0)
  const commitment = hkdf(key, salt, lengthPrefixed(['llm-manager', 'data-key', '1', 'commitment']), COMMITMENT_BYTES)
  return { tenantId, version: readWrappedHeader(wrapped).version, key, salt, commitment }
}

/**
 * The same data key under the first key of the ring; what it sealed stays as it is. Already there, the bytes come back unchanged,
 * so a rotation can be stopped and started again.
 * @throws DataKeyRefused
 */
export function rewrapDataKey(keyring: Keyring, tenantId: string, wrapped: Buffer): Buffer {
  const material = unwrap(keyring, tenantId, wrapped)
  const { kekId, version } = readWrappedHeader(wrapped)
  const rewrapped = kekId === keyring.current.kekId ? wrapped : wrap(keyring.current, tenantId, version, material)
  material.fill(0)
  return rewrapped
}

/**
 * Which ring key wraps this data key, and its version. Unverified until it is opened.
 * @throws DataKeyRefused when it is no wrapped data key
 */
export function readWrappedHeader(wrapped: Buffer): { kekId: string; version: number } {
  if (wrapped.length !== WRAPPED_BYTES || wrapped[0] !== FORMAT) throw new DataKeyRefused('malformed', 'not a wrapped data key')
  return { kekId: wrapped.toString('hex', KEK_ID_AT, VERSION_AT), version: wrapped.readUInt32BE(VERSION_AT) }
}

/**
 * 32 bytes for another use that must outlive a rotation of ENCRYPTION_KEY: pepper, blind index, audit chain. They stay the same as long as
 * this version of the data key is kept: whoever makes a new version keeps deriving from the version that the data was made with.
 */
export function deriveFromDataKey(dataKey: DataKey, label: string): Buffer {
  return hkdf(dataKey.key, dataKey.salt, lengthPrefixed(['llm-manager', 'data-key', '1', 'derived', label]), KEY_BYTES)
}

function wrap(ringKey: RingKey, tenantId: string, version: number, material: Buffer): Buffer {
  const header = Buffer.alloc(NONCE_AT)
  header[0] = FORMAT
  header.write(ringKey.kekId, KEK_ID_AT, 'hex')
  header.writeUInt32BE(version, VERSION_AT)
  const nonce = randomBytes(NONCE_BYTES)
  return Buffer.concat([header, nonce, encryptGcm(ringKey.kek, nonce, placeOf(header, tenantId), material)])
}

function unwrap(keyring: Keyring, tenantId: string, wrapped: Buffer): Buffer {
  const { kekId } = readWrappedHeader(wrapped)
  const ringKey = findRingKey(keyring, kekId)
  if (ringKey === undefined) {
    throw new DataKeyRefused('missing_key', `ENCRYPTION_KEY does not hold key ${shortKekId(kekId)}, which wraps this data key`)
  }
  try {
    const nonce = wrapped.subarray(NONCE_AT, SEALED_AT)
    return decryptGcm(ringKey.kek, nonce, placeOf(wrapped.subarray(0, NONCE_AT), tenantId), wrapped.subarray(SEALED_AT))
  } catch {
    throw new DataKeyRefused('tampered', 'a data key was changed or belongs to another tenant')
  }
}

function placeOf(header: Buffer, tenantId: string): Buffer {
  return lengthPrefixed(['llm-manager', 'data-key', header.toString('hex'), tenantId])
}
