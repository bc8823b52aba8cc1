import { createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { KEY_BYTES, hkdf, lengthPrefixed } from './primitives.ts'

const NO_SALT = Buffer.alloc(0)
const KEK_ID_BYTES = 8
/** Random 32 bytes have fewer different values than this less than once in 10^36; a repeated pattern always has. */
const FEWEST_DIFFERENT_BYTES = 8
const BASE64 = /^(?:[A-Za-z0-9_-]+|[A-Za-z0-9+/]+)={0,2}$/

/** One key of the ring. Bytes are held as key objects, which print and serialise as nothing. */
export type RingKey = {
  /** Sixteen hex digits that name the key and tell nothing of it. */
  readonly kekId: string
  /** The bytes as configured; read Fernet and feed derivations, never encrypt. */
  readonly raw: KeyObject
  /** Key encryption key: wraps the tenants' data keys. */
  readonly kek: KeyObject
}

/** The first key encrypts, all decrypt. */
export type Keyring = { readonly current: RingKey; readonly keys: readonly RingKey[] }

/** An unusable ENCRYPTION_KEY. `problems` names entries by position and never quotes them. */
export class WeakEncryptionKey extends Error {
  override readonly name = 'WeakEncryptionKey'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`ENCRYPTION_KEY: ${problems.join('; ')}`)
    this.problems = problems
  }
}

/**
 * Opens ENCRYPTION_KEY.
 * @throws WeakEncryptionKey with everything that `parseKeys` finds wrong
 */
export function openKeyring(encryptionKey: string): Keyring {
  const { keys, problems } = parseKeys(encryptionKey)
  const current = keys[0]
  if (problems.length > 0 || current === undefined) throw new WeakEncryptionKey(problems)
  return { current, keys }
}

/**
 * Reads ENCRYPTION_KEY: keys of 32 random bytes in base64url or base64 (padding optional, as Fernet keys are written), separated by commas.
 * `problems` lists everything that is wrong, and no value: nothing given, an empty entry, not base64, wrong length, a repeated pattern, a key given twice.
 */
export function parseKeys(encryptionKey: string): { keys: RingKey[]; problems: string[] } {
  if (encryptionKey.trim() === '') return { keys: [], problems: ['is empty'] }
  const problems: string[] = []
  const positions = new Map<string, number>()
  const keys: RingKey[] = []
  for (const [index, text] of encryptionKey.split(',').entries()) {
    const position = index + 1
    const entry = readEntry(text.trim())
    if (typeof entry === 'string') {
      problems.push(`key ${position} ${entry}`)
      continue
    }
    const earlier = positions.get(entry.kekId)
    if (earlier !== undefined) problems.push(`key ${position} is the same as key ${earlier}`)
    else positions.set(entry.kekId, position)
    keys.push(entry)
  }
  return { keys, problems }
}

/** The key of that id, if the ring has it. */
export function findRingKey(keyring: Keyring, kekId: string): RingKey | undefined {
  return keyring.keys.find((key) => key.kekId === kekId)
}

/** Eight hex digits: enough for people to tell keys apart. */
export function shortKekId(kekId: string): string {
  return kekId.slice(0, 8)
}

/**
 * 32 bytes for another use, from the first key of the ring. They change as soon as ENCRYPTION_KEY gets a new first key, so derive here only
 * what may be lost or made again at that moment: the replay of a rotated refresh token (valid for seconds; verify with `deriveKeys`), CSRF tokens, cursors.
 * What must outlive a rotation (the pepper of access keys, the blind index of provider keys, the key of the audit chain) comes from `deriveFromDataKey`:
 * data keys are random, and a rotation only wraps them anew.
 */
export function deriveKey(keyring: Keyring, label: string): Buffer {
  return deriveFromRaw(keyring.current.raw, 'derived', label)
}

/** As `deriveKey`, for every key of the ring, newest first: to verify what was made before the last rotation. */
export function deriveKeys(keyring: Keyring, label: string): Buffer[] {
  return keyring.keys.map((key) => deriveFromRaw(key.raw, 'derived', label))
}

/** HKDF-SHA256 of the configured bytes for one fixed purpose. */
export function deriveFromRaw(raw: KeyObject, purpose: 'kek' | 'kek-id' | 'key-check' | 'derived', label = ''): Buffer {
  return hkdf(raw, NO_SALT, lengthPrefixed(['llm-manager', 'keyring', '1', purpose, label]), KEY_BYTES)
}

/** A ring key, or what is wrong with the entry. */
function readEntry(entry: string): RingKey | string {
  if (entry === '') return 'is empty'
  if (!BASE64.test(entry)) return 'is not base64url'
  const bytes = Buffer.from(entry, 'base64')
  if (bytes.length !== KEY_BYTES) return `has ${bytes.length} bytes, ${KEY_BYTES} are needed`
  if (new Set(bytes).size < FEWEST_DIFFERENT_BYTES) return 'repeats a few bytes; it must be random'
  const raw = createSecretKey(bytes)
  bytes.fill(0)
  return {
    kekId: deriveFromRaw(raw, 'kek-id').subarray(0, KEK_ID_BYTES).toString('hex'),
    raw,
    kek: createSecretKey(deriveFromRaw(raw, 'kek')),
  }
}
