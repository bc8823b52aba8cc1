import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** The only AES-GCM parameters in use: 256-bit key, 96-bit nonce, 128-bit tag. */
export const KEY_BYTES = 32
export const NONCE_BYTES = 12
export const TAG_BYTES = 16

export type KeyBytes = KeyObject | Buffer

/**
 * AES-256-GCM; returns ciphertext followed by the tag. The caller must never use a nonce twice under one key.
 * @throws RangeError for any other key or nonce length.
 */
export function encryptGcm(key: KeyBytes, nonce: Buffer, additional: Buffer, plaintext: Buffer): Buffer {
  requireLengths(key, nonce)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(additional)
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/**
 * Opens what `encryptGcm` made; throws when key, nonce, additional data, ciphertext or tag differ in one bit.
 * `authTagLength` is set because Node otherwise takes the last bytes it is given as a tag, down to four of them.
 */
export function decryptGcm(key: KeyBytes, nonce: Buffer, additional: Buffer, sealed: Buffer): Buffer {
  requireLengths(key, nonce)
  if (sealed.length < TAG_BYTES) throw new RangeError('sealed bytes are shorter than their tag')
  const tagAt = sealed.length - TAG_BYTES
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(additional)
  decipher.setAuthTag(sealed.subarray(tagAt))
  const plaintext = decipher.update(sealed.subarray(0, tagAt))
  decipher.final()
  return plaintext
}

/** HKDF-SHA256 (RFC 5869), extract and expand. `length` in bytes. */
export function hkdf(key: KeyBytes, salt: Buffer, info: Buffer, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, info, length))
}

export function hmacSha256(key: KeyBytes, message: Buffer): Buffer {
  return createHmac('sha256', key).update(message).digest()
}

/** Equality whose time depends on the lengths alone. */
export function sameBytes(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Each part behind its length in bytes (32 bits, big-endian), so that no two lists of parts give the same bytes. */
export function lengthPrefixed(parts: readonly string[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part, 'utf8')
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return [length, bytes]
    }),
  )
}

function requireLengths(key: KeyBytes, nonce: Buffer): void {
  const keyBytes = Buffer.isBuffer(key) ? key.length : key.symmetricKeySize
  if (keyBytes !== KEY_BYTES) throw new RangeError(`an AES-256 key has ${KEY_BYTES} bytes`)
  if (nonce.length !== NONCE_BYTES) throw new RangeError(`a nonce has ${NONCE_BYTES} bytes`)
}
