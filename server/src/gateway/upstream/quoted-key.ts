import type { IncomingHttpHeaders } from 'node:http'
import { redact } from '../../platform/log/redact.ts'
import type { Secret } from '../../platform/secret.ts'
import type { Attempt } from '../settlement/settle.ts'

/** A shorter key could be a word of any answer. Those that providers give out are longer. */
const keyCharsMin = 16
const mask = '[secret]'

type Sought = { text: string; bytes: Buffer }
const soughtOf = new WeakMap<Secret, Sought>()

/** The provider's key as far as answers are searched for it; null where there is none to look for. */
function soughtIn(attempt: Attempt): Sought | null {
  const secret = attempt.target.key.target?.secret
  if (!secret) return null
  let sought = soughtOf.get(secret)
  if (!sought) soughtOf.set(secret, (sought = { text: secret.expose(), bytes: Buffer.from(secret.expose()) }))
  return sought.text.length < keyCharsMin ? null : sought
}

/**
 * Bytes of a provider's answer without the key that the call was made with: whoever calls has an access key, and is never to learn the
 * provider's. Bytes that do not quote it are answered as they are. A key that is cut in two by the edge of the bytes is not seen.
 */
export function hideKey(attempt: Attempt, bytes: Buffer): Buffer {
  const sought = soughtIn(attempt)
  if (!sought || !bytes.includes(sought.bytes)) return bytes
  return Buffer.from(bytes.toString('latin1').replaceAll(sought.bytes.toString('latin1'), mask), 'latin1')
}

/** The same for the head of an answer. */
export function hideKeyInHeaders(attempt: Attempt, headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const sought = soughtIn(attempt)
  if (!sought || !Object.values(headers).some((value) => value?.includes(sought.text))) return headers
  const hide = (value: string): string => redact(value, [sought.text])
  const entries = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.map(hide) : value && hide(value)])
  return Object.fromEntries(entries) as IncomingHttpHeaders
}

/** What a provider says of an error, without keys of any kind and however they are written. */
export function hideKeys(attempt: Attempt, text: string): string {
  const secret = attempt.target.key.target?.secret
  return redact(text, secret ? [secret.expose()] : [])
}
