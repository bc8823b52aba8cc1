import { randomBytes } from 'node:crypto'
import { Secret } from '../secret.ts'
import type { DataKey } from './data-key.ts'
import { KEY_BYTES, NONCE_BYTES, TAG_BYTES, decryptGcm, encryptGcm, hkdf, lengthPrefixed, sameBytes } from './primitives.ts'

const FORMAT = 1
const AES_256_GCM = 1
const VERSION_AT = 2
const COMMITMENT_AT = VERSION_AT + 4
const COMMITMENT_BYTES = 32
const NONCE_AT = COMMITMENT_AT + COMMITMENT_BYTES
const CIPHERTEXT_AT = NONCE_AT + NONCE_BYTES

/** Where a sealed value lives; it opens nowhere else. */
export type SealedPlace = {
  tenantId: string
  table: string
  rowId: string
  column: string
  /** Version of the secret in this row (raised whenever it is sealed anew), so that an older ciphertext put back does not open. */
  rowVersion: number
}

export type SealProblem = 'malformed' | 'wrong_key' | 'tampered'

/** A sealed value that does not open. `wrong_key`: sealed by another data key; `tampered`: bytes changed, or moved from another place. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken'
  readonly problem: SealProblem

  constructor(problem: SealProblem, place: SealedPlace) {
    super(`${place.table}.${place.column} of row ${place.rowId} does not open: ${problem}`)
    this.problem = problem
  }
}

/**
 * Seals a text for one place. Layout: format 1 | algorithm 1 | data key version 4 | commitment 32 | nonce 12 | ciphertext | tag 16.
 * Nonces are random, which bounds a data key to 2^32 values per column (NIST SP 800-38D); keys and tokens stay far below.
 * @throws RangeError when the data key is another tenant's: a fault of the caller
 */
export function seal(dataKey: DataKey, place: SealedPlace, plaintext: string | Secret): Buffer {
  requireTenant(dataKey, place)
  const header = Buffer.alloc(COMMITMENT_AT)
  header[0] = FORMAT
  header[1] = AES_256_GCM
  header.writeUInt32BE(dataKey.version, VERSION_AT)
  const nonce = randomBytes(NONCE_BYTES)
  const bytes = Buffer.from(plaintext instanceof Secret ? plaintext.expose() : plaintext, 'utf8')
  const sealed = encryptGcm(fieldKey(dataKey, place), nonce, additionalData(dataKey, place), bytes)
  bytes.fill(0)
  return Buffer.concat([header, dataKey.commitment, nonce, sealed])
}

/**
 * Opens what `seal` made for exactly this place.
 * @throws SealBroken when it is damaged, cut, moved from another row, column, version or tenant, or sealed by another data key
 * @throws RangeError when the data key is another tenant's: a fault of the caller
 */
export function open(dataKey: DataKey, place: SealedPlace, sealed: Buffer): Secret {
  requireTenant(dataKey, place)
  if (!isSealed(sealed)) throw new SealBroken('malformed', place)
  const commitment = sealed.subarray(COMMITMENT_AT, NONCE_AT)
  if (sealed.readUInt32BE(VERSION_AT) !== dataKey.version || !sameBytes(commitment, dataKey.commitment)) {
    throw new SealBroken('wrong_key', place)
  }
  try {
    const nonce = sealed.subarray(NONCE_AT, CIPHERTEXT_AT)
    const bytes = decryptGcm(fieldKey(dataKey, place), nonce, additionalData(dataKey, place), sealed.subarray(CIPHERTEXT_AT))
    const secret = Secret.of(bytes.toString('utf8'))
    bytes.fill(0)
    return secret
  } catch {
    throw new SealBroken('tampered', place)
  }
}

/** The version of the data key that sealed this, to choose the key to open it with; undefined when it is no sealed value. */
export function sealedKeyVersion(sealed: Buffer): number | undefined {
  return isSealed(sealed) ? sealed.readUInt32BE(VERSION_AT) : undefined
}

function isSealed(bytes: Buffer): boolean {
  return bytes.length >= CIPHERTEXT_AT + TAG_BYTES && bytes[0] === FORMAT && bytes[1] === AES_256_GCM
}

function fieldKey(dataKey: DataKey, place: SealedPlace): Buffer {
  return hkdf(dataKey.key, dataKey.salt, lengthPrefixed(['llm-manager', 'data-key', '1', 'field', place.table, place.column]), KEY_BYTES)
}

function additionalData(dataKey: DataKey, place: SealedPlace): Buffer {
  return lengthPrefixed([
    'llm-manager',
    'seal',
    String(FORMAT),
    String(AES_256_GCM),
    place.tenantId,
    place.table,
    place.rowId,
    place.column,
    String(dataKey.version),
    String(place.rowVersion),
  ])
}

function requireTenant(dataKey: DataKey, place: SealedPlace): void {
  if (dataKey.tenantId !== place.tenantId) throw new RangeError('the data key belongs to another tenant')
}
