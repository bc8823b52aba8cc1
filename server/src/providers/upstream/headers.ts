import type { Dialect, KeyTarget, Provider, Refusal } from '../provider.ts'

/** Headers as node:http hands them over: lower-case names. */
export type ClientHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** All that a client may say to a provider in headers. Whatever is not here stays here: credentials, Origin, Cookie, Host, hop-by-hop, SDK chatter. */
const FORWARDED = ['accept', 'content-type'] as const
/** What a dialect adds to that, whoever speaks it. */
const FORWARDED_BY_DIALECT: Readonly<Partial<Record<Dialect, readonly string[]>>> = {
  'anthropic-messages': ['anthropic-version', 'anthropic-beta'],
}

/** Printable ASCII; anything else could break a header or be read differently by each side. */
const SENDABLE = /^[\x21-\x7e]+$/
const SENDABLE_VALUE = /^[\t\x20-\x7e]+$/

/**
 * The headers of an upstream call: the few of the client's that the provider understands, then what the key itself brings.
 * Answers must come uncompressed, since usage is found in their bytes.
 */
export function upstreamHeaders(
  provider: Provider,
  target: KeyTarget,
  dialect: Dialect | null,
  client: ClientHeaders,
): Record<string, string> | Refusal {
  const credential = credentialHeaders(provider, target, dialect)
  if ('refused' in credential) return credential
  const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'llm-manager', ...credential }
  for (const [option, header] of Object.entries(provider.optionHeaders)) {
    const value = target.options[option]
    if (typeof value === 'string' && SENDABLE.test(value)) headers[header] = value
  }
  const ofDialect = dialect === null ? [] : (FORWARDED_BY_DIALECT[dialect] ?? [])
  for (const name of [...FORWARDED, ...ofDialect, ...provider.clientHeaders]) {
    const value = client[name]
    const text = typeof value === 'object' ? value.join(', ') : value
    if (text !== undefined && SENDABLE_VALUE.test(text)) headers[name] = text
  }
  return headers
}

function credentialHeaders(provider: Provider, target: KeyTarget, dialect: Dialect | null): Record<string, string> | Refusal {
  const secret = target.secret?.expose() ?? ''
  if (secret === '') return provider.needsKey ? { refused: 'no_key' } : {}
  return SENDABLE.test(secret) ? provider.authHeaders(secret, dialect) : { refused: 'bad_key' }
}
