export type EgressRefusal =
  | 'malformed'
  | 'scheme'
  | 'credentials_in_url'
  | 'port'
  | 'private_address'
  | 'link_local'
  | 'metadata'
  | 'unspecified'
  | 'multicast'
  | 'reserved_address'
  | 'unresolvable'
  | 'redirect'

/** We will not call this address. Names the host as it was given, never what it resolved to. */
export class EgressRefused extends Error {
  override readonly name = 'EgressRefused'
  readonly reason: EgressRefusal
  readonly host: string

  constructor(reason: EgressRefusal, host: string) {
    super(host === '' ? `refused to connect: ${reason}` : `refused to connect to ${host}: ${reason}`)
    this.reason = reason
    this.host = host
  }
}

export type EgressFailure = 'timeout' | 'dns' | 'connect' | 'tls' | 'reset' | 'too_large' | 'protocol'

/**
 * We called, and no usable answer came. `protocol`: what answered does not speak HTTP.
 * The cause is for the log alone: it may name internal addresses.
 */
export class EgressFailed extends Error {
  override readonly name = 'EgressFailed'
  readonly code: EgressFailure
  readonly host: string

  constructor(code: EgressFailure, host: string, cause?: unknown) {
    super(`no answer from ${host}: ${code}`, { cause })
    this.code = code
    this.host = host
  }
}

/** Error codes of Node (errno, OpenSSL verification) and undici 8. */
const FAILURE_OF_CODE: Record<string, EgressFailure> = {
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ETIMEDOUT: 'timeout',
  ENOTFOUND: 'dns',
  ECONNREFUSED: 'connect',
  EHOSTUNREACH: 'connect',
  EHOSTDOWN: 'connect',
  ENETUNREACH: 'connect',
  ENETDOWN: 'connect',
  EADDRNOTAVAIL: 'connect',
  EACCES: 'connect',
  EPERM: 'connect',
  EPROTO: 'tls',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls',
  HOSTNAME_MISMATCH: 'tls',
  INVALID_CA: 'tls',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'reset',
  UND_ERR_HEADERS_OVERFLOW: 'too_large',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'too_large',
}

/**
 * What went wrong on an outbound call, as EgressRefused or EgressFailed. Anything that is neither
 * (a fault of ours, an abort by the caller) comes back as it is.
 */
export function toEgressError(error: unknown, host: string): unknown {
  if (!(error instanceof Error) || error instanceof EgressRefused || error instanceof EgressFailed) return error
  if (error.name === 'TimeoutError') return new EgressFailed('timeout', host, error)
  // Without the cause: undici's parser error carries the bytes that it could not read.
  if (error.name === 'HTTPParserError') return new EgressFailed('protocol', host)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const failure = FAILURE_OF_CODE[code] ?? failureOfFamily(code)
  return failure === undefined ? error : new EgressFailed(failure, host, error)
}

function failureOfFamily(code: string): EgressFailure | undefined {
  if (/^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_)/.test(code)) return 'tls'
  if (code.startsWith('EAI_')) return 'dns'
  return undefined
}
