import type { IncomingHttpHeaders } from 'node:http'
import type { Credential } from '../provider.ts'

/** The token of `Authorization: Bearer …`, or undefined. */
export function bearerOf(headers: IncomingHttpHeaders): string | undefined {
  const match = /^Bearer +(\S+)\s*$/i.exec(headers.authorization ?? '')
  return match?.[1]
}

/** One header's value when it was sent exactly once and is not empty. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The credential of the providers that take a Bearer token and nothing else. */
export function bearerCredential(headers: IncomingHttpHeaders): Credential {
  const key = bearerOf(headers)
  return key === undefined ? { failure: { kind: 'missing_key' } } : { key }
}
