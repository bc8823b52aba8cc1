import { Agent } from 'undici'
import { readAllowList } from './addresses.ts'
import { EgressFailed, EgressRefused } from './errors.ts'
import { checkUrl, createConnector, resolveBySystem } from './guard.ts'
import type { Connector, EgressPolicy, Resolve } from './guard.ts'
import { requestCapped } from './request.ts'
import type { EgressRequest, EgressResponse } from './request.ts'

const CONNECT_TIMEOUT_MS = 10_000
const CONNECTIONS_PER_ORIGIN = 16

export type EgressOptions = {
  /** Ranges, addresses and host names that users may reach though private (EGRESS_ALLOW). */
  allow: readonly string[]
  /** Addresses that the operator set by environment; whoever can use this egress may reach their origins. */
  trustedOrigins?: readonly string[]
  /** Name lookup, replaced only to test names that change their mind. */
  resolve?: Resolve
}

/** The one way out of the process: providers, webhooks, OIDC, Grafana. */
export type Egress = {
  /** For an address about to be stored. @throws EgressRefused, `unresolvable` included */
  check(url: string): Promise<URL>
  /** One bounded call. @throws EgressRefused, EgressFailed */
  request(url: string, request: EgressRequest): Promise<EgressResponse>
  /** A guarded agent for any origin, shared by all callers. */
  dispatcher(): Agent
  /**
   * For a pool of one's own: `new Pool(origin, { ...egress.poolOptions(), connections: 64 })`. HTTP/2 is off on both sides of the handshake,
   * otherwise undici sends one request at a time until it knows the protocol. Give what the pool throws to `toEgressError`.
   */
  poolOptions(options?: { connectTimeoutMs?: number }): { connect: Connector; allowH2: false }
  /** Waits for the calls under way on the shared agent, and closes its connections. */
  close(): Promise<void>
}

/** @throws TypeError for an `allow` entry or trusted origin that cannot be read */
export function createEgress(options: EgressOptions): Egress {
  const policy: EgressPolicy = {
    allow: readAllowList(options.allow),
    trustedOrigins: new Set((options.trustedOrigins ?? []).map((address) => new URL(address).origin)),
    resolve: options.resolve ?? resolveBySystem,
  }
  const poolOptions: Egress['poolOptions'] = ({ connectTimeoutMs = CONNECT_TIMEOUT_MS } = {}) => ({
    connect: createConnector(policy, connectTimeoutMs),
    allowH2: false,
  })
  const agent = new Agent({ ...poolOptions(), connections: CONNECTIONS_PER_ORIGIN })
  return {
    check: (url) => checkUrl(policy, url).catch(refuseUnresolvable),
    request: (url, request) => requestCapped(agent, (address) => checkUrl(policy, address), url, request),
    dispatcher: () => agent,
    poolOptions,
    close: () => agent.close(),
  }
}

/** Whoever stores an address wants to know that its name leads nowhere; which resolver said so is of no use. */
function refuseUnresolvable(error: unknown): never {
  if (error instanceof EgressFailed && error.code === 'dns') throw new EgressRefused('unresolvable', error.host)
  throw error
}
