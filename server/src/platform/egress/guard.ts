import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import { judgeAddress, plainHost } from './addresses.ts'
import type { AllowList } from './addresses.ts'
import { EgressFailed, EgressRefused } from './errors.ts'

export type ResolvedAddress = { address: string; family: number }
export type Resolve = (host: string) => Promise<ResolvedAddress[]>
export type Connector = buildConnector.connector

export type EgressPolicy = {
  allow: AllowList
  /** Origins (`https://host:port`) that the operator set; nothing about them is questioned. */
  trustedOrigins: ReadonlySet<string>
  resolve: Resolve
}

type Scheme = 'http:' | 'https:'

/** Ports below 1024 other than these two, and those of well-known services that do not speak HTTP, are not for users to call. */
const WEB_PORTS = new Set([80, 443])
const SERVICE_PORTS = new Set([
  1433, 1521, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 5432, 5672, 5900, 6000, 6379, 6665, 6666, 6667, 6668, 6669, 9042, 9092, 11211,
  27017,
])

/** What the system resolves, hosts file included; all addresses, in its order. */
export const resolveBySystem: Resolve = (host) => lookup(host, { all: true, order: 'verbatim' })

/**
 * Checks an address before it is kept or called: form, scheme, port, and everything that the host resolves to.
 * Passing says nothing about the next moment; the connector checks again what it connects to.
 * @throws EgressRefused
 * @throws EgressFailed `dns` when the host does not resolve
 */
export async function checkUrl(policy: EgressPolicy, text: string): Promise<URL> {
  if (!URL.canParse(text)) throw new EgressRefused('malformed', '')
  const url = new URL(text)
  const host = plainHost(url.hostname)
  if (!isScheme(url.protocol)) throw new EgressRefused('scheme', host)
  if (url.username !== '' || url.password !== '') throw new EgressRefused('credentials_in_url', host)
  if (policy.trustedOrigins.has(url.origin)) return url
  checkPort(host, url.port)
  if (isIP(host) === 0) await resolveChecked(policy, url.protocol, host)
  else checkAddress(policy, url.protocol, host, host)
  return url
}

/**
 * Opens sockets for undici (`connect` of a Client, Pool or Agent), to nothing that the policy refuses. A literal address never reaches
 * the lookup hook, so it is judged first; a name is judged by the very addresses that are then tried; the address connected to is judged last.
 * Speaks HTTP/1.1 only.
 */
export function createConnector(policy: EgressPolicy, connectTimeoutMs: number): Connector {
  const build = (resolve: Resolve): Connector => buildConnector({ allowH2: false, timeout: connectTimeoutMs, lookup: toLookup(resolve) })
  const trusted = build((host) => resolveAny(policy, host))
  const guarded: Record<Scheme, Connector> = {
    'http:': build((host) => resolveChecked(policy, 'http:', plainHost(host))),
    'https:': build((host) => resolveChecked(policy, 'https:', plainHost(host))),
  }
  return (options, callback) => {
    // Not at once: undici has not finished its own bookkeeping while this call runs.
    const fail = (error: unknown): void => queueMicrotask(() => callback(error instanceof Error ? error : new Error('refused'), null))
    try {
      const { protocol, port } = options
      const host = plainHost(options.hostname)
      if (!isScheme(protocol)) throw new EgressRefused('scheme', host)
      if (policy.trustedOrigins.has(originOf(protocol, host, port))) return trusted(options, callback)
      checkPort(host, port)
      if (isIP(host) !== 0) checkAddress(policy, protocol, host, host)
      guarded[protocol](options, (...[error, socket]) => {
        if (error !== null) return callback(error, null)
        try {
          if (socket.remoteAddress === undefined) throw new EgressFailed('reset', host)
          checkAddress(policy, protocol, host, socket.remoteAddress)
        } catch (refused) {
          socket.destroy()
          return fail(refused)
        }
        callback(null, socket)
      })
    } catch (refused) {
      fail(refused)
    }
  }
}

/** @throws EgressRefused when one of the addresses is refused: an honest name has no mixed answer */
async function resolveChecked(policy: EgressPolicy, scheme: Scheme, host: string): Promise<ResolvedAddress[]> {
  const addresses = await resolveAny(policy, host)
  for (const { address } of addresses) checkAddress(policy, scheme, host, address)
  return addresses
}

async function resolveAny(policy: EgressPolicy, host: string): Promise<ResolvedAddress[]> {
  let addresses: ResolvedAddress[]
  try {
    addresses = await policy.resolve(host)
  } catch (error) {
    throw new EgressFailed('dns', host, error)
  }
  if (addresses.length === 0) throw new EgressFailed('dns', host)
  return addresses
}

function checkAddress(policy: EgressPolicy, scheme: Scheme, host: string, address: string): void {
  const verdict = judgeAddress(policy.allow, host, address)
  // Keys and prompts do not cross the public net in the clear.
  if (verdict === 'public' && scheme === 'http:') throw new EgressRefused('scheme', host)
  if (verdict !== 'public' && verdict !== 'allowed') throw new EgressRefused(verdict, host)
}

function checkPort(host: string, port: string): void {
  if (port === '') return
  const number = Number(port)
  if ((number < 1024 && !WEB_PORTS.has(number)) || SERVICE_PORTS.has(number)) throw new EgressRefused('port', host)
}

function isScheme(protocol: string): protocol is Scheme {
  return protocol === 'http:' || protocol === 'https:'
}

function originOf(scheme: Scheme, host: string, port: string): string {
  const authority = isIP(host) === 6 ? `[${host}]` : host
  return new URL(`${scheme}//${authority}${port === '' ? '' : `:${port}`}`).origin
}

/** The shape that `net.connect` and `tls.connect` ask for. */
function toLookup(resolve: Resolve): LookupFunction {
  return (host, options, callback) => {
    resolve(host).then(
      (addresses) => {
        const wanted = addresses.filter(({ family }) => (options.family !== 4 && options.family !== 6 ? true : family === options.family))
        const first = wanted[0]
        if (first === undefined) return callback(new EgressFailed('dns', host), '')
        if (options.all) return callback(null, wanted)
        callback(null, first.address, first.family)
      },
      (error: Error) => callback(error, ''),
    )
  }
}
