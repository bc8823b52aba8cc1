import { createDecipheriv } from 'node:crypto'
import { hmacSha256, sameBytes } from './primitives.ts'
import type { Keyring } from './keyring.ts'

const VERSION = 0x80
const IV_AT = 9
const CIPHERTEXT_AT = 25
const BLOCK_BYTES = 16
const MAC_BYTES = 32

/** A text that is no Fernet token, or was made with another key, or was changed. Never says which: they cannot be told apart safely. */
export class FernetRefused extends Error {
  override readonly name = 'FernetRefused'

  constructor() {
    super('not a Fernet token of this key')
  }
}

/**
 * Reads a Fernet token (github.com/fernet/spec) for import; its age is not looked at, because stored keys have no lifetime. Never written:
 * its key is 128 bits and nothing binds a token to its place.
 * Layout: 0x80 | time 8 | IV 16 | AES-128-CBC with PKCS#7 | HMAC-SHA256 of all before. The key is signing 16, then encryption 16.
 * @throws FernetRefused
 */
export function readFernet(key: Buffer, token: string): string {
  const bytes = decodeBase64Url(token)
  const macAt = bytes.length - MAC_BYTES
  const blocks = macAt - CIPHERTEXT_AT
  if (key.length !== 32 || bytes[0] !== VERSION || blocks < BLOCK_BYTES || blocks % BLOCK_BYTES !== 0) throw new FernetRefused()
  if (!sameBytes(hmacSha256(key.subarray(0, 16), bytes.subarray(0, macAt)), bytes.subarray(macAt))) throw new FernetRefused()
  try {
    const decipher = createDecipheriv('aes-128-cbc', key.subarray(16), bytes.subarray(IV_AT, CIPHERTEXT_AT))
    const plaintext = Buffer.concat([decipher.update(bytes.subarray(CIPHERTEXT_AT, macAt)), decipher.final()])
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plaintext)
  } catch {
    throw new FernetRefused()
  }
}

/** As `readFernet`, with the first key of the ring whose configured bytes read it. */
export function readFernetWithKeyring(keyring: Keyring, token: string): string {
  for (const { raw } of keyring.keys) {
    try {
      return readFernet(raw.export(), token)
    } catch (error) {
      if (!(error instanceof FernetRefused)) throw error
    }
  }
  throw new FernetRefused()
}

/** Strict, because Node skips whatever is not in the alphabet. Padding may be missing, as some exports drop it. */
function decodeBase64Url(text: string): Buffer {
  if (!/^[A-Za-z0-9_-]+={0,2}$/.test(text) || (text.endsWith('=') && text.length % 4 !== 0)) throw new FernetRefused()
  return Buffer.from(text, 'base64url')
}
