import { hash, randomBytes } from 'node:crypto'
import { Secret } from '../../platform/secret.ts'

/** A new secret: `lm_live_` or `lm_test_`, then 256 random bits as 43 characters of base64url. */
export function newAccessKeySecret(mode: 'live' | 'test'): Secret {
  return Secret.of(`lm_${mode}_${randomBytes(32).toString('base64url')}`)
}

/**
 * What is kept of a secret: its SHA-256. No salt and no slow hash, since 256 random bits can neither be guessed nor looked up, and the
 * gateway finds a key by this hash at every call.
 */
export function hashAccessKey(secret: string): Buffer {
  return hash('sha256', secret, 'buffer')
}

/** What people tell keys apart by: the prefix, which says nothing of the secret, and its last four characters. */
export function accessKeyHint(mode: 'live' | 'test', secret: Secret): string {
  return `lm_${mode}_…${secret.expose().slice(-4)}`
}
